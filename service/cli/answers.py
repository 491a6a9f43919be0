"""Subcommands that say how certainly something is better."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from rich.markup import escape

from service.cli.options import AsJson, Home, Study, Url, connect
from service.cli.output import print_json, say


class Over(StrEnum):
    """What varies in a confirmation."""

    SEEDS = "seeds"
    FOLDS = "folds"


def confirm(
    study: Study,
    k: Annotated[int, typer.Option("--k", help="How many of the best trials.", min=2)] = 5,
    seeds: Annotated[int, typer.Option("--seeds", help="Fresh seeds for each of them.", min=2)] = 10,
    over: Annotated[Over, typer.Option("--over", help="Seeds answer for this split, folds for the data.")] = Over.SEEDS,
    url: Url = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Train a study's best trials once more with fresh seeds; the new study's ranking tells which is better."""
    with connect(url, home) as hall:
        made = hall.confirm(study, k=k, seeds=seeds, over=over.value)
    if as_json:
        print_json(made)
        return
    n = len(made["definition"]["queue"])
    say(f"Study [bold]{made['name']}[/] trains the {n} best trials of {escape(study)} with {seeds} fresh seeds each.")
    say(f"`studyhall watch {made['name']}` shows how far it is, and `studyhall show {made['name']}` what it tells.")


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
