"""What MLflow should hold of a trial: plain values, computed from our records alone and without MLflow."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from service.storage.curves.format import Curve
from service.study.records import Artifact, Run, Study, Trial
from service.study.replicates import Mark, Replication, marks_of, replication
from service.study.states import RunState
from service.tracking import points
from service.tracking.names import MAX_NAME, NAME_TAG, metric_name, mlflow_name
from service.tracking.points import Point, milliseconds

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
    RunState.PRUNED: "FINISHED",
    RunState.FAILED: "FAILED",
    RunState.CANCELLED: "KILLED",
}
"""MLflow's word for each of our states; a tag holds the exact one. A pruned run did what was asked of it: MLflow shows
a red cross for KILLED, and most runs of a good study would look broken."""

MAX_PARAM, MAX_TAG = 6000, 5000


@dataclass(frozen=True)
class MlflowRun:
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


def mlflow_runs(records: TrialRecords, page: str) -> list[MlflowRun]:
    """The trial's run of MLflow, and, when it has several runs, one child for each; the parent comes first.

    Args:
        records: the trial with its runs, curves and artifacts.
        page: address of the dashboard without a slash at the end; empty for one that is relative to MLflow's own.
    """
    runs = records.runs
    if len(runs) == 1:
        return [_mlflow_run(records, runs[0], page, alone=True)]
    begun = [run for run in runs if run.state is not RunState.WAITING]
    ended = records.trial.state.ended  # before, a run may be marked and its next siblings show that it is like them
    marks = marks_of(records.study, records.trial, runs) if ended else {}
    children = [_marked(_mlflow_run(records, run, page, alone=False), marks.get(run.id)) for run in begun]
    return [_mlflow_parent(records, page), *children]


def _mlflow_run(records: TrialRecords, run: Run, page: str, *, alone: bool) -> MlflowRun:
    study, trial = records.study, records.trial
    subject = trial if alone else run
    curve = records.curves.get(run.id)
    logged = curve.metrics if curve else {}
    test, judged = points.tested(study, run), points.judged(run)
    test_keys, judged_keys = points.tested_keys(test, logged), _plain_keys(judged)
    end = {test_keys[name]: value for name, value in test.items()}
    end |= {judged_keys[name]: value for name, value in judged.items()} | points.objectives(study, subject)
    shown = [*(points.curve_points(curve) if curve else ())]
    shown += points.at_end(subject, end, points.last_step([curve] if curve else []))
    address = f"{page}{_path(study)}?run={run.id}"
    params = {**flatten({**trial.config, "seed": run.seed, "fold": run.fold}), **_parameters(trial)}
    return MlflowRun(
        id=subject.id,
        name=_name(trial) if alone else _name(trial, f".{run.replicate} seed {run.seed}"),
        status=STATUS[subject.state],
        start_time=milliseconds(subject.started_at or subject.created_at),
        end_time=milliseconds(subject.ended_at) if subject.ended_at else None,
        parent=None if alone else trial.id,
        tags={
            "studyhall.run": run.id,
            **({EPOCH_TAG: str(run.metrics_epoch)} if run.metrics_epoch is not None else {}),
            **_tags(study, trial, subject, address, len(shown)),
            **_name_tags(_metric_keys(logged), _plain_keys(params), test_keys, judged_keys),
        },
        params={mlflow_name(name): value for name, value in params.items()},
        points=shown,
        files=records.artifacts.get(run.id, ()),
    )


def _mlflow_parent(records: TrialRecords, page: str) -> MlflowRun:
    study, trial = records.study, records.trial
    # At the step where the runs ended: MLflow draws no curve of a metric that some run has at step 0 alone.
    step = points.last_step(records.curves[run.id] for run in records.runs if run.id in records.curves)
    together = replication(study, trial, records.runs)
    test = points.tested_means(study, trial)
    keys, test_keys = _metric_keys(trial.metrics), points.tested_keys(test, trial.metrics)
    end = {keys[name]: value for name, value in trial.metrics.items()}
    end |= {test_keys[name]: value for name, value in test.items()}
    end |= points.objectives(study, trial) | points.spread(together)
    shown = points.at_end(trial, end, step)
    params = {**flatten({**trial.config, "seed": None, "fold": None}), **_parameters(trial)}  # each run has its own
    return MlflowRun(
        id=trial.id,
        name=_name(trial),
        status=STATUS[trial.state],
        start_time=milliseconds(trial.started_at or trial.created_at),
        end_time=milliseconds(trial.ended_at) if trial.ended_at else None,
        tags={
            **_tags(study, trial, trial, f"{page}{_path(study)}?trial={trial.number}", len(shown)),
            **_together_tags(together),
            **_name_tags(keys, _plain_keys(params), test_keys),
        },
        params={mlflow_name(name): value for name, value in params.items()},
        points=shown,
    )


def _together_tags(together: Replication | None) -> dict[str, str]:
    if together is None:
        return {}
    return {
        "studyhall.aggregate": together.aggregate,
        "studyhall.runs": f"{together.n} of {together.n_runs}",
        "studyhall.collapsed": str(together.n_collapsed),
        "studyhall.outliers": str(together.n_outliers),
    }


def _marked(run: MlflowRun, mark: Mark | None) -> MlflowRun:
    """The run, with what is strange about it among its siblings."""
    return replace(run, tags={**run.tags, "studyhall.mark": f"{mark.word}, {mark.reason}"}) if mark else run


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
    if trial.infeasible:
        tags["studyhall.infeasible"] = "true"
    if subject.reason:
        tags["studyhall.reason"] = subject.reason[:MAX_TAG]
    if subject.state.ended:
        tags[POINTS_TAG] = str(n_points)
    return tags | _origin(study)


def _origin(study: Study) -> dict[str, str]:
    """From which code and with which packages the numbers come; the commit stands where MLflow itself looks for it."""
    said = study.provenance
    tags: dict[str, str] = {}
    if study.code:
        tags |= {"studyhall.code_hash": study.code_hash, "studyhall.code": _tag(said["code"])}
    if said.get("packages"):
        tags["studyhall.packages"] = _tag(said["packages"])
    if said.get("git"):
        tags["studyhall.git"] = _tag(said["git"])
        tags["mlflow.source.git.commit"] = said["git"][0]["commit"]
        tags["mlflow.source.git.dirty"] = str(any(one["dirty"] for one in said["git"])).lower()
    return tags


def _tag(value: Any) -> str:
    return json.dumps(value)[:MAX_TAG]


def _metric_keys(names: Iterable[str]) -> dict[str, str]:
    return {name: metric_name(name) for name in names}


def _plain_keys(names: Iterable[str]) -> dict[str, str]:
    return {name: mlflow_name(name) for name in names}


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
