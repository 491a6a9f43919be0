"""From rows to the records that the rest of the service knows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row

from service.storage.db.tables import NO_FOLD
from service.study.records import (
    Artifact,
    Attempt,
    CodeCheck,
    Continuation,
    Run,
    RunHead,
    Spent,
    Stay,
    Study,
    StudyEvent,
    Trial,
)
from service.study.states import Desired, FailureKind, RunningTrials, RunState, StudyState

AnyRow = Row[*tuple[Any, ...]]


COUNTS = {state: f"n_{state.lower()}" for state in RunState}
"""A state of trials to the column of studies that counts them."""
SPENT = ("epochs", "seconds", "device_seconds", "wall_seconds")
LEDGER = ("reserved_epochs", "saved_epochs", "open_attempts", *(f"spent_{name}" for name in SPENT))
"""The columns of studies that say what their runs may still spend, have spent and were spared."""
OpenAttempt = tuple[datetime, datetime | None, float]
"""When a start that has not ended began, when it was seen last if that is long ago, and how many GPUs it has."""


def study_of(row: AnyRow, ended_runs: int = 0, open_attempts: Sequence[OpenAttempt] = ()) -> Study:
    """A study, with the ended runs under way and what the starts under way have spent, which stand in other rows."""
    fields = row._asdict()
    for column in ("direction", "ended", "passed_as", "open_attempts", "busy_since"):
        del fields[column]
    counts = {state: fields.pop(column) for state, column in COUNTS.items()}
    number, value = fields.pop("best_trial"), fields.pop("best_value")
    settled = Spent(**{name: fields.pop(f"spent_{name}") for name in SPENT})
    fields["spent"] = _with_open(settled, row.busy_since, open_attempts) if open_attempts else settled
    fields |= {"desired": Desired(row.desired), "state": StudyState(row.state)}
    fields["code_check"] = code_check_of(row)
    fields["tags"] = tuple(row.tags)
    fields["stop_running"] = RunningTrials(row.stop_running)
    fields["counts"] = {state: n for state, n in counts.items() if n}
    return Study(**fields, best=None if number is None else (number, value), ended_runs=ended_runs)


def _with_open(settled: Spent, busy_since: float | None, open_attempts: Sequence[OpenAttempt]) -> Spent:
    now = datetime.now(UTC)
    seconds = [(max(0.0, ((seen or now) - began).total_seconds()), gpus) for began, seen, gpus in open_attempts]
    busy = 0.0 if busy_since is None else max(0.0, now.timestamp() - busy_since)
    return Spent(
        settled.epochs,
        settled.seconds + sum(each for each, _ in seconds),
        settled.device_seconds + sum(each * gpus for each, gpus in seconds),
        settled.wall_seconds + busy,
    )


def code_check_of(row: AnyRow) -> CodeCheck | None:
    """What the study's check found, if there was one."""
    return None if row.code_check is None else CodeCheck(**row.code_check)


def trial_of(row: AnyRow) -> Trial:
    """A trial."""
    fields = row._asdict()
    fields["objective_values"] = tuple(row.objective_values)
    fields["tags"] = tuple(row.tags)
    return Trial(**fields | {"state": RunState(row.state), "failure": _failure(row.failure)})


def run_of(row: AnyRow) -> Run:
    """A run."""
    fields = row._asdict()
    fields["fold"] = None if row.fold == NO_FOLD else row.fold
    fields["checkpoints"] = tuple(row.checkpoints)
    fields["objective_values"] = tuple(row.objective_values)
    return Run(**fields | {"state": RunState(row.state), "failure": _failure(row.failure)})


def run_head_of(row: AnyRow) -> RunHead:
    """A run as far as its curve needs it, from the columns of ``RunHead`` in their order: thousands come at once."""
    id_, study_id, trial, replicate, seed, fold, state, value, planned_epochs, started_at = row
    shown = None if fold == NO_FOLD else fold
    return RunHead(id_, study_id, trial, replicate, seed, shown, RunState(state), value, planned_epochs, started_at)


def attempt_of(row: AnyRow) -> Attempt:
    """An attempt; the row may have more."""
    values = {each.name: getattr(row, each.name) for each in fields(Attempt)}
    failure = FailureKind(row.failure) if row.failure else None
    return Attempt(**values | {"left_run": RunState(row.left_run) if row.left_run else None, "failure": failure})


def stay_of(row: AnyRow) -> Stay:
    """An attempt with its study's name and its trial's number."""
    return Stay(row.name, row.trial_number, attempt_of(row))


def continuation_of(row: AnyRow) -> Continuation:
    """What a member of a population went on with."""
    return Continuation(**row._asdict())


def event_of(row: AnyRow) -> StudyEvent:
    """An event."""
    return StudyEvent(**row._asdict())


def artifact_of(row: AnyRow) -> Artifact:
    """An artifact."""
    return Artifact(**row._asdict())


def finite(value: float | None) -> float | None:
    """The value, or nothing if it is NaN or infinite: such numbers never enter a row or JSON."""
    return float(value) if value is not None and math.isfinite(value) else None


def finite_metrics(metrics: Mapping[str, float]) -> dict[str, float]:
    """The metrics that have a finite value."""
    return {name: float(value) for name, value in metrics.items() if math.isfinite(value)}


def clean_text(text: str) -> str:
    """The text without what PostgreSQL or UTF-8 cannot hold: NUL and lone surrogates become a replacement."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def clean_json(value: Any) -> Any:
    """The same for every text in lists and mappings that are to be stored as JSON."""
    if isinstance(value, Mapping):
        return {name: clean_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(each) for each in value]
    return clean_text(value) if isinstance(value, str) else value


def _failure(value: str | None) -> FailureKind | None:
    return FailureKind(value) if value else None
