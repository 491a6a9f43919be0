"""The live display of a study: runs or trials done, running and pruned, the best so far, the time left."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Column

from service.cli.printing.output import console, duration
from service.cli.printing.replicates import measured
from service.cli.printing.report import print_warnings
from service.study.states import StudyState

if TYPE_CHECKING:
    from service.client.client import Studyhall

PLAIN_EVERY = 5.0
"""Seconds between two lines where the display cannot be redrawn."""
WIDE = 140
"""Columns from which the bar has its full length."""


def follow(hall: Studyhall, study: str, *, quiet: bool = False) -> dict[str, Any]:
    """Wait for a study's end and show its progress meanwhile; the study at its end comes back."""
    if quiet:
        return hall.wait(study)
    screen, workers, warnings = console(), Workers(hall), Warnings()
    if not screen.is_terminal:
        return hall.wait(study, Lines(workers, warnings))
    with display_on(screen) as display:
        task = display.add_task(study, total=None, unit="", status="", elapsed="")

        def draw(seen: dict[str, Any]) -> None:
            warnings.tell(seen)
            progress = seen["progress"]
            display.update(
                task,
                description=seen["name"],
                completed=progress["runs_done"],
                total=progress["runs_total"],
                unit=_unit(progress),
                elapsed=elapsed(seen),
                status=_status(seen, workers.awaited(seen)),
            )

        return hall.wait(study, draw, interval=0.25)


def display_on(screen: Console) -> Progress:
    """The display of a study; what does not fit a narrow screen goes on in the next line, and nothing is cut off."""
    name = TextColumn("{task.description}", table_column=Column(overflow="fold", max_width=screen.width // 3))
    bar = BarColumn(bar_width=40 if screen.width >= WIDE else 10)
    status = TextColumn("{task.fields[status]}", table_column=Column(overflow="fold"))
    unit, elapsed = TextColumn("{task.fields[unit]}"), TextColumn("{task.fields[elapsed]}")
    return Progress(name, bar, MofNCompleteColumn(), unit, elapsed, status, console=screen)


@contextmanager
def left_to_itself(study: str, then: str) -> Iterator[None]:
    """On Ctrl-C, say at once that it was heard and what becomes of the study."""
    try:
        yield
    except KeyboardInterrupt:
        print(f"\nstudy {study} {then}", file=sys.stderr, flush=True)
        raise


class Warnings:
    """Tells each warning about a study once, as soon as it is known: what the check of its code finds comes late."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def tell(self, seen: dict[str, Any]) -> None:
        """Print what is new."""
        new = [warning for warning in seen["warnings"] if warning not in self._told]
        self._told.update(new)
        print_warnings({"warnings": new})


class Lines:
    """A line of text now and then, and one at the end."""

    def __init__(self, workers: Workers, warnings: Warnings) -> None:
        self._workers = workers
        self._warnings = warnings
        self._said = ""
        self._said_at = 0.0

    def __call__(self, seen: dict[str, Any]) -> None:
        """Say where the study stands, unless that was just said."""
        self._warnings.tell(seen)
        progress = seen["progress"]
        total = "?" if progress["runs_total"] is None else progress["runs_total"]
        done = f"{progress['runs_done']}/{total} {_unit(progress)}"
        line = f"{seen['name']}: {done}, {_status(seen, self._workers.awaited(seen))}"
        if line != self._said and (StudyState(seen["state"]).ended or time.monotonic() - self._said_at >= PLAIN_EVERY):
            print(line, flush=True)
            self._said, self._said_at = line, time.monotonic()


class Workers:
    """Knows whether a study still waits for its first warm worker, and asks no more once there was one."""

    def __init__(self, hall: Studyhall) -> None:
        self._hall = hall
        self._warm = False

    def awaited(self, seen: dict[str, Any]) -> str:
        """What is waited for, in words; nothing when a worker is there or none is wanted."""
        if self._warm or seen["state"] not in {"QUEUED", "RUNNING"} or seen["desired"] != "running":
            return ""
        workers = self._hall.workers()
        self._warm = any(worker["state"] != "starting" for worker in workers)
        return "" if self._warm else "starting workers…" if workers else "waiting for workers…"


def elapsed(seen: dict[str, Any]) -> str:
    """How long the study has been under way, or took; whoever watches may have come late."""
    if seen["started_at"] is None:
        return ""
    end = datetime.fromisoformat(seen["ended_at"]) if seen["ended_at"] else datetime.now(UTC)
    return duration(max(0.0, (end - datetime.fromisoformat(seen["started_at"])).total_seconds()))


def _unit(progress: dict[str, Any]) -> str:
    """What is counted: with one run a trial, a run is a trial."""
    return "runs" if progress["runs_per_trial"] > 1 else "trials"


def _status(seen: dict[str, Any], awaited: str) -> str:
    if awaited:
        return awaited
    counts, best, progress = seen["counts"], seen["best"], seen["progress"]
    of = f" of {progress['total']}" if progress["total"] is not None else ""
    parts = [f"{progress['done']}{of} trials done"] if progress["runs_per_trial"] > 1 else []
    parts += [f"{counts['RUNNING']} running", f"{counts['PRUNED']} pruned"]
    if counts["FAILED"]:
        parts.append(f"{counts['FAILED']} failed")
    if best:
        parts.append(
            f"best {seen['objective']['metric']} {measured(best['value'], best['replicates'])} (trial {best['trial']})"
        )
    if seen["state"] == "QUEUED":
        parts = [seen["state"], seen["reason"]]
    elif seen["state"] != "RUNNING":
        parts.append(seen["state"])
    elif seen["reason"]:
        parts.append(seen["reason"])
    elif (left := progress["eta_seconds"]) is not None:
        parts.append(f"{duration(left)} left")
    return ", ".join(parts)
