"""What MLflow should hold of a trial: plain values, computed from our records alone and without MLflow."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np

from service.storage.curve_format import Curve
from service.study.records import Artifact, Run, Study, Trial
from service.study.states import RunState
from service.tracking.names import MAX_NAME, NAME_TAG, OBJECTIVE, metric_name, mlflow_name, renamed

ID_TAG = "studyhall.id"
"""The tag by which a run of MLflow is found again: the id of our trial, or of our run for a child."""
POINTS_TAG = "studyhall.points"
"""How many points the run holds once it has ended: what a comparison counts."""

STATUS = {
    RunState.WAITING: "RUNNING",
    RunState.RUNNING: "RUNNING",
    RunState.COMPLETED: "FINISHED",
    RunState.PRUNED: "FINISHED",
    RunState.FAILED: "FAILED",
    RunState.CANCELLED: "KILLED",
}
"""MLflow's word for each of our states; a tag holds the exact one. A pruned run did what was asked of it: MLflow shows
a red cross for KILLED, and most runs of a good study would look broken."""

MAX_PARAM, MAX_TAG = 6000, 5000


class Point(NamedTuple):
    """One value of one metric; ``timestamp`` in milliseconds since 1970."""

    key: str
    value: float
    timestamp: int
    step: int


@dataclass(frozen=True)
class RunImage:
    """One run as MLflow should show it. ``parent`` is our id of the run it is a child of."""

    id: str
    name: str
    status: str
    start_time: int
    end_time: int | None
    parent: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    points: Sequence[Point] = ()
    files: Sequence[Artifact] = ()


@dataclass(frozen=True)
class TrialRecords:
    """Everything we have about one trial."""

    study: Study
    trial: Trial
    runs: Sequence[Run]
    curves: Mapping[str, Curve]
    artifacts: Mapping[str, Sequence[Artifact]]


def images(records: TrialRecords, page: str) -> list[RunImage]:
    """The trial's run of MLflow, and, when it has several runs, one child for each; the parent comes first.

    Args:
        records: the trial with its runs, curves and artifacts.
        page: address of the dashboard without a slash at the end; empty for one that is relative to MLflow's own.
    """
    runs = records.runs
    if len(runs) == 1:
        return [_run_image(records, runs[0], page, alone=True)]
    begun = [run for run in runs if run.state is not RunState.WAITING]
    return [_parent_image(records, page), *(_run_image(records, run, page, alone=False) for run in begun)]


def _run_image(records: TrialRecords, run: Run, page: str, *, alone: bool) -> RunImage:
    study, trial = records.study, records.trial
    subject = trial if alone else run
    curve = records.curves.get(run.id)
    logged = curve.metrics if curve else {}
    test_result, test_keys = _test_result(study, run), _test_keys(_test_result(study, run), logged)
    points = list(_points(curve)) if curve else []
    last_step = _last_step([curve] if curve else [])
    points += _at_end(run, {test_keys[name]: value for name, value in test_result.items()}, last_step)
    points += _objective(subject, last_step)
    address = f"{page}{_path(study)}?run={run.id}"
    params = {**flatten({**trial.config, "seed": run.seed, "fold": run.fold}), **_parameters(trial)}
    return RunImage(
        id=subject.id,
        name=_name(trial) if alone else _name(trial, f".{run.replicate} seed {run.seed}"),
        status=STATUS[subject.state],
        start_time=milliseconds(subject.started_at or subject.created_at),
        end_time=milliseconds(subject.ended_at) if subject.ended_at else None,
        parent=None if alone else trial.id,
        tags={
            "studyhall.run": run.id,
            **_tags(study, trial, subject, address, len(points)),
            **_name_tags(_metric_keys(logged), _param_keys(params), test_keys),
        },
        params={mlflow_name(name): value for name, value in params.items()},
        points=points,
        files=records.artifacts.get(run.id, ()),
    )


def _parent_image(records: TrialRecords, page: str) -> RunImage:
    study, trial = records.study, records.trial
    # At the step where the runs ended: MLflow draws no curve of a metric that some run has at step 0 alone.
    last_step = _last_step([records.curves[run.id] for run in records.runs if run.id in records.curves])
    metrics = {metric_name(name): value for name, value in trial.metrics.items()}
    points = _at_end(trial, metrics, last_step) + _objective(trial, last_step)
    params = {**flatten({**trial.config, "seed": None, "fold": None}), **_parameters(trial)}  # each run has its own
    return RunImage(
        id=trial.id,
        name=_name(trial),
        status=STATUS[trial.state],
        start_time=milliseconds(trial.started_at or trial.created_at),
        end_time=milliseconds(trial.ended_at) if trial.ended_at else None,
        tags={
            **_tags(study, trial, trial, f"{page}{_path(study)}?trial={trial.number}", len(points)),
            **_name_tags(_metric_keys(trial.metrics), _param_keys(params)),
        },
        params={mlflow_name(name): value for name, value in params.items()},
        points=points,
    )


def _points(curve: Curve) -> Iterator[Point]:
    steps = curve.step.tolist()
    times = (np.asarray(curve.wall_time) * 1000).astype(np.int64).tolist()
    for name, column in curve.metrics.items():
        key = metric_name(name)
        for step, timestamp, value in zip(steps, times, column.tolist(), strict=True):
            if not math.isnan(value):
                yield Point(key, value, timestamp, step)


def _last_step(curves: Iterable[Curve]) -> int:
    return max((int(curve.step[-1]) for curve in curves if len(curve.step)), default=0)


def _at_end(subject: Trial | Run, values: Mapping[str, float], step: int) -> list[Point]:
    """What is known of a trial or a run once it has ended, by MLflow's names."""
    if subject.ended_at is None:
        return []
    return [Point(key, float(value), milliseconds(subject.ended_at), step) for key, value in values.items()]


