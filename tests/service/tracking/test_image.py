"""What MLflow should hold of a trial, computed without MLflow."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from service.storage.curve_format import Curve
from service.study.records import Run, Study, Trial
from service.study.states import Desired, RunState, StudyState
from service.tracking.errors import Refused
from service.tracking.image import MAX_PARAM, Point, TrialRecords, flatten, images

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


def test_a_run_is_tagged_with_its_code_its_commit_and_its_packages() -> None:
    git = [{"folder": "/mine", "commit": "abc", "dirty": True}]
    own = {"code_hash": "h", "code": {"model.mine": "x"}, "git": git, "packages": {"torch": "2"}}
    told = TrialRecords(replace(STUDY, provenance=own), TRIAL, [RUN], {}, {})
    [image] = images(told, "")
    assert image.tags["studyhall.code_hash"] == "h"
    assert image.tags["studyhall.code"] == '{"model.mine": "x"}'
    assert image.tags["studyhall.packages"] == '{"torch": "2"}'
    assert (image.tags["mlflow.source.git.commit"], image.tags["mlflow.source.git.dirty"]) == ("abc", "true")
    built_in = {"code_hash": "", "code": {}, "git": [], "packages": {"torch": "2"}}
    [image] = images(TrialRecords(replace(STUDY, provenance=built_in), TRIAL, [RUN], {}, {}), "")
    assert "studyhall.packages" in image.tags
    assert not [tag for tag in image.tags if "code" in tag or "git" in tag]


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


@pytest.mark.parametrize("name", ["loss@val", "a" * 251, "loss\nval", ""])
def test_names_that_mlflow_does_not_take_are_refused(name: str) -> None:
    with pytest.raises(Refused, match="MLflow does not take the metric name"):
        images(records(curve(**{name: [1.0]})), "")
