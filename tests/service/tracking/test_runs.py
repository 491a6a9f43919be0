"""What MLflow should hold of a trial, computed without MLflow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from service.storage.curves.format import ABSENT, Curve
from service.study.records import Run, Study, Trial
from service.study.states import Desired, RunState, StudyState
from service.tracking.names import NAME_TAG, mlflow_name
from service.tracking.points import Point
from service.tracking.runs import MAX_PARAM, TrialRecords, flatten, mlflow_runs

NOW = datetime(2026, 1, 2, tzinfo=UTC)
STUDY = Study("st_1", "digits", {}, Desired.RUNNING, StudyState.RUNNING, "", 0, 1, 1, "", 1, NOW)
CONFIG = {"optimizer": {"name": "adamw", "lr": 0.1}, "schedule": {"name": "constant"}}
TRIAL = Trial("tr_1", "st_1", 7, 7, RunState.COMPLETED, "done", {}, {}, CONFIG, NOW, 0.25, ended_at=NOW)
RUN = Run("ru_1", "tr_1", "st_1", 7, 0, 3, None, RunState.COMPLETED, "done", 1, NOW, ended_at=NOW)


def curve(**metrics: list[float]) -> Curve:
    """Points at steps 10, 20, …"""
    n = len(next(iter(metrics.values())))
    steps, times = np.arange(1, n + 1) * 10, np.arange(n) + 1000.0004
    columns = {name: np.array(values) for name, values in metrics.items()}
    return Curve("ru_1", steps, steps, np.ones(n, np.int64), times, times, columns)


def records(of: Curve, **changes: object) -> TrialRecords:
    """The trial with this curve."""
    return TrialRecords(STUDY, replace(TRIAL, **changes), [RUN], {"ru_1": of}, {})


def test_points_keep_step_and_time_and_leave_out_what_was_not_measured() -> None:
    [run] = mlflow_runs(records(curve(val_loss=[0.5, ABSENT, 0.25])), "")
    assert list(run.points) == [
        Point("val_loss", 0.5, 1000000, 10),
        Point("val_loss", 0.25, 1002000, 30),
        Point("objective", 0.25, 1767312000000, 30),
    ]
    assert run.tags["studyhall.points"] == "3"


def test_what_was_measured_and_is_not_finite_is_a_point() -> None:
    [run] = mlflow_runs(records(curve(val_f1=[math.nan, math.inf, ABSENT])), "")
    assert [point.step for point in run.points if point.key == "val_f1"] == [10, 20]
    assert [point.value for point in run.points][:2] == pytest.approx([math.nan, math.inf], nan_ok=True)


def test_the_metrics_of_the_epoch_that_counts_stand_apart() -> None:
    judged = replace(RUN, metrics={"val_loss": 0.25, "val_accuracy": 0.5}, metrics_epoch=2)
    alone = replace(records(curve(val_loss=[0.5, 0.25, 1.0])), runs=[judged])
    [run] = mlflow_runs(alone, "")
    shown = {point.key: point.value for point in run.points}
    assert (shown["val_loss"], shown["judged/val_loss"], shown["judged/val_accuracy"]) == (1.0, 0.25, 0.5)
    assert run.tags["studyhall.epoch"] == "2"
    together = replicated([0.5, 0.5])
    _parent, child, waiting = mlflow_runs(replace(together, runs=[replace(judged, value=0.5), together.runs[1]]), "")
    assert child.tags["studyhall.epoch"] == "2"
    assert {point.key for point in child.points} >= {"judged/val_loss", "judged/val_accuracy"}
    assert "studyhall.epoch" not in waiting.tags


def test_a_run_is_tagged_with_its_code_its_commit_and_its_packages() -> None:
    git = [{"folder": "/mine", "commit": "abc", "dirty": True}]
    own = {"code_hash": "h", "code": {"model.mine": "x"}, "git": git, "packages": {"torch": "2"}}
    told = TrialRecords(replace(STUDY, provenance=own), TRIAL, [RUN], {}, {})
    [run] = mlflow_runs(told, "")
    assert run.tags["studyhall.code_hash"] == "h"
    assert run.tags["studyhall.code"] == '{"model.mine": "x"}'
    assert run.tags["studyhall.packages"] == '{"torch": "2"}'
    assert (run.tags["mlflow.source.git.commit"], run.tags["mlflow.source.git.dirty"]) == ("abc", "true")
    built_in = {"code_hash": "", "code": {}, "git": [], "packages": {"torch": "2"}}
    [run] = mlflow_runs(TrialRecords(replace(STUDY, provenance=built_in), TRIAL, [RUN], {}, {}), "")
    assert "studyhall.packages" in run.tags
    assert not [tag for tag in run.tags if "code" in tag or "git" in tag]


def test_a_config_is_flattened_under_the_names_of_search_spaces() -> None:
    config = {
        "data": {"name": "digits"},
        "model": {"name": "mlp", "hidden": [64, 64]},
        "regularizers": {"dropout": {"name": "dropout", "p": 0.2}},
        "training": {"epochs": 5, "patience": None},
        "seed": 3,
        "fold": None,
    }
    assert flatten(config) == {
        "data": "digits",
        "model": "mlp",
        "model.mlp.hidden": "[64, 64]",
        "regularizers.dropout": "true",
        "regularizers.dropout.p": "0.2",
        "training.epochs": "5",
        "seed": "3",
    }


def test_a_drawn_parameter_outdoes_the_config() -> None:
    drawn = {"regularizers.dropout": False, "optimizer.adamw.lr": 1e-5}
    [run] = mlflow_runs(records(curve(val_loss=[1.0]), parameters=drawn), "")
    assert run.params["regularizers.dropout"] == "false"
    assert float(run.params["optimizer.adamw.lr"]) == 1e-5


def test_names_tell_trials_apart_and_long_values_are_cut() -> None:
    config = {**CONFIG, "model": {"name": "mlp", "layout": "x" * 7000}}
    [run] = mlflow_runs(records(curve(val_loss=[1.0]), config=config), "")
    assert run.name == "#7 adamw constant"
    assert len(run.params["model.mlp.layout"]) == MAX_PARAM


def test_another_server_links_back_by_a_whole_address() -> None:
    [run] = mlflow_runs(records(curve(val_loss=[1.0])), "http://127.0.0.1:8765")
    assert run.tags["studyhall.page"] == "http://127.0.0.1:8765/studies/digits?run=ru_1"


def replicated(values: list[float], state: RunState = RunState.COMPLETED, **result: object) -> TrialRecords:
    """A trial with a run for each value, in a study of these results on the test split."""
    definition = {
        "objective": {"metric": "val_accuracy", "direction": "maximize"},
        "replicates": {"seeds": len(values)},
    }
    study = replace(STUDY, definition=definition, test_result=result or None)
    config = {**CONFIG, "data": {"name": "digits"}, "model": {"name": "mlp"}}
    trial = replace(TRIAL, config=config, state=state)
    runs = [replace(RUN, id=f"ru_{n}", replicate=n, seed=n, value=value) for n, value in enumerate(values)]
    return TrialRecords(study, trial, runs, {}, {})


def last(points: Sequence[Point]) -> dict[str, float]:
    return {point.key: point.value for point in points}


def test_a_trial_with_several_runs_says_how_many_how_they_spread_and_which_collapsed() -> None:
    parent, *children = mlflow_runs(replicated([0.1, 0.1, 0.1, 0.1, 0.89]), "")
    assert last(parent.points) == {
        "objective": 0.25,
        "objective_std": pytest.approx(0.3533, abs=1e-4),
        "objective_n": 5,
    }
    expected = {
        "studyhall.aggregate": "mean",
        "studyhall.runs": "5 of 5",
        "studyhall.collapsed": "4",
        "studyhall.outliers": "0",
    }
    assert expected.items() <= parent.tags.items()
    assert parent.tags["studyhall.points"] == "3"
    assert [last(child.points) for child in children] == [{"objective": value} for value in [0.1] * 4 + [0.89]]
    chance = "collapsed, at chance: 0.1, and always answering the most frequent class gives 0.104"
    assert [child.tags.get("studyhall.mark") for child in children] == [chance] * 4 + [None]


def test_a_run_is_marked_once_all_its_siblings_are_known() -> None:
    _parent, *children = mlflow_runs(replicated([0.1, 0.9], RunState.RUNNING), "")
    assert ["studyhall.mark" in child.tags for child in children] == [False, False]


def test_the_test_result_stands_on_each_run_and_their_mean_on_the_parent() -> None:
    own = [{"run": f"ru_{n}", "metrics": {"test_accuracy": 0.5 + n / 4}} for n in range(2)]
    mean = {"metrics": {"test_accuracy": 0.625}, "std": {"test_accuracy": 0.177}}
    parent, *children = mlflow_runs(replicated([0.6, 0.9], trial=7, runs=own, **mean), "")
    assert last(parent.points)["test_accuracy"] == 0.625
    assert last(parent.points)["test_accuracy_std"] == 0.177
    assert [last(child.points)["test_accuracy"] for child in children] == [0.5, 0.75]


def test_names_that_mlflow_does_not_take_are_replaced_and_recorded() -> None:
    drawn = {"model.net.blocks[0]": 3}
    [run] = mlflow_runs(records(curve(**{"MAP@5": [0.5], "val_loss": [1.0]}), parameters=drawn), "")
    keys = [point.key for point in run.points]
    [odd] = [key for key in run.params if "blocks" in key]
    assert keys == [mlflow_name("MAP@5"), "val_loss", "objective"]
    assert odd == mlflow_name("model.net.blocks[0]")
    recorded = {key: name for key, name in run.tags.items() if key.startswith(NAME_TAG)}
    assert recorded == {f"{NAME_TAG}{keys[0]}": "MAP@5", f"{NAME_TAG}{odd}": "model.net.blocks[0]"}


def test_what_the_training_logs_is_kept_apart_from_what_is_written_beside_it() -> None:
    logged = curve(objective=[9.0], test_loss=[8.0], **{"judged/val_loss": [7.0]})
    metrics = {"test_loss": 0.4, "loss": 0.3, "f1": 0.2}
    result = {"trial": 7, "runs": [{"run": "ru_1", "metrics": metrics}]}
    of = records(logged)
    [run] = mlflow_runs(replace(of, study=replace(STUDY, test_result=result)), "")
    values = {point.key: point.value for point in run.points}
    assert len(values) == len(run.points) == 7
    assert (values["objective"], values["test_loss"], values["loss"], values["test_f1"]) == (0.25, 8.0, 0.3, 0.2)


def test_a_parent_has_its_values_where_its_runs_ended_and_each_run_its_own() -> None:
    runs = [replace(RUN, id=f"ru_{index}", replicate=index, value=0.25 + index) for index in (1, 2)]
    of = {run.id: replace(curve(val_loss=[0.5, 0.25]), run_id=run.id) for run in runs}
    trial = replace(replicated([1.25, 2.25]).trial, value=0.75, metrics={"val_loss": 0.75})
    others = {"ru_3": replace(curve(val_loss=[1.0] * 9), run_id="ru_3")}  # another trial's, of the same batch
    parent, *children = mlflow_runs(replace(replicated([1.25, 2.25]), trial=trial, runs=runs, curves=of | others), "")
    assert [(point.key, point.value, point.step) for point in parent.points][:2] == [
        ("val_loss", 0.75, 20),
        ("objective", 0.75, 20),
    ]
    assert [child.points[-1][:2] for child in children] == [("objective", 1.25), ("objective", 2.25)]


def test_of_several_objectives_each_stands_under_its_metric_s_name() -> None:
    study = replace(STUDY, definition={"objective": [{"metric": "val_loss"}, {"metric": "val_accuracy"}]})
    trial = replace(TRIAL, objective_values=(0.25, 0.9))
    of = curve(val_loss=[0.5, 0.25], **{"objective/val_loss": [1.0, 2.0]})
    [run] = mlflow_runs(TrialRecords(study, trial, [RUN], {"ru_1": of}, {}), "")
    values = last(run.points)
    assert [values[name] for name in ("objective", "objective/val_loss", "objective/val_accuracy")] == [0.25, 0.25, 0.9]
    assert [name for key, name in run.tags.items() if key.startswith(NAME_TAG)] == ["objective/val_loss"], (
        "the logged one"
    )
    [alone] = mlflow_runs(records(curve(val_loss=[0.25]), objective_values=(0.25,)), "")
    assert "objective/val_loss" not in last(alone.points)
