"""A study as Optuna's: in memory, in a storage, and in Optuna's own plots."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

import optuna
import pytest

from service.client.client import Studyhall
from service.client.frames import optuna_study
from service.errors import Conflict, Invalid
from service.study.records import Trial
from service.study.states import RunState
from tests.support.analyzed import planted
from tests.support.api import Bench


def test_a_study_becomes_optuna_s(hall: Studyhall, lab: Bench) -> None:
    study = lab.study()
    lab.trial(study, 0, [0.5, 0.4], lr=0.01)
    lab.trial(study, 1, [0.9], RunState.PRUNED, lr=0.5)
    lab.trial(study, 2, [], RunState.FAILED)
    lab.trial(study, 3, [0.7], RunState.RUNNING)
    for number in range(4, 7):
        lab.trial(study, number, [0.8 - 0.1 * number], lr=0.1 * number)

    found = hall.to_optuna("digits")

    states = optuna.trial.TrialState
    assert [trial.state for trial in found.trials[:4]] == [states.COMPLETE, states.PRUNED, states.FAIL, states.RUNNING]
    assert (found.best_trial.number, found.best_params) == (6, {"optimizer.sgd.lr": pytest.approx(0.6)})
    assert found.trials[0].intermediate_values == {1: 0.5, 2: 0.4}
    assert found.trials[0].distributions["optimizer.sgd.lr"] == optuna.distributions.FloatDistribution(
        0.001, 1, log=True
    )
    assert optuna.importance.get_param_importances(found).keys() == {"optimizer.sgd.lr"}


def test_however_many_runs_come_to_optuna_with_the_values_that_were_not_finite(
    hall: Studyhall, lab: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.client.curves.RUNS_A_REQUEST", 2)
    study = lab.study()
    for number in range(5):
        lab.trial(study, number, [math.nan, 0.5, 0.1 * number])
    lab.trial_of_runs(study, 5, [0.5, 0.2])

    found = hall.to_optuna("digits", f"sqlite:///{tmp_path / 'optuna.db'}")

    assert [trial.intermediate_values.get(3) for trial in found.trials] == [*(0.1 * each for each in range(5)), None]
    assert math.isnan(found.trials[0].intermediate_values[1])


def test_a_study_is_written_into_a_storage_of_optuna_s_once(hall: Studyhall, lab: Bench, tmp_path: Path) -> None:
    study = lab.study()
    lab.trial(study, 0, [0.5, 0.4], lr=0.01)
    lab.trial(study, 1, [0.9], RunState.PRUNED, lr=0.5)
    storage = f"sqlite:///{tmp_path / 'optuna.db'}"

    hall.to_optuna("digits", storage)

    found = optuna.load_study(study_name="digits", storage=storage)
    assert [(trial.number, trial.value, trial.state.name) for trial in found.trials] == [
        (0, 0.4, "COMPLETE"),
        (1, None, "PRUNED"),
    ]
    assert found.trials[0].intermediate_values == {1: 0.5, 2: 0.4}
    with pytest.raises(Conflict, match="has a study named 'digits' already; name another storage"):
        hall.to_optuna("digits", storage)
    with pytest.raises(Invalid, match="name a storage such as sqlite:"):
        hall.to_optuna("digits", "nonsense")


def test_what_is_infeasible_and_what_is_measured_is_told_to_optuna_and_to_its_dashboard(
    hall: Studyhall, lab: Bench, tmp_path: Path
) -> None:
    """Optuna names each constraint; optuna-dashboard (0.21) reads the list of them alone."""
    study = lab.study(constraints=[{"metric": "val_loss", "at_most": 0.75}])
    lab.trial(study, 0, [0.5], infeasible=True)
    lab.trial(study, 1, [0.9], RunState.PRUNED)
    hall.update_trial("digits", 0, notes="odd", tags=["late"])
    storage = f"sqlite:///{tmp_path / 'optuna.db'}"

    in_memory, _ = hall.to_optuna("digits"), hall.to_optuna("digits", storage)

    stored = optuna.load_study(study_name="digits", storage=storage)
    assert in_memory.trials[0].constraints == {"val_loss at most 0.75": 0.25}
    assert [trial.system_attrs.get("constraints", []) for trial in stored.trials] == [[0.25], []]
    assert [*stored.trials[0].constraints.values()] == [0.25]
    assert in_memory.metric_names == stored.metric_names == ["val_loss"]
    assert stored.trials[0].user_attrs == {"notes": "odd", "tags": ["late"], "val_loss": 1.0}


def test_optuna_s_own_plots_draw_a_wide_conditional_space() -> None:
    import matplotlib

    matplotlib.use("Agg")
    known = planted({"use": ["optimizers", "schedules"]}, lambda drawn: float(len(str(drawn))), 60)
    known = known.changed(range(5), state=RunState.PRUNED).changed(range(5, 8), state=RunState.FAILED, value=None)
    known = known.changed([8], state=RunState.RUNNING, value=None, ended_at=None).changed([9], excluded=True)
    shown = [_as_the_api_shows_it(trial) for trial in known.drawn]
    wide = {"name": "wide", "objectives": [{"metric": "val_loss", "direction": "minimize"}]}
    found = optuna_study(wide, shown, [])

    from optuna.visualization import matplotlib as plots

    parameters = list(found.trials[20].params)[:2]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that these plots are experimental, and of branches that were drawn once
        drawn = [
            *(plots.plot_optimization_history(found), plots.plot_param_importances(found), plots.plot_edf(found)),
            *(plots.plot_timeline(found), plots.plot_parallel_coordinate(found, params=["optimizer", "schedule"])),
            *(plots.plot_slice(found, params=parameters), plots.plot_contour(found, params=["optimizer", "schedule"])),
            plots.plot_rank(found, params=["optimizer", "schedule"]),
        ]
    assert len(drawn) == 8
    assert len(found.best_trial.params) > 2
    matplotlib.pyplot.close("all")


def _as_the_api_shows_it(trial: Trial) -> dict[str, Any]:
    names = ("number", "parameters", "distributions", "excluded", "reason", "metrics", "state", "notes", "tags")
    times = {name: getattr(trial, name) and getattr(trial, name).isoformat() for name in ("started_at", "ended_at")}
    return {name: getattr(trial, name) for name in names} | times | {"values": [trial.value], "replicates": None}
