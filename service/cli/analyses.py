"""Subcommands that say what a study's trials tell of its parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from service.cli.options import AsJson, Home, Study, Url, connect
from service.cli.printing.output import print_json, say, show_table
from service.cli.printing.report import print_pareto

BAR = 20
"""Columns of the longest bar."""
LEFT_OUT = {"failed": "failed", "cancelled": "cancelled", "excluded": "excluded", "unended": "have not ended"}


def importances(
    study: Study,
    objective: Annotated[
        str | None, typer.Option("--objective", help="The metric of one of several objectives; else the first counts.")
    ] = None,
    url: Url = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show how much each parameter decides whether a trial is among the best tenth (PED-ANOVA)."""
    with connect(url, home) as hall:
        found = hall.importances(study, objective)
    if as_json:
        print_json(found)
        return
    if found["items"]:
        show_table(_table(found["items"]))
    for line in (*_trials(found), *found["notes"]):
        say(f"[dim]{escape(line)}[/]")


def pareto(
    study: Study,
    reference: Annotated[
        list[float] | None,
        typer.Option("--reference", help="A bad value of an objective, from which to measure; once for each."),
    ] = None,
    url: Url = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show the trials that no other is better than in all of several objectives, and their hypervolume."""
    with connect(url, home) as hall:
        found = hall.pareto(study, reference or ())
    if as_json:
        print_json(found)
    else:
        print_pareto(found)


def _table(items: list[Mapping[str, Any]]) -> Table:
    table = Table(box=None, header_style="bold")
    for heading in ("Parameter", "Importance", "", "Trials"):
        table.add_column(heading, no_wrap=True)
    most = max(item["importance"] for item in items) or 1.0
    for item in items:
        bar = "█" * round(BAR * item["importance"] / most)
        table.add_row(escape(item["parameter"]), f"{item['importance']:6.1%}", bar, str(item["n_trials"]))
    return table


def _trials(found: Mapping[str, Any]) -> Iterator[str]:
    """Which trials the answer is of."""
    trials, n_best = found["trials"], found["n_best"]
    if not n_best:
        return
    beaten = f", {trials['beaten']} pruned, diverged, too slow or infeasible" if trials["beaten"] else ""
    left_out = [f"{trials[name]} {words}" for name, words in LEFT_OUT.items() if trials[name]]
    yield f"Trials: {trials['completed']} completed{beaten}; the {n_best} best are told from the others."
    if left_out:
        yield f"Left out: {', '.join(left_out)}."
