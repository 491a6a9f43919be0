"""The API's answers as pandas frames and Optuna studies; pandas and Optuna are loaded only here."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import optuna
import pandas as pd
from optuna.distributions import json_to_distribution
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from service.errors import Conflict, Invalid
from service.study.definitions.constraints import Constraint, constraints_of, excesses

COLUMNS = ("step", "epoch", "wall_time", "training_time")
LABELS = ("trial", "run_id", "replicate", "fold", "state")

optuna.logging.set_verbosity(optuna.logging.WARNING)

STATES = {
    "WAITING": TrialState.WAITING,
    "RUNNING": TrialState.RUNNING,
    "COMPLETED": TrialState.COMPLETE,
    "PRUNED": TrialState.PRUNED,
    "FAILED": TrialState.FAIL,
    "CANCELLED": TrialState.FAIL,
}


def curves_frame(answer: Mapping[str, Any]) -> pd.DataFrame:
    """One row for each point of a ``/curves`` answer.

    Raises:
        Invalid: the answer does not hold every point.
    """
    _refuse_incomplete(answer)
    frames = [_frame(one, answer["metric"]) for one in answer["series"]]
    return (
        pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*LABELS, *COLUMNS, answer["metric"]])
    )


def _frame(series: Mapping[str, Any], metric: str) -> pd.DataFrame:
    labels = {name: series[name] for name in LABELS}
    frame = pd.DataFrame({**labels, **{name: series["x"][name] for name in COLUMNS}, metric: series["y"]})
    frame["wall_time"] += series["began_at"]
    return frame


def optuna_study(
    study: Mapping[str, Any],
    trials: Sequence[Mapping[str, Any]],
    series: Iterable[Mapping[str, Any]],
    storage: str | None = None,
) -> optuna.Study:
    """An Optuna study with the same trials; its numbers are ours, because every trial is added in order.

    ``series`` are the curves of each trial's first run, as ``/curves`` has them.

    Raises:
        Conflict: the storage has a study of that name.
        Invalid: there can be no storage at this address.
    """
    values = {one["trial"]: _by_epoch(one) for one in series}
    found = _created(study["name"], study["objectives"], storage)
    constraints = constraints_of(study.get("definition", {}))
    made = [_trial(trial, values.get(trial["number"], {}), constraints) for trial in trials]
    found.add_trials(made if storage is None else map(_for_dashboard, made))
    return found


def _by_epoch(one: Mapping[str, Any]) -> dict[int, float]:
    """The first finite value of an epoch stands, as for our pruners; what never was finite is NaN, and null in JSON."""
    found: dict[int, float] = {}
    for epoch, value in zip(one["x"]["epoch"], one["y"], strict=True):
        if value is not None and math.isnan(found.get(epoch, math.nan)):
            found[epoch] = value
        else:
            found.setdefault(epoch, math.nan)
    return found


def _created(name: str, objectives: Sequence[Mapping[str, Any]], storage: str | None) -> optuna.Study:
    try:
        made = optuna.create_study(
            study_name=name, directions=[each["direction"] for each in objectives], storage=storage
        )
    except optuna.exceptions.DuplicatedStudyError as error:
        raise Conflict(f"{storage} has a study named {name!r} already; name another storage") from error
    except (SQLAlchemyError, ImportError) as error:
        raise Invalid(f"{storage!r} cannot be written; name a storage such as sqlite:///optuna.db: {error}") from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # for as long as there have been names
        made.set_metric_names([each["metric"] for each in objectives])
    return made


def _for_dashboard(trial: FrozenTrial) -> FrozenTrial:
    """With its constraints as a list, which is all that optuna-dashboard reads of them; Optuna reads both forms."""
    if over := [*trial.constraints.values()]:
        trial.system_attrs = {"constraints": over}
    return trial


def _trial(trial: Mapping[str, Any], values: Mapping[int, float], constraints: Sequence[Constraint]) -> FrozenTrial:
    """A trial that is excluded takes no part in the search, so it counts as failed."""
    state = TrialState.FAIL if trial["excluded"] else STATES[trial["state"]]
    frozen = optuna.trial.create_trial(
        state=state,
        values=trial["values"] if state is TrialState.COMPLETE else None,
        params=trial["parameters"],
        distributions={name: json_to_distribution(text) for name, text in trial["distributions"].items()},
        intermediate_values=dict(values),
        constraints=excesses(constraints, trial["metrics"]) if state is TrialState.COMPLETE else None,
        user_attrs={**_told(trial), **trial["metrics"]},
    )
    frozen.datetime_start = _time(trial["started_at"]) or frozen.datetime_start
    frozen.datetime_complete = _time(trial["ended_at"]) or frozen.datetime_complete
    return frozen


def _told(trial: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of a trial, and what its runs came to, if it has several."""
    return {name: trial[name] for name in ("reason", "notes", "tags", "replicates") if trial[name]}


def _time(text: str | None) -> datetime | None:
    """Optuna compares with local times without a zone."""
    return datetime.fromisoformat(text).astimezone().replace(tzinfo=None) if text else None


def _refuse_incomplete(answer: Mapping[str, Any]) -> None:
    if answer["n_runs_left_out"]:
        raise Invalid(f"{answer['n_runs_left_out']} of {answer['n_runs']} runs do not fit into one answer")
    if answer["columns"]:
        raise Invalid(
            f"{answer['n_points']} points do not fit into one answer; export the study, which has all of them"
        )
