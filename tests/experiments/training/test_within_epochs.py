"""What is measured within an epoch: where, what counts of it, how a run ends there, and that it disturbs nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from experiments.config import ExperimentConfig
from experiments.parsing import parse_config
from experiments.registry import EXPERIMENTS
from experiments.reporting import BEST, TRAINED, Decision, Report
from experiments.train import evaluate, train
from tests.support.training.lightning_modules import PACKAGES, line, loaded

Small = Callable[..., ExperimentConfig]
ROWS = {
    "dropout": {"regularizers": {"dropout": {"p": 0.3}}, "schedule": "cosine"},
    "batch norm": {"normalization": "batch", "optimizer": "adam"},
    "average by step": {"regularizers": {"ema": {}}},
    "average by epoch": {"normalization": "batch", "regularizers": {"swa": {"start": 0.3}}},
    "judged elsewhere": {"optimizer": {"name": "schedule_free_adamw"}},
    "early stopping": {"regularizers": {"early_stopping": {"patience": 1}}, "optimizer": {"name": "sgd", "lr": 1e-6}},
}


def by_step(reporter: Any, decisions: Mapping[int, Decision]) -> Any:
    """The reporter, which decides by the step."""
    record = reporter.report

    def report(row: Report) -> Decision:
        record(row)
        return decisions.get(row.step, Decision.CONTINUE)

    reporter.report = report
    return reporter


@pytest.mark.parametrize("parts", ROWS.values(), ids=ROWS)
def test_what_is_measured_within_an_epoch_changes_nothing_at_its_end(
    parts: dict[str, Any], small: Small, tmp_path: Path, reporter_class: Any
) -> None:
    """16 steps an epoch: the third epoch has a measurement at its last step but one, the others two or three."""
    plain, within = reporter_class(), reporter_class()
    ended = train(small(epochs=3, batch_size=8, **parts), plain, tmp_path / "plain")
    training = {"epochs": 3, "batch_size": 8, "measure_every": 5}
    again = train(small(**parts, training=training), within, tmp_path / "within")
    ends = [row for row in within.reports if row.metrics[TRAINED] == row.epoch]
    inner = [row for row in within.reports if row.metrics[TRAINED] != row.epoch]
    assert [row.step for row in ends] == [row.step for row in plain.reports]
    for name in ("val_loss", "val_accuracy", "lr"):
        assert [row.metrics[name] for row in ends] == [row.metrics[name] for row in plain.reports]
    assert [row.step for row in inner] == [step for step in range(5, 16 * len(ends), 5) if step % 16]
    assert [row.epoch for row in inner] == [row.step // 16 for row in inner]
    assert [row.metrics[TRAINED] for row in inner] == [row.step / 16 for row in inner]
    assert all(math.isfinite(row.metrics["train_loss"]) for row in within.reports)
    assert (again.epochs, again.reason) == (ended.epochs, ended.reason)


def test_steps_of_several_batches_are_counted_as_steps(small: Small, tmp_path: Path, reporter_class: Any) -> None:
    """16 batches an epoch in groups of three are six steps, of which the last has one batch."""
    reporter = reporter_class()
    training = {"epochs": 2, "batch_size": 8, "accumulate": 3, "measure_every": 4}
    train(small(training=training), reporter, tmp_path)
    assert [(row.step, row.epoch) for row in reporter.reports] == [(4, 0), (6, 1), (8, 1), (12, 2)]


def test_a_step_that_ends_an_epoch_is_measured_once(small: Small, tmp_path: Path, reporter_class: Any) -> None:
    reporter = reporter_class()
    train(small(training={"epochs": 2, "batch_size": 8, "measure_every": 8}), reporter, tmp_path)
    assert [(row.step, row.epoch) for row in reporter.reports] == [(8, 0), (16, 1), (24, 1), (32, 2)]


@pytest.mark.parametrize("decision", [Decision.PRUNE, Decision.END, Decision.STOP])
def test_a_run_ends_where_it_is_told_within_an_epoch(
    decision: Decision, small: Small, tmp_path: Path, reporter_class: Any
) -> None:
    config = small(training={"epochs": 2, "batch_size": 8, "measure_every": 5})
    reporter = by_step(reporter_class(at_end=Decision.KEEP), {10: decision})
    result = train(config, reporter, tmp_path)
    assert [row.step for row in reporter.reports] == [5, 10]
    assert (result.ended, result.epochs, result.steps, result.metrics_epoch) == (decision, 0, 10, 0)
    assert result.metrics == min((row.metrics for row in reporter.reports), key=lambda row: row["val_loss"])
    if decision is Decision.STOP:
        assert not reporter.finished
        return
    again = evaluate(config, result.artifacts[BEST], "validation").metrics
    assert again["val_loss"] == pytest.approx(result.metrics["val_loss"], rel=1e-5)


def test_a_run_goes_on_behind_the_last_epoch_and_measures_the_same_again(
    small: Small, tmp_path: Path, reporter_class: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.training.files.checkpoints._SNAPSHOT_EVERY", 0.0)
    monkeypatch.setattr("experiments.training.files.checkpoints._SNAPSHOT_SHARE", float("inf"))
    config = small(**ROWS["dropout"], training={"epochs": 3, "batch_size": 8, "measure_every": 5})
    whole, first, second = (reporter_class() for _ in range(3))
    train(config, whole, tmp_path / "whole")
    train(config, by_step(first, {25: Decision.STOP}), tmp_path / "first")
    ((path, step),) = first.checkpoints
    assert (step, first.reports[-1].step) == (16, 25)
    train(config, second, tmp_path / "second", resume=path)
    assert [*first.rows()[:4], *second.rows()] == whole.rows()
    assert second.rows()[:2] == first.rows()[4:]


@pytest.fixture(scope="module", params=PACKAGES)
def own(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A module of either package of Lightning: four batches an epoch."""
    for found in loaded(tmp_path_factory.mktemp("own"), {"within_own": line(request.param, "Within")}):
        assert not found["refused"]
        yield "within"


