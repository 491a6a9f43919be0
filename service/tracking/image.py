"""What MLflow should hold of a trial: plain values, computed from our records alone and without MLflow."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import compress
from typing import Any, NamedTuple

import numpy as np

from service.storage.curve_format import Curve, measured
from service.study.records import Artifact, Run, Study, Trial
from service.study.replicates import Mark, Replication, marks_of, replication
from service.study.states import RunState
from service.tracking.errors import Refused

ID_TAG = "studyhall.id"
"""The tag by which a run of MLflow is found again: the id of our trial, or of our run for a child."""
POINTS_TAG = "studyhall.points"
"""How many points the run holds once it has ended: what a comparison counts."""

EPOCH_TAG = "studyhall.epoch"
"""The epoch that counts: that of the metrics under ``judged/``, and of the weights of all files."""

STATUS = {
    RunState.WAITING: "RUNNING",
    RunState.RUNNING: "RUNNING",
    RunState.COMPLETED: "FINISHED",
    RunState.PRUNED: "KILLED",
    RunState.FAILED: "FAILED",
    RunState.CANCELLED: "KILLED",
}
"""MLflow's word for each of our states; a tag holds the exact one."""

MAX_PARAM, MAX_TAG, MAX_NAME = 6000, 5000, 250
_KEY = re.compile(r"[/\w.\- :]{1,250}\Z")


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

    Raises:
        Refused: a metric or a parameter has a name that MLflow does not take.
    """
    runs = records.runs
    if len(runs) == 1:
        return [_checked(_run_image(records, runs[0], page, alone=True))]
    begun = [run for run in runs if run.state is not RunState.WAITING]
    ended = records.trial.state.ended  # before, a run may be marked and its next siblings show that it is like them
    marks = marks_of(records.study, records.trial, runs) if ended else {}
    children = [_marked(_run_image(records, run, page, alone=False), marks.get(run.id)) for run in begun]
    return [_checked(image) for image in (_parent_image(records, page), *children)]


def _run_image(records: TrialRecords, run: Run, page: str, *, alone: bool) -> RunImage:
    study, trial = records.study, records.trial
    subject = trial if alone else run
    points = list(_points(records.curves[run.id])) if run.id in records.curves else []
    last_step = max((point.step for point in points), default=0)
    points += _test_points(study, run, last_step) + _judged(run, last_step)
    points += _objective(subject, last_step)
    address = f"{page}{_path(study)}?run={run.id}"
    config = {**trial.config, "seed": run.seed, "fold": run.fold}
    return RunImage(
        id=subject.id,
        name=_name(trial) if alone else _name(trial, f".{run.replicate} seed {run.seed}"),
        status=STATUS[subject.state],
        start_time=milliseconds(subject.started_at or subject.created_at),
        end_time=milliseconds(subject.ended_at) if subject.ended_at else None,
        parent=None if alone else trial.id,
        tags={
            "studyhall.run": run.id,
            **({EPOCH_TAG: str(run.metrics_epoch)} if run.metrics_epoch is not None else {}),
            **_tags(study, trial, subject, address, len(points)),
        },
        params={**flatten(config), **_parameters(trial)},
        points=points,
        files=records.artifacts.get(run.id, ()),
    )


def _parent_image(records: TrialRecords, page: str) -> RunImage:
    study, trial = records.study, records.trial
    at = milliseconds(trial.ended_at or trial.created_at)
    points = [Point(key, float(value), at, 0) for key, value in trial.metrics.items()] + _objective(trial, 0)
    together = replication(study, trial, records.runs)
    points += [*_spread(trial, together), *_test_means(study, trial)]
    return RunImage(
        id=trial.id,
        name=_name(trial),
        status=STATUS[trial.state],
        start_time=milliseconds(trial.started_at or trial.created_at),
        end_time=milliseconds(trial.ended_at) if trial.ended_at else None,
        tags={
            **_tags(study, trial, trial, f"{page}{_path(study)}?trial={trial.number}", len(points)),
            **_together_tags(together),
        },
        params={**flatten({**trial.config, "seed": None, "fold": None}), **_parameters(trial)},  # each run has its own
        points=points,
    )


def _points(curve: Curve) -> Iterator[Point]:
    steps = curve.step.tolist()
    times = (np.asarray(curve.wall_time) * 1000).astype(np.int64).tolist()
    for key, column in curve.metrics.items():
        rows = zip(steps, times, column.tolist(), strict=True)
        for step, timestamp, value in compress(rows, measured(column)):
            yield Point(key, value, timestamp, step)


def _judged(run: Run, step: int) -> list[Point]:
    """The metrics of the epoch that counts, apart: under a metric's own name MLflow shows the last epoch's value."""
    at = milliseconds(run.ended_at or run.created_at)
    return [Point(f"judged/{key}", float(value), at, step) for key, value in run.metrics.items()]


def _objective(subject: Trial | Run, step: int) -> list[Point]:
    if subject.value is None or subject.ended_at is None:
        return []
    return [Point("objective", subject.value, milliseconds(subject.ended_at), step)]


def _spread(trial: Trial, together: Replication | None) -> list[Point]:
    """Beside the objective of several runs: their sample standard deviation, and how many they are."""
    if together is None or trial.ended_at is None:
        return []
    at = milliseconds(trial.ended_at)
    known = {"objective_std": together.std, "objective_n": together.n}
    return [Point(key, float(value), at, 0) for key, value in known.items() if value is not None]


def _together_tags(together: Replication | None) -> dict[str, str]:
    if together is None:
        return {}
    return {
        "studyhall.aggregate": together.aggregate,
        "studyhall.runs": f"{together.n} of {together.n_runs}",
        "studyhall.collapsed": str(together.n_collapsed),
    }


def _marked(image: RunImage, mark: Mark | None) -> RunImage:
    """The image, with what is strange about the run among its siblings."""
    return replace(image, tags={**image.tags, "studyhall.mark": f"{mark.word}, {mark.reason}"}) if mark else image


def _test_points(study: Study, run: Run, step: int) -> list[Point]:
    own = [tested for tested in (study.test_result or {}).get("runs", ()) if tested["run"] == run.id]
    if not own or run.ended_at is None:
        return []
    at = milliseconds(run.ended_at)
    return [Point(_test_name(key), float(value), at, step) for key, value in own[0]["metrics"].items()]


def _test_means(study: Study, trial: Trial) -> list[Point]:
    """The test result of a trial with several runs: the means, and the sample standard deviations."""
    result = study.test_result or {}
    if result.get("trial") != trial.number or trial.ended_at is None:
        return []
    spreads = {f"{_test_name(key)}_std": value for key, value in result["std"].items() if value is not None}
    named = {_test_name(key): value for key, value in result["metrics"].items()} | spreads
    return [Point(key, float(value), milliseconds(trial.ended_at), 0) for key, value in named.items()]


def _test_name(key: str) -> str:
    return key if key.startswith("test_") else f"test_{key}"


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


def _checked(image: RunImage) -> RunImage:
    for what, keys in (("metric", {point.key for point in image.points}), ("parameter", image.params)):
        for key in keys:
            if not _KEY.match(key):
                raise Refused(
                    f"MLflow does not take the {what} name {key!r}; it may have 250 letters, digits, spaces and _-.:/"
                )
    return image


def milliseconds(at: datetime) -> int:
    """A time as MLflow keeps it."""
    return round(at.timestamp() * 1000)
