"""Subcommands that say how certainly something is better."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from service.cli.options import AsJson, Home, Url, connect
from service.cli.output import print_json, say


def compare(
    studies: Annotated[list[str], typer.Argument(help="A study, or several to be compared.", metavar="STUDY…")],
    by: Annotated[str | None, typer.Option("--by", help="Compare the levels of this choice: optimizer.")] = None,
    trial: Annotated[list[int] | None, typer.Option("--trial", help="Compare this trial; several times.")] = None,
    reference: Annotated[
        str | None, typer.Option("--reference", help="What the others are compared with. \\[default: the first]")
    ] = None,
    margin: Annotated[
        float | None, typer.Option("--margin", help="Up to which a difference does not matter.", min=0)
    ] = None,
    url: Url = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Compare levels of a choice, trials or studies: at their best, over their range, and by their failures."""
    with connect(url, home) as hall:
        found = hall.compare(*studies, by=by, trials=trial or [], reference=reference, margin=margin)
    if as_json:
        print_json(found)
        return
    for name in ("tuned", "typical", "failures"):
        if found[name]:
            say(f"[bold]{name}[/]: {escape(found[name]['sentence'])}")
