"""What the command prints: JSON for programs, tables for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from service.cli.printing.numbers import number
from service.cli.printing.replicates import SPREAD, any_spread, measured

Json = Mapping[str, Any]
LONGEST = 60
"""Characters of a parameter's value that are shown."""
ROOM = 30
"""Columns that a ranking's other parameters need at least to be read."""
COLORS = {"COMPLETED": "green", "RUNNING": "cyan", "FAILED": "red", "PRUNED": "yellow", "PAUSED": "yellow"}


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def console() -> Console:
    """Where tables go."""
    return Console(highlight=False, soft_wrap=False)


def say(text: str) -> None:
    """A sentence: broken between words by a terminal's width, and one whole line for everything else."""
    screen = console()
    screen.print(text, soft_wrap=not screen.is_terminal, overflow="ignore", crop=False)


def show_table(table: Table) -> None:
    """A table with nothing cut off: what does not fit goes on in the next line, and only in a terminal."""
    screen = console()
    needs = _needs(table)
    screen.width = max(screen.width, needs.minimum) if screen.is_terminal else needs.maximum
    screen.print(table, crop=False)


def _needs(table: Table) -> Measurement:
    unbounded = Console(width=100_000)
    return Measurement.get(unbounded, unbounded.options, table)


def _table(whole: Sequence[str], folded: Sequence[str]) -> Table:
    """Columns that keep their lines whole, and behind them those that are folded where there is no room."""
    table = Table(box=None, header_style="bold")
    for heading in whole:
        table.add_column(heading, no_wrap=True)
    for heading in folded:
        table.add_column(heading, overflow="fold")
    return table


def studies_table(studies: Sequence[Json]) -> Table:
    """Studies, one a row, which counts the confirmations that have none."""
    listed = {study["name"] for study in studies}
    table = _table(whole=("Name", "State", "Trials", "Best"), folded=("Objective", "Created"))
    for study in studies:
        progress, best = study["progress"], study["best"]
        n_counted = len(set(study["confirmations"]) - listed)
        counted = f" [dim]({n_counted} confirmation{'' if n_counted == 1 else 's'})[/]" if n_counted else ""
        table.add_row(
            f"{study['name']}{counted}",
            state(study["state"]),
            f"{progress['done']}/{progress['total'] if progress['total'] is not None else '?'}",
            measured(best["value"], best["replicates"]) if best else "",
            ", ".join(f"{each['direction']} {each['metric']}" for each in study["objectives"]),
            local_time(study["created_at"]),
        )
    return table


def trials_table(trials: Iterable[Json]) -> Table:
    """Trials, one a row, with their parameters."""
    table = _table(whole=("Trial", "State", "Value", "Tags"), folded=("Parameters", "Reason"))
    for trial in trials:
        named = ", ".join(f"{name} {shown(value)}" for name, value in trial["parameters"].items())
        value = "" if trial["value"] is None else measured(trial["value"], trial["replicates"])
        excluded = "".join(f" ({word})" for word in ("infeasible", "excluded") if trial[word])
        tags = " ".join(trial["tags"])
        table.add_row(
            str(trial["number"]),
            f"{state(trial['state'])}{excluded}",
            value,
            tags,
            escape(named),
            escape(trial["reason"] or trial["waits_for"]),
        )
    return table


def show_ranking(trials: Sequence[Json], objective: Json) -> None:
    """The best trials with all parameters; where a terminal has no room for those, it says where they are shown."""
    _show_table_of(trials, objective)
    if any_spread(trials):
        say(f"[dim]{SPREAD}[/]")


def _show_table_of(trials: Sequence[Json], objective: Json) -> None:
    screen, others = console(), any(_others(trial["parameters"]) for trial in trials)
    choices = list(dict.fromkeys(name for trial in trials for name in trial["parameters"] if "." not in name))
    if not screen.is_terminal or _needs(_ranking(trials, objective, choices)).maximum + ROOM <= screen.width:
        show_table(_ranking(trials, objective, choices, all_parameters=others))
        return
    fitting = len(choices)
    while fitting and _needs(_ranking(trials, objective, choices[:fitting])).maximum > screen.width:
        fitting -= 1
    show_table(_ranking(trials, objective, choices[:fitting]))
    if others or fitting < len(choices):
        say("[dim]A wider terminal, a pipe or --json shows the other parameters too.[/]")


def _ranking(trials: Sequence[Json], objective: Json, choices: Sequence[str], *, all_parameters: bool = False) -> Table:
    table = Table(box=None, header_style="bold")
    for heading in ("#", "Trial", objective["metric"], *choices):
        table.add_column(heading, no_wrap=True)
    if all_parameters:
        table.add_column("Other parameters", overflow="fold")
    for place, trial in enumerate(trials, 1):
        chosen = (escape(shown(trial["parameters"].get(name, ""))) for name in choices)
        others = [escape(_others(trial["parameters"]))] if all_parameters else []
        table.add_row(str(place), str(trial["number"]), measured(trial["value"], trial["replicates"]), *chosen, *others)
    return table


def pareto_table(found: Json) -> Table:
    """The trials of a Pareto set, one a row, with all values and parameters."""
    table = Table(box=None, header_style="bold")
    for heading in ("Trial", *(each["metric"] for each in found["objectives"])):
        table.add_column(heading, no_wrap=True)
    table.add_column("Parameters", overflow="fold")
    for item in found["items"]:
        named = ", ".join(f"{name} {shown(value)}" for name, value in item["parameters"].items())
        table.add_row(str(item["trial"]), *map(number, item["values"]), escape(named))
    return table


def _others(parameters: Json) -> str:
    """Parameters of components, without the kind: the component's name says it."""
    named = {name.partition(".")[2]: value for name, value in parameters.items() if "." in name}
    return ", ".join(f"{name} {shown(value)}" for name, value in named.items())


def state(word: str) -> str:
    """A state in its color."""
    return f"[{COLORS[word]}]{word}[/]" if word in COLORS else word


def shown(value: Any) -> str:
    """A parameter's value, cut off where it would fill the screen."""
    text = f"{value:.3g}" if isinstance(value, float) else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def local_time(moment: str) -> str:
    """A time of the API as the user's clock has it, with its zone: ``2026-11-28 17:24 CET``."""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M %Z")


def duration(seconds: float | None) -> str:
    """``1:05:09`` or ``5:09``; a question mark for what is not known."""
    if seconds is None:
        return "?"
    hours, rest = divmod(round(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
