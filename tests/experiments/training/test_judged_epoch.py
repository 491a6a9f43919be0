"""Which epoch counts, which values judge, and which points exist, for networks of ours and users' own modules."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from experiments.config import ExperimentConfig
from experiments.errors import Diverged, TrainingError
from experiments.monitor import Monitor
from experiments.parsing import parse_config
from experiments.registry import EXPERIMENTS
from experiments.reporting import Decision
from experiments.train import evaluate, train
from tests.support.training.registering import registered

NAN, INF = math.nan, math.inf
MAXIMIZE: dict[str, Any] = {"metric": "val_f1", "direction": "maximize"}
MINIMIZE: dict[str, Any] = {"metric": "val_e", "direction": "minimize"}


@pytest.fixture(scope="module", autouse=True)
def known() -> Iterator[None]:
    """The module that logs what it is told."""
    with registered("tests.support.training.logging_modules"):
        yield


def told(epochs: int, monitor: dict[str, Any], model: dict[str, Any] | None = None, **curves: Any) -> ExperimentConfig:
    """A run that logs these curves."""
    return parse_config(
        {
            **EXPERIMENTS["as-told"].base(),
            "model": {"name": "as-told", "curves": json.dumps(curves), **(model or {})},
            "training": {"epochs": epochs},
            "monitor": monitor,
        }
    )


def points(reporter: Any, metric: str) -> dict[int, float]:
    """A metric's points by epoch."""
    return {report.epoch: report.metrics[metric] for report in reporter.reports if metric in report.metrics}


@pytest.mark.parametrize(
    ("monitor", "values", "judged"),
    [
        ({}, {1: 3.0, 2: 1.0, 3: 1.0, 4: 2.0}, 2),
        ({"direction": "maximize"}, {1: 3.0, 2: 4.0, 3: 4.0}, 2),
        ({"reduce": "last"}, {1: 1.0, 3: 2.0, 2: 0.0}, 3),
        ({}, {}, None),
    ],
)
def test_one_rule_says_which_epoch_counts(monitor: Any, values: dict[int, float], judged: int | None) -> None:
    assert Monitor(**monitor).judged_epoch(values) == judged


@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_only_finite_values_judge(value: float) -> None:
    assert Monitor(metric="val_loss").value({"val_loss": value}) is None
    assert Monitor(metric="val_loss").value({"b": 1.0}) is None
    assert Monitor(metric="val_loss").value({"val_loss": 0.0}) == 0.0


@pytest.mark.parametrize("reduce", ["best", "last"])
@pytest.mark.parametrize("regularizers", [{}, {"ema": {"decay": 0.9}}, {"swa": {"start": 0.5}}], ids=str)
def test_metrics_checkpoint_and_model_are_of_the_epoch_that_counts(
    reduce: str, regularizers: Any, small: Callable[..., ExperimentConfig], tmp_path: Path, reporter_class: Any
) -> None:
    """Trained downhill and judged by the greatest loss: the first epoch is the best, the last another."""
    monitor = {"metric": "val_loss", "direction": "maximize", "reduce": reduce}
    config = small(epochs=4, monitor=monitor, regularizers=regularizers, optimizer={"name": "sgd", "lr": 0.05})
    reporter = reporter_class(at_end=Decision.KEEP)
    result = train(config, reporter, tmp_path)
    assert result.metrics_epoch == {"best": 1, "last": 4}[reduce]
    assert result.metrics == reporter.reports[result.metrics_epoch - 1].metrics == reporter.finished[0]
    kept = torch.load(result.artifacts["best.ckpt"])
    assert (kept["epoch"], kept["metrics"]) == (result.metrics_epoch, result.metrics)
    measured = evaluate(config, result.artifacts["best.ckpt"], "validation").metrics
    assert measured["val_loss"] == pytest.approx(result.metrics["val_loss"], rel=1e-5)
    exported = torch.export.load(result.artifacts["model.pt2"]).state_dict
    assert torch.equal(exported["network.0.weight"], kept["state_dict"]["network.0.weight"])