def _objective(subject: Trial | Run, step: int) -> list[Point]:
    return _at_end(subject, {} if subject.value is None else {OBJECTIVE: subject.value}, step)


def _test_result(study: Study, run: Run) -> Mapping[str, float]:
    """The run's result on the test split; a metric's name begins with ``test_`` unless another has that name."""
    result = study.test_result or {}
    metrics = result["metrics"] if result.get("run") == run.id else {}
    other = {name: f"test_{name}" for name in metrics if not name.startswith("test_") and f"test_{name}" not in metrics}
    return {other.get(name, name): value for name, value in metrics.items()}


def _path(study: Study) -> str:
    return f"/studies/{study.name}"


def _tags(study: Study, trial: Trial, subject: Trial | Run, address: str, n_points: int) -> dict[str, str]:
    tags = {
        ID_TAG: subject.id,
        "studyhall.study": study.id,
        "studyhall.study_name": study.name,
        "studyhall.trial": str(trial.number),
        "studyhall.state": subject.state.value,
        "studyhall.page": address,
        "mlflow.note.content": f"[Open in Studyhall]({address})",
    }
    if subject.reason:
        tags["studyhall.reason"] = subject.reason[:MAX_TAG]
    if subject.state.ended:
        tags[POINTS_TAG] = str(n_points)
    return tags


def _metric_keys(names: Iterable[str]) -> dict[str, str]:
    return {name: metric_name(name) for name in names}


def _param_keys(names: Iterable[str]) -> dict[str, str]:
    return {name: mlflow_name(name) for name in names}


def _test_keys(names: Iterable[str], logged: Iterable[str]) -> dict[str, str]:
    """MLflow's names of test metrics, none of them one that the training logged itself."""
    return {name: renamed(name, "test split ") if name in logged else mlflow_name(name) for name in names}


def _name_tags(*keys: Mapping[str, str]) -> dict[str, str]:
    """A tag for each name that MLflow has otherwise; its key ends in MLflow's name."""
    return {f"{NAME_TAG}{key}": name[:MAX_TAG] for some in keys for name, key in some.items() if key != name}


def _name(trial: Trial, suffix: str = "") -> str:
    """``"#12 adamw cosine kaiming_normal"``: the number, and the components that make the trial what it is."""
    words = []
    for kind in ("optimizer", "schedule", "initializer"):
        part = trial.config.get(kind)
        words += [part["name"]] if isinstance(part, Mapping) and "name" in part else []
    return " ".join([f"#{trial.number}{suffix}", *words])[:MAX_NAME]


def _parameters(trial: Trial) -> dict[str, str]:
    return {path: _text(value) for path, value in trial.parameters.items()}


def flatten(config: Mapping[str, Any]) -> dict[str, str]:
    """A config under the names that search spaces use: ``optimizer = adamw``, ``optimizer.adamw.lr = 0.003``."""
    flat: dict[str, str] = {}
    for kind, part in config.items():
        if kind == "regularizers" and isinstance(part, Mapping):
            for name, fields in part.items():
                flat[f"regularizers.{name}"] = "true"
                flat |= _fields(f"regularizers.{name}", fields)
        elif isinstance(part, Mapping) and "name" in part:
            flat[kind] = _text(part["name"])
            flat |= _fields(f"{kind}.{part['name']}", part)
        elif isinstance(part, Mapping):
            flat |= _fields(kind, part)
        elif part is not None:
            flat[kind] = _text(part)
    return flat


def _fields(prefix: str, fields: Mapping[str, Any]) -> dict[str, str]:
    return {f"{prefix}.{name}": _text(value) for name, value in fields.items() if name != "name" and value is not None}


def _text(value: Any) -> str:
    """The value as MLflow keeps it, cut where MLflow would cut it; config.json holds it whole."""
    return (value if isinstance(value, str) else json.dumps(value))[:MAX_PARAM]


def milliseconds(at: datetime) -> int:
    """A time as MLflow keeps it."""
    return round(at.timestamp() * 1000)
