"""A study's trials, runs and curves as flat tables, in batches of columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from service.analysis.rows import Curve, Rows
from service.study.definitions.objectives import Objective, objectives_of
from service.study.records import Run, Trial

Batch = Mapping[str, Any]
"""Equally long columns: lists, or numbers with a mask where there is none."""
RUNS_A_BATCH = 500
COUNTERS = ("attempt", "step", "epoch")
TIMES = ("wall_time", "training_time")
TRIAL = (
    *("state", "value", "reason", "failure", "infeasible", "excluded", "retry_of", "notes", "tags"),
    *("created_at", "started_at", "ended_at"),
)
RUN = (
    *("replicate", "seed", "fold", "state", "value", "reason", "failure", "attempt", "epochs", "training_time"),
    *("worker", "created_at", "started_at", "ended_at"),
)


def trials(rows: Rows, study_id: str) -> Iterator[Batch]:
    """One row for each trial; a parameter that it does not have is empty."""
    found = rows.trials.of_study(study_id)
    objectives = objectives_of(rows.studies.get(study_id).definition)
    yield {
        "trial": [trial.number for trial in found],
        **{name: [getattr(trial, name) for trial in found] for name in TRIAL},
        **(_spread("objectives", [_by_metric(objectives, trial) for trial in found]) if len(objectives) > 1 else {}),
        **_spread("parameters", [trial.parameters for trial in found]),
        **_spread("metrics", [trial.metrics for trial in found]),
    }


def _by_metric(objectives: Sequence[Objective], trial: Trial) -> Mapping[str, float | None]:
    return {each.metric: value for each, value in zip(objectives, trial.objective_values, strict=False)}


def runs(rows: Rows, study_id: str) -> Iterator[Batch]:
    """One row for each run of a trial."""
    found = rows.runs.of_study(study_id)
    yield {
        "trial": [run.trial_number for run in found],
        "run": [run.id for run in found],
        **{name: [getattr(run, name) for run in found] for name in RUN},
        **_spread("metrics", [run.metrics for run in found]),
    }


def curves(rows: Rows, study_id: str) -> Iterator[Batch]:
    """One row for each point of a run's curve; a metric that was not measured there is empty."""
    names = rows.studies.metric_names([study_id])[study_id]
    for batch in curves_of(rows, study_id):
        yield _points(batch, names)


def curves_of(rows: Rows, study_id: str) -> Iterator[Sequence[tuple[Run, Curve]]]:
    """Runs with their curves, some hundred at a time, and one batch at least; runs without points are left out."""
    found = rows.runs.of_study(study_id)
    for start in range(0, max(1, len(found)), RUNS_A_BATCH):
        some = {run.id: run for run in found[start : start + RUNS_A_BATCH]}
        yield [(some[curve.run_id], curve) for curve in rows.curves.of(run_ids=[*some])]


def _points(batch: Sequence[tuple[Run, Curve]], names: Sequence[str]) -> Batch:
    sizes = [len(curve) for _, curve in batch]
    drawn = {"trial": [run.trial_number for run, _ in batch], "replicate": [run.replicate for run, _ in batch]}
    folds = [-1 if run.fold is None else run.fold for run, _ in batch]
    return {
        **{name: np.repeat(np.array(values, dtype=np.int64), sizes) for name, values in drawn.items()},
        "fold": np.ma.masked_equal(np.repeat(np.array(folds, dtype=np.int64), sizes), -1),
        "run": np.repeat(np.array([run.id for run, _ in batch], dtype=object), sizes),
        **{name: _joined([getattr(curve, name) for _, curve in batch], np.int64) for name in COUNTERS},
        **{name: _joined([getattr(curve, name) for _, curve in batch], np.float64) for name in TIMES},
        **{f"metrics.{name}": _joined([curve.metric(name) for _, curve in batch], np.float64) for name in names},
    }


def _joined(parts: Sequence[Any], kind: type[np.generic]) -> Any:
    return np.ma.concatenate([np.ma.empty(0, dtype=kind), *parts])  # type: ignore[no-untyped-call]


def _spread(name: str, mappings: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """A column for each key of the mappings, in the order in which they come up."""
    keys = dict.fromkeys(key for mapping in mappings for key in mapping)
    return {f"{name}.{key}": [mapping.get(key) for mapping in mappings] for key in keys}


TABLES: Mapping[str, Callable[[Rows, str], Iterator[Batch]]] = {"trials": trials, "runs": runs, "curves": curves}
"""What can be exported as a table."""
