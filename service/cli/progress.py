"""The live display of a study: trials done, running and pruned, the best so far, the time left."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from service.cli.output import console, duration, number

if TYPE_CHECKING:
    from service.client import Studyhall

PLAIN_EVERY = 5.0
"""Seconds between two lines where the display cannot be redrawn."""


def follow(hall: Studyhall, study: str, *, quiet: bool = False) -> dict[str, Any]:
    """Wait for a study's end and show its progress meanwhile; the study at its end comes back."""
    if quiet:
        return hall.wait(study)
    screen = console()
    if not screen.is_terminal:
        return hall.wait(study, _Lines())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.fields[status]}"), console=screen) as display:
        task = display.add_task(study, total=None, status="waiting for workers")

        def draw(seen: dict[str, Any]) -> None:
            progress = seen["progress"]
            display.update(
                task,
                description=seen["name"],
                completed=progress["done"],
                total=progress["total"],
                status=_status(seen),
            )

        return hall.wait(study, draw, interval=0.25)


class _Lines:
    """A line of text now and then, and one at the end."""

    def __init__(self) -> None:
        self._said = ""
        self._said_at = 0.0

    def __call__(self, seen: dict[str, Any]) -> None:
        """Say where the study stands, unless that was just said."""
        progress = seen["progress"]
        total = "?" if progress["total"] is None else progress["total"]
        line = f"{seen['name']}: {progress['done']}/{total} trials, {_status(seen)}"
        ended = seen["state"] in {"COMPLETED", "STOPPED", "FAILED"}
        if line != self._said and (ended or time.monotonic() - self._said_at >= PLAIN_EVERY):
            print(line, flush=True)
            self._said, self._said_at = line, time.monotonic()


def _status(seen: dict[str, Any]) -> str:
    counts, best = seen["counts"], seen["best"]
    parts = [f"{counts['RUNNING']} running", f"{counts['PRUNED']} pruned"]
    if counts["FAILED"]:
        parts.append(f"{counts['FAILED']} failed")
    if best:
        parts.append(f"best {seen['objective']['metric']} {number(best['value'])} (trial {best['trial']})")
    if seen["state"] == "RUNNING":
        parts.append(f"{duration(seen['progress']['eta_seconds'])} left")
    else:
        parts.append(seen["state"])
    return ", ".join(parts)
