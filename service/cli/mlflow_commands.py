"""``studyhall mlflow …``: what is kept in MLflow for others to see."""

from __future__ import annotations

import typer

from service.cli.options import AsJson, Home, settings_of
from service.cli.printing.output import print_json, say

app = typer.Typer(help="What MLflow shows of the studies.", no_args_is_help=True)


@app.callback()
def commands() -> None:
    """What MLflow shows of the studies."""


@app.command()
def rebuild(home: Home = None, as_json: AsJson = False) -> None:
    """Write everything to MLflow anew, also after it was wiped; what it holds already stays as it is."""
    from service.extras import demand, of_tracker

    settings = settings_of(home)
    demand(*of_tracker(settings))
    from service.tracking.rebuild import rebuild as rebuild_all  # imports MLflow

    done = rebuild_all(settings)
    refused = [{"kind": item.kind, "id": item.id, "error": item.error} for item in done.rejected]
    if as_json:
        print_json({"compared": done.n_items, "by_service": done.by_service, "refused": refused})
        return
    if done.by_service:
        say(f"the running service now compares {done.n_items} entries with MLflow")
        return
    say(f"MLflow equals the {done.n_items} entries of {settings.directory}")
    for entry in refused:
        say(f"[yellow]refused[/]: {entry['kind']} {entry['id']}: {entry['error']}")