def test_a_module_of_one_s_own_is_measured_within_its_epochs(own: str, tmp_path: Path, reporter_class: Any) -> None:
    plain, within = reporter_class(), reporter_class()
    base = {**EXPERIMENTS[own].base(), "monitor": {"metric": "val_loss", "direction": "minimize"}}
    train(parse_config({**base, "training": {"epochs": 2, "batch_size": 8}}), plain, tmp_path / "plain")
    training = {"epochs": 2, "batch_size": 8, "measure_every": 3}
    train(parse_config({**base, "training": training}), within, tmp_path / "within")
    assert [row.step for row in within.reports] == [3, 4, 6, 8]
    assert all("val_loss" in row.metrics for row in within.reports)
    assert ["train_loss" in row.metrics for row in within.reports] == [False, True, False, True]
    assert [row.step for row in plain.reports] == [4, 8]


def test_a_metric_of_the_training_is_measured_without_any_validation(
    own: str, tmp_path: Path, reporter_class: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from within_own import Data, Net  # type: ignore[import-not-found]

    monkeypatch.delattr(Data, "val_dataloader")
    monkeypatch.delattr(Net, "validation_step")
    step = Net.training_step

    def logging_step(self: Any, batch: Any, index: int) -> Any:
        self.log("step_loss", 1.0 / (1 + self.global_step))
        return step(self, batch, index)

    monkeypatch.setattr(Net, "training_step", logging_step)
    reporter = reporter_class()
    monitor = {"metric": "step_loss", "direction": "minimize"}
    training = {"epochs": 1, "batch_size": 8, "measure_every": 2}
    config = {**EXPERIMENTS[own].base(), "monitor": monitor, "training": training}
    train(parse_config(config), reporter, tmp_path)
    assert [(row.step, row.metrics["step_loss"]) for row in reporter.reports] == [(2, 0.5), (4, 0.25)]
