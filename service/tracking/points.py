"""The points of one run of MLflow: its curves, and what is known of it once it has ended, by MLflow's names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import compress
from typing import Any, NamedTuple

import numpy as np

from service.storage.curves.format import Curve, measured
from service.study.definitions.objectives import objectives_of
from service.study.records import Run, Study, Trial
from service.study.replicates import Replication
from service.tracking.names import (
    JUDGED,
    OBJECTIVE,
    OBJECTIVE_N,
    OBJECTIVE_STD,
    OBJECTIVES,
    metric_name,
    mlflow_name,
    renamed,
)


class Point(NamedTuple):
    """One value of one metric; ``timestamp`` in milliseconds since 1970."""

    key: str
    value: float
    timestamp: int
    step: int


def curve_points(curve: Curve) -> Iterator[Point]:
    """What the training logged, where it was measured."""
    steps = curve.step.tolist()
    times = (np.asarray(curve.wall_time) * 1000).astype(np.int64).tolist()
    for name, column in curve.metrics.items():
        key = metric_name(name)
        rows = zip(steps, times, column.tolist(), strict=True)
        for step, timestamp, value in compress(rows, measured(column)):
            yield Point(key, value, timestamp, step)


def last_step(curves: Iterable[Curve]) -> int:
    """The last step of the curves; 0 without any."""
    return max((int(curve.step[-1]) for curve in curves if len(curve.step)), default=0)


def at_end(subject: Trial | Run, values: Mapping[str, float], step: int) -> list[Point]:
    """What is known of a trial or a run once it has ended, by MLflow's names."""
    if subject.ended_at is None:
        return []
    return [Point(key, float(value), milliseconds(subject.ended_at), step) for key, value in values.items()]


def objectives(study: Study, subject: Trial | Run) -> dict[str, float]:
    """What a trial or a run is judged by; of several, each under its metric's name too."""
    found = {} if subject.value is None else {OBJECTIVE: subject.value}
    if len(subject.objective_values) > 1:
        names = [mlflow_name(f"{OBJECTIVES}{each.metric}") for each in objectives_of(study.definition)]
        values = zip(names, subject.objective_values, strict=True)
        found |= {name: value for name, value in values if value is not None}
    return found


def judged(run: Run) -> dict[str, float]:
    """The metrics of the epoch that counts, apart: under a metric's own name MLflow shows the last epoch's value."""
    return {f"{JUDGED}{name}": value for name, value in run.metrics.items()}


def spread(together: Replication | None) -> dict[str, float]:
    """Beside the objective of several runs: their sample standard deviation, and how many they are."""
    known = {OBJECTIVE_STD: together.std, OBJECTIVE_N: together.n} if together else {}
    return {key: value for key, value in known.items() if value is not None}


def tested(study: Study, run: Run) -> Mapping[str, float]:
    """A run's result on the test split."""
    own = [tested for tested in (study.test_result or {}).get("runs", ()) if tested["run"] == run.id]
    return _tested_names(own[0]["metrics"]) if own else {}


def tested_means(study: Study, trial: Trial) -> Mapping[str, float]:
    """The test result of a trial with several runs: the means, and the sample standard deviations."""
    result = study.test_result or {}
    if result.get("trial") != trial.number:
        return {}
    spreads = _tested_names({name: value for name, value in result["std"].items() if value is not None})
    return {**_tested_names(result["metrics"]), **{f"{name}_std": value for name, value in spreads.items()}}


def _tested_names(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """The metrics, each under a name that begins with ``test_`` unless another has that name."""
    other = {name: f"test_{name}" for name in metrics if not name.startswith("test_") and f"test_{name}" not in metrics}
    return {other.get(name, name): value for name, value in metrics.items()}


def tested_keys(names: Iterable[str], logged: Iterable[str]) -> dict[str, str]:
    """MLflow's names of test metrics, none of them one that the training logged itself."""
    return {name: renamed(name, "test split ") if name in logged else mlflow_name(name) for name in names}


def milliseconds(time: datetime) -> int:
    """A time as MLflow keeps it."""
    return round(time.timestamp() * 1000)
