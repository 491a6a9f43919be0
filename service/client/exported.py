"""The exported model of a study's best trial: the run that has it, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from experiments.reporting import MODEL, NOT_EXPORTED

Json = Mapping[str, Any]


def files_of(run: Json) -> set[str]:
    """The paths of what a run left."""
    return {artifact["path"] for artifact in run["artifacts"]}


def run_with_model(trial: Json, direction: str) -> Json | None:
    """Of the runs of a completed trial that left a model, the best on the validation data."""
    having = [run for run in trial["runs"] if MODEL in files_of(run)]
    sign = -1.0 if direction == "maximize" else 1.0
    return min(having, key=lambda run: sign * run["value"], default=None)


def why_not(trial: Json, keep: str, log_of: Callable[[str], str]) -> str:
    """Why no run of the best trial left a model. ``keep`` is what the study keeps, ``log_of`` gives a run's log."""
    failed = next(filter(None, (export_failure(log_of(run["id"])) for run in trial["runs"])), "")
    if failed:
        return f"the model of trial {trial['number']}, the best, is not exported: {failed}"
    if keep == "none":
        return "the study keeps no models: its definition says `artifacts: none`"
    return f"trial {trial['number']}, the best, kept no model; see `artifacts` in the definition"


def export_failure(log: str) -> str:
    """What a run's log says of an export that failed; nothing of one that did not."""
    said = [line.partition(NOT_EXPORTED)[2].strip() for line in log.splitlines() if NOT_EXPORTED in line]
    return said[-1] if said else ""