@pytest.mark.parametrize("reduce", ["best", "last"])
def test_a_pruned_and_a_resumed_run_are_judged_by_the_same_rule(
    reduce: str, small: Callable[..., ExperimentConfig], tmp_path: Path, reporter_class: Any
) -> None:
    monitor = {"metric": "val_loss", "direction": "maximize", "reduce": reduce}
    config = small(epochs=5, monitor=monitor)
    pruned = reporter_class(decisions={3: Decision.PRUNE}, at_end=Decision.KEEP)
    result = train(config, pruned, tmp_path / "pruned")
    assert (result.ended, result.metrics_epoch) == (Decision.PRUNE, {"best": 1, "last": 3}[reduce])
    assert torch.load(result.artifacts["best.ckpt"])["epoch"] == result.metrics_epoch
    stopped = reporter_class(decisions={2: Decision.STOP})
    half = train(config, stopped, tmp_path / "stopped")
    assert half.metrics_epoch == {"best": 1, "last": 2}[reduce]
    again = train(config, reporter_class(), tmp_path / "again", resume=stopped.checkpoints[0][0])
    whole = train(config, reporter_class(), tmp_path / "whole")
    assert (again.metrics_epoch, again.metrics) == (whole.metrics_epoch, whole.metrics)


@pytest.mark.parametrize(
    ("monitor", "values", "judged"),
    [
        (MAXIMIZE, [NAN, 0.2, NAN, 0.1], 2),
        (MAXIMIZE, [0.3, INF, -INF, NAN], 1),
        (MAXIMIZE | {"reduce": "last"}, [0.3, 0.2, NAN, INF], 2),
        (MINIMIZE, [-INF, 0.3, 0.2, INF], 3),
        (MINIMIZE | {"reduce": "last"}, [NAN, 0.2, 0.3, NAN], 3),
    ],
)
def test_a_value_that_is_not_finite_is_a_point_and_judges_nothing(
    monitor: Any, values: list[float], judged: int, tmp_path: Path, reporter_class: Any
) -> None:
    reporter = reporter_class(at_end=Decision.KEEP)
    result = train(told(4, monitor, **{monitor["metric"]: values}), reporter, tmp_path)
    assert points(reporter, monitor["metric"]) == pytest.approx(dict(enumerate(values, 1)), nan_ok=True)
    assert (result.metrics_epoch, result.metrics[monitor["metric"]]) == (judged, pytest.approx(values[judged - 1]))
    assert torch.load(result.artifacts["best.ckpt"])["epoch"] == judged


def test_a_side_metric_ends_no_run_whatever_its_name(tmp_path: Path, reporter_class: Any) -> None:
    reporter = reporter_class()
    result = train(told(3, MINIMIZE, val_e=[3, 2, 1], aux_loss=[1, NAN, 2], val_loss=[INF] * 3), reporter, tmp_path)
    assert (result.ended, result.metrics_epoch) == (Decision.CONTINUE, 3)
    assert points(reporter, "aux_loss") == pytest.approx({1: 1.0, 2: NAN, 3: 2.0}, nan_ok=True)


@pytest.mark.parametrize("value", [NAN, INF])
@pytest.mark.parametrize("name", ["train_loss", "loss"])
def test_a_training_loss_that_is_not_finite_has_diverged(
    name: str, value: float, tmp_path: Path, reporter_class: Any
) -> None:
    """Logged as ``train_loss``, or only given by the training step; the point at which it happened stands."""
    reporter = reporter_class()
    with pytest.raises(Diverged, match=r"the training loss became (nan|inf) in epoch 2; lower the learning rate"):
        train(told(3, MINIMIZE, val_e=[3, 2, 1], **{name: [1, value, 1]}), reporter, tmp_path)
    assert [report.epoch for report in reporter.reports] == [1, 2]


@pytest.mark.parametrize(
    ("values", "words", "diverged"),
    [([NAN, INF], "has no finite value", True), ([None] * 2, "was never logged", False)],
)
def test_a_run_without_any_value_fails_and_says_so(
    values: Any, words: str, diverged: bool, tmp_path: Path, reporter_class: Any
) -> None:
    """What was never finite is a result from which a sampler learns; what was never logged is a mistake."""
    reporter = reporter_class()
    with pytest.raises(TrainingError, match=f"'val_f1' {words}") as failed:
        train(told(2, MAXIMIZE, val_f1=values), reporter, tmp_path)
    assert isinstance(failed.value, Diverged) is diverged
    assert "learning rate" not in str(failed.value)
    assert reporter.finished == []
    assert len(reporter.reports) == 2


def test_a_network_of_ours_without_any_finite_error_has_diverged(
    small: Callable[..., ExperimentConfig], tmp_path: Path, reporter_class: Any
) -> None:
    """One step of it is enough: its training loss was finite before it."""
    config = small(epochs=1, batch_size=1000, data="diabetes", optimizer={"name": "sgd", "lr": 1e30})
    with pytest.raises(Diverged, match=r"'val_loss' has no finite value: .*; lower the learning rate"):
        train(config, reporter_class(), tmp_path)


