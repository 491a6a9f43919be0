"""What MLflow should hold of a trial, computed without MLflow."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from service.storage.curve_format import Curve
from service.study.records import Run, Study, Trial
from service.study.states import Desired, RunState, StudyState
from service.tracking.image import MAX_PARAM, Point, TrialRecords, flatten, images
from service.tracking.names import NAME_TAG, mlflow_name

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


def test_points_keep_step_and_time_and_leave_gaps_out() -> None:
    [image] = images(records(curve(val_loss=[0.5, math.nan, 0.25])), "")
    assert list(image.points) == [
        Point("val_loss", 0.5, 1000000, 10),
        Point("val_loss", 0.25, 1002000, 30),
        Point("objective", 0.25, 1767312000000, 30),
    ]
    assert image.tags["studyhall.points"] == "3"


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
    [image] = images(records(curve(val_loss=[1.0]), parameters=drawn), "")
    assert image.params["regularizers.dropout"] == "false"
    assert float(image.params["optimizer.adamw.lr"]) == 1e-5


def test_names_tell_trials_apart_and_long_values_are_cut() -> None:
    config = {**CONFIG, "model": {"name": "mlp", "layout": "x" * 7000}}
    [image] = images(records(curve(val_loss=[1.0]), config=config), "")
    assert image.name == "#7 adamw constant"
    assert len(image.params["model.mlp.layout"]) == MAX_PARAM


def test_another_server_links_back_by_a_whole_address() -> None:
    [image] = images(records(curve(val_loss=[1.0])), "http://127.0.0.1:8765")
    assert image.tags["studyhall.page"] == "http://127.0.0.1:8765/studies/digits?run=ru_1"


def test_names_that_mlflow_does_not_take_are_replaced_and_recorded() -> None:
    drawn = {"model.net.blocks[0]": 3}
    [image] = images(records(curve(**{"MAP@5": [0.5], "val_loss": [1.0]}), parameters=drawn), "")
    keys = [point.key for point in image.points]
    [odd] = [key for key in image.params if "blocks" in key]
    assert keys == [mlflow_name("MAP@5"), "val_loss", "objective"]
    assert odd == mlflow_name("model.net.blocks[0]")
    recorded = {key: name for key, name in image.tags.items() if key.startswith(NAME_TAG)}
    assert recorded == {f"{NAME_TAG}{keys[0]}": "MAP@5", f"{NAME_TAG}{odd}": "model.net.blocks[0]"}


def test_what_the_training_logs_is_kept_apart_from_what_is_written_beside_it() -> None:
    logged = curve(objective=[9.0], test_loss=[8.0], **{"judged/val_loss": [7.0]})
    result = {"trial": 7, "run": "ru_1", "metrics": {"test_loss": 0.4, "loss": 0.3, "f1": 0.2}}
    of = records(logged)
    [image] = images(replace(of, study=replace(STUDY, test_result=result)), "")
    values = {point.key: point.value for point in image.points}
    assert len(values) == len(image.points) == 7
    assert (values["objective"], values["test_loss"], values["loss"], values["test_f1"]) == (0.25, 8.0, 0.3, 0.2)


def test_a_parent_has_its_values_where_its_runs_ended_and_each_run_its_own() -> None:
    runs = [replace(RUN, id=f"ru_{index}", replicate=index, value=0.25 + index) for index in (1, 2)]
    of = {run.id: replace(curve(val_loss=[0.5, 0.25]), run_id=run.id) for run in runs}
    trial = replace(TRIAL, value=0.75, metrics={"val_loss": 0.75})
    others = {"ru_3": replace(curve(val_loss=[1.0] * 9), run_id="ru_3")}  # another trial's, of the same batch
    parent, *children = images(TrialRecords(STUDY, trial, runs, of | others, {}), "")
    assert [(point.key, point.value, point.step) for point in parent.points] == [
        ("val_loss", 0.75, 20),
        ("objective", 0.75, 20),
    ]
    assert [child.points[-1][:2] for child in children] == [("objective", 1.25), ("objective", 2.25)]
