"""Users' data without a length, and without validation data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.config import ExperimentConfig
from experiments.errors import TrainingError
from experiments.parsing import parse_config
from experiments.registry import EXPERIMENTS
from experiments.reporting import Decision
from experiments.train import evaluate, train
from tests.support.training import resuming as resuming_kit
from tests.support.training.registering import registered


@pytest.fixture(scope="module", autouse=True)
def known() -> Iterator[None]:
    """The modules are registered."""
    with registered(resuming_kit.__name__):
        yield


def config(name: str, **parts: Any) -> ExperimentConfig:
    """A run of four epochs."""
    return parse_config({**EXPERIMENTS[name].base(), "training": {"epochs": 4}, **parts})


@pytest.mark.parametrize(
    "schedule", [{"name": "cosine", "interval": "epoch"}, {"name": "plateau", "patience": 0, "threshold": 100.0}]
)
def test_steps_are_counted_as_they_come(schedule: dict[str, Any], tmp_path: Path, reporter_class: Any) -> None:
    reporter = reporter_class()
    optimizer = {"name": "sgd", "lr": 0.02}
    train(config("net-on-streamed", optimizer=optimizer, schedule=schedule, regularizers=["ema"]), reporter, tmp_path)
    assert [report.step for report in reporter.reports] == [6, 12, 18, 24]
    rates = reporter.curve("lr")
    assert rates[0] == 0.02 > rates[-1]
    assert rates == sorted(rates, reverse=True)


def test_the_schedule_that_stands_beside_an_optimizer_needs_no_length(tmp_path: Path, reporter_class: Any) -> None:
    reporter = reporter_class()
    train(config("net-on-streamed", optimizer={"name": "sgd", "lr": 0.02}), reporter, tmp_path)
    assert reporter.curve("lr") == [0.02] * 4


@pytest.mark.parametrize(
    "schedule", ["cosine", {"name": "plateau", "warmup": 0.1}, {"name": "constant", "warmup": 0.1}]
)
def test_a_schedule_of_unknown_steps_is_refused_before_training(
    schedule: Any, tmp_path: Path, reporter_class: Any
) -> None:
    reporter = reporter_class()
    with pytest.raises(TrainingError, match=r"is stretched over the steps .* no length\. Set .* interval to epoch"):
        train(config("net-on-streamed", optimizer="sgd", schedule=schedule), reporter, tmp_path)
    assert reporter.reports == []


def test_a_training_metric_may_judge_where_there_are_no_validation_data(tmp_path: Path, reporter_class: Any) -> None:
    reporter = reporter_class(at_end=Decision.KEEP)
    chosen = config("headalone-on-unjudged", monitor={"metric": "train_loss"})
    result = train(chosen, reporter, tmp_path)
    assert set(result.artifacts) == {"config.json", "best.ckpt", "model.pt2", "model.md"}, reporter.lines
    assert result.metrics["train_loss"] == min(reporter.curve("train_loss"))
    with pytest.raises(TrainingError, match=r"cannot be measured on the test data: .*`test_dataloader`"):
        evaluate(chosen, result.artifacts["best.ckpt"], "test")


def test_a_model_is_exported_with_validation_data_without_a_length(tmp_path: Path, reporter_class: Any) -> None:
    reporter = reporter_class(at_end=Decision.KEEP)
    result = train(config("net-on-streamedvalidation"), reporter, tmp_path)
    assert ("model.pt2" in result.artifacts, reporter.lines) == (True, [])


@pytest.mark.parametrize("data", ["unjudged", "emptyvalidation"])
@pytest.mark.parametrize("metric", ["val_loss", "valid/loss", "loss_on_validation"])
def test_an_objective_without_data_is_refused_before_training(
    metric: str, data: str, tmp_path: Path, reporter_class: Any
) -> None:
    reporter = reporter_class()
    chosen = config(f"net-on-{data}", monitor={"metric": metric, "direction": "minimize"})
    with pytest.raises(TrainingError, match=rf"the objective '{metric}' is .* `val_dataloader` .*'train_loss'"):
        train(chosen, reporter, tmp_path)
    assert reporter.reports == []