def test_a_late_objective_is_waited_for(tmp_path: Path, reporter_class: Any) -> None:
    reporter = reporter_class()
    result = train(told(4, MAXIMIZE, val_f1=[None, None, 0.2, 0.1]), reporter, tmp_path)
    assert points(reporter, "val_f1") == pytest.approx({3: 0.2, 4: 0.1})
    assert result.metrics_epoch == 3
    assert (
        sum("'val_f1' was not logged in epoch 1; the run waits for it; there are: " in t for t in reporter.lines) == 1
    )


@pytest.mark.parametrize("model", [{}, {"on_step": True}])
def test_a_point_stands_where_something_was_logged(model: Any, tmp_path: Path, reporter_class: Any) -> None:
    """The same value once more is a point too."""
    curves = {"val_e": [3, None, 2, 2], "train_seen": [None, 1, 1, None], "val_late": [None, 5, None, None]}
    reporter = reporter_class()
    train(told(4, MINIMIZE, model, **curves), reporter, tmp_path)
    assert points(reporter, "val_e") == {1: 3.0, 3: 2.0, 4: 2.0}
    assert points(reporter, "train_seen") == {2: 1.0, 3: 1.0}
    assert points(reporter, "val_late") == {2: 5.0}
    assert set(points(reporter, "lr")) == {1, 2, 3, 4}


def test_validation_in_every_second_epoch_gives_points_there(tmp_path: Path, reporter_class: Any) -> None:
    reporter = reporter_class(at_end=Decision.KEEP)
    config = told(5, {"metric": "val_mse", "reduce": "last"}, {"val_every": 2}, train_loss=[1, 1, 1, 1, 1])
    result = train(config, reporter, tmp_path)
    assert set(points(reporter, "val_mse")) == {2, 4}
    assert set(points(reporter, "train_loss")) == {1, 2, 3, 4, 5}
    assert result.metrics_epoch == 4
    measured = evaluate(config, result.artifacts["best.ckpt"], "validation").metrics
    assert measured["val_mse"] == pytest.approx(result.metrics["val_mse"], rel=1e-6)


def test_each_loader_has_points_of_its_own(tmp_path: Path, reporter_class: Any) -> None:
    base = told(3, {"metric": "val_mse/dataloader_idx_1"}, val_e=[None, 1.0, None])
    config = parse_config({**base.to_json(), "data": {"name": "as-told", "loaders": 2}})
    reporter = reporter_class()
    train(config, reporter, tmp_path)
    assert set(points(reporter, "val_mse/dataloader_idx_1")) == {1, 2, 3}
    assert set(points(reporter, "val_e/dataloader_idx_0")) == {2}


def test_a_resumed_run_has_the_points_of_an_unbroken_one(tmp_path: Path, reporter_class: Any) -> None:
    config = told(5, MAXIMIZE, val_f1=[0.4, None, NAN, 0.3, None])
    whole, first, second = reporter_class(), reporter_class(decisions={2: Decision.STOP}), reporter_class()
    expected = train(config, whole, tmp_path / "whole")
    train(config, first, tmp_path / "first")
    result = train(config, second, tmp_path / "second", resume=first.checkpoints[0][0])
    assert str(first.rows() + second.rows()) == str(whole.rows())  # written out, NaN equals NaN
    assert (result.metrics_epoch, result.metrics) == (expected.metrics_epoch, expected.metrics)


def test_early_stopping_counts_real_points_only(tmp_path: Path, reporter_class: Any) -> None:
    base = told(9, MINIMIZE, val_e=[1, None, NAN, None, 2, None, 3, None, 4])
    config = parse_config({**base.to_json(), "regularizers": {"early_stopping": {"patience": 2}}})
    result = train(config, reporter_class(), tmp_path)
    assert (result.epochs, result.metrics_epoch) == (7, 1)


def test_plateau_counts_real_points_only(tmp_path: Path, reporter_class: Any) -> None:
    base = told(7, MINIMIZE, val_e=[1, None, NAN, 1, None, 1, 1])
    plateau = {"optimizer": {"name": "sgd", "lr": 0.1}, "schedule": {"name": "plateau", "patience": 0, "gamma": 0.5}}
    reporter = reporter_class()
    train(parse_config({**base.to_json(), **plateau}), reporter, tmp_path)
    assert reporter.curve("lr") == pytest.approx([0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.025])
