"""What the command prints: JSON for programs, tables for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

Json = Mapping[str, Any]
ROOMY = 120
"""Columns from which a table shows everything."""
COLORS = {"COMPLETED": "green", "RUNNING": "cyan", "FAILED": "red", "PRUNED": "yellow", "PAUSED": "yellow"}


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def console() -> Console:
    """Where tables go."""
    return Console(highlight=False, soft_wrap=False)


def studies_table(studies: Iterable[Json]) -> Table:
    """Studies, one a row."""
    table = Table("Name", "State", "Trials", "Best", "Objective", "Created", box=None, header_style="bold")
    for study in studies:
        progress, best, objective = study["progress"], study["best"], study["objective"]
        table.add_row(
            study["name"],
            state(study["state"]),
            f"{progress['done']}/{progress['total'] if progress['total'] is not None else '?'}",
            number(best["value"]) if best else "",
            f"{objective['direction']} {objective['metric']}",
            study["created_at"][:16].replace("T", " "),
        )
    return table


def ranking_table(trials: Sequence[Json], objective: Json, width: int) -> Table:
    """The best trials: a column for each choice, and where ``width`` columns leave room, the other parameters too."""
    choices = list(dict.fromkeys(name for trial in trials for name in trial["parameters"] if "." not in name))
    table = Table(box=None, header_style="bold")
    for heading in ("#", "Trial", objective["metric"], *choices):
        table.add_column(heading, no_wrap=True)
    if width >= ROOMY:
        table.add_column("Other parameters")
    for place, trial in enumerate(trials, 1):
        chosen = (shown(trial["parameters"].get(name, "")) for name in choices)
        others = [_others(trial["parameters"])] if width >= ROOMY else []
        table.add_row(str(place), str(trial["number"]), number(trial["value"]), *chosen, *others)
    return table


def _others(parameters: Json) -> str:
    """Parameters of components, without the kind: the component's name says it."""
    named = {name.partition(".")[2]: value for name, value in parameters.items() if "." in name}
    return ", ".join(f"{name} {shown(value)}" for name, value in named.items())


def components_table(kind: Json) -> Table:
    """The components of one kind."""
    table = Table(
        "Name", "Fields", "Summary", title=f"{kind['name']}: {kind['summary']}", title_justify="left", box=None
    )
    for component in kind["components"]:
        table.add_row(
            component["name"], ", ".join(field["name"] for field in component["fields"]), component["summary"]
        )
    return table


def state(word: str) -> str:
    """A state in its colour."""
    return f"[{COLORS[word]}]{word}[/]" if word in COLORS else word


def number(value: float) -> str:
    """A value in at most six significant digits."""
    return f"{value:.6g}"


def shown(value: Any) -> str:
    """A parameter's value."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def duration(seconds: float | None) -> str:
    """``1:05:09`` or ``5:09``; a question mark for what is not known."""
    if seconds is None:
        return "?"
    hours, rest = divmod(round(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
