"""One run: what it reports, how it obeys, what it leaves, and that it is the same every time."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from experiments import seeding
from experiments.config import ExperimentConfig
from experiments.data._splits import splits
from experiments.errors import Diverged, InvalidInput
from experiments.parsing import parse_config
from experiments.registry import EXPERIMENTS
from experiments.reporting import BEST, Decision, Report
from experiments.train import evaluate, train
from experiments.training.module import Batches

Small = Callable[..., ExperimentConfig]
NOISY: dict[str, Any] = {
    "regularizers": {"dropout": {"p": 0.3}, "l2": {}},
    "schedule": {"name": "cosine", "warmup": 0.1},
}


def test_each_epoch_is_one_complete_report(small: Small, tmp_path: Path, reporter_class: Any) -> None:
    reporter = reporter_class()
    config = small(epochs=4, batch_size=32, schedule="cosine")
    result = train(config, reporter, tmp_path)
    assert [(report.epoch, report.step) for report in reporter.reports] == [(1, 4), (2, 8), (3, 12), (4, 16)]
    assert all(set(report.metrics) == set(config.metric_names()) for report in reporter.reports)
    assert reporter.curve("lr") == pytest.approx(
        [0.001 * (1 + math.cos(math.pi * (s - 1) / 16)) for s in (4, 8, 12, 16)]
    )
    times = [report.training_time for report in reporter.reports]
    assert times == sorted(times)
    assert abs(reporter.reports[-1].wall_time - time.time()) < 60
    assert (result.epochs, result.steps, result.ended) == (4, 16, Decision.CONTINUE)
    losses = reporter.curve("val_loss")
    assert result.metrics_epoch == 1 + losses.index(min(losses))
    assert result.metrics == reporter.reports[result.metrics_epoch - 1].metrics
    assert result.n_parameters == 13 * 16 + 16 + 16 * 3 + 3


def test_the_reported_validation_loss_is_that_of_the_weights(small: Small, tmp_path: Path, reporter_class: Any) -> None:
    reporter = reporter_class(at_end=Decision.KEEP)
    config = small(**NOISY)
    result = train(config, reporter, tmp_path)
    again = evaluate(config, result.artifacts["best.ckpt"], "validation").metrics
    assert again == pytest.approx({name: result.metrics[name] for name in ("val_loss", "val_accuracy")}, rel=1e-5)


def test_the_same_seed_gives_the_same_curves_whatever_ran_before(
    small: Small, tmp_path: Path, reporter_class: Any
) -> None:
    runs = [
        small(seed=7, **NOISY),
        small(seed=8, data="digits", optimizer="sgd"),
        small(seed=7, **NOISY),
        small(seed=9, **NOISY),
    ]
    reporters = [reporter_class() for _ in runs]
    for number, (config, reporter) in enumerate(zip(runs, reporters, strict=True)):
        torch.rand(number)
        train(config, reporter, tmp_path / str(number))
    assert reporters[0].rows() == reporters[2].rows()
    assert reporters[0].rows() != reporters[3].rows()
    assert "PL_GLOBAL_SEED" not in os.environ


def test_batches_hold_every_example_once_in_an_order_of_their_own_each_epoch() -> None:
    config = parse_config({"data": "digits", "model": "mlp"})
    part = splits(config.data, None, 5, "cpu").train
    orders = []
    for epoch in (0, 1, 0):
        batches = list(Batches(part, 100, seed=1, epoch=lambda epoch=epoch: epoch))
        assert len(batches) == len(Batches(part, 100)) == 13
        orders.append(torch.cat([inputs for inputs, _ in batches]).flatten(1))
        assert sorted(map(tuple, orders[-1].tolist())) == sorted(map(tuple, part.inputs.flatten(1).tolist()))
    assert torch.equal(orders[0], orders[2])
    assert not torch.equal(orders[0], orders[1])


def test_epochs_are_shuffled_differently_in_a_real_run(small: Small, tmp_path: Path, reporter_class: Any) -> None:
    """With no step that moves, two epochs differ only through the order of their batches, seen by the clipped norms."""
    reporter = reporter_class()
    train(small(epochs=3, optimizer={"name": "sgd", "lr": 1e-30}), reporter, tmp_path)
    assert len(set(reporter.curve("val_loss"))) == 1
    assert len(set(reporter.curve("grad_norm"))) == 3


@pytest.mark.parametrize("decision", [Decision.PRUNE, Decision.STOP, Decision.END])
def test_a_run_ends_at_the_epoch_of_the_decision(
    decision: Decision, small: Small, tmp_path: Path, reporter_class: Any
) -> None:
    reporter = reporter_class(decisions={2: decision})
    result = train(small(epochs=5), reporter, tmp_path)
    assert [report.epoch for report in reporter.reports] == [1, 2]
    assert (result.ended, result.epochs) == (decision, 2)
    assert len(reporter.finished) == (0 if decision is Decision.STOP else 1)
    assert len(reporter.checkpoints) == (1 if decision is Decision.STOP else 0)


def test_a_stop_between_batches_ends_the_run_there(small: Small, tmp_path: Path, reporter_class: Any) -> None:
    reporter = reporter_class(stop_after_polls=6)
    result = train(small(epochs=5, batch_size=32), reporter, tmp_path)
    assert reporter.polls == 6
    assert [report.epoch for report in reporter.reports] == [1]
    assert (result.ended, result.epochs, result.reason) == (Decision.STOP, 1, "stopped as asked")
    assert reporter.finished == []


def test_a_run_that_is_to_end_between_batches_has_the_result_of_the_epochs_before(
    small: Small, tmp_path: Path, reporter_class: Any
) -> None:
    class Ending(reporter_class):  # type: ignore[misc]
        def stop_requested(self) -> Decision | None:
            return Decision.END if super().stop_requested() else None

    reporter = Ending(stop_after_polls=10, at_end=Decision.KEEP)
    result = train(small(epochs=5, batch_size=32), reporter, tmp_path)
    assert [report.epoch for report in reporter.reports] == [1, 2]
    assert (result.ended, result.reason) == (Decision.END, "ended as asked, after epoch 2")
    assert (result.metrics_epoch, len(reporter.finished), BEST in reporter.artifacts) == (2, 1, True)


def test_waiting_for_a_decision_is_not_training_time(
    small: Small, tmp_path: Path, reporter_class: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = [0.0]
    real = time.perf_counter
    monkeypatch.setattr("experiments.training.files.checkpoints.time.perf_counter", lambda: real() + waited[0])

    def wait(report: Report) -> None:
        waited[0] += 1000.0

    reporter = reporter_class(on_report=wait)
    result = train(small(epochs=3), reporter, tmp_path)
    assert reporter.reports[-1].training_time < 1000
    assert result.training_time < 1000


def test_dropping_leaves_the_config_and_nothing_else(small: Small, tmp_path: Path, reporter_class: Any) -> None:
    reporter = reporter_class(at_end=Decision.DROP)
    config = small()
    result = train(config, reporter, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"] == list(reporter.artifacts)
    assert parse_config(json.loads(result.artifacts["config.json"].read_text())) == config
    assert reporter.finished == [result.metrics]


@pytest.mark.parametrize(("data", "picture"), [("wine", "confusion_matrix.png"), ("diabetes", "residuals.png")])
def test_keeping_leaves_checkpoint_picture_and_model(
    data: str, picture: str, small: Small, tmp_path: Path, reporter_class: Any
) -> None:
    reporter = reporter_class(at_end=Decision.KEEP)
    config = small(epochs=2, data=data)
    result = train(config, reporter, tmp_path)
    kept = {"config.json", "best.ckpt", picture, "model.pt2", "model.md"}
    assert set(reporter.artifacts) == kept == set(result.artifacts)
    assert reporter.artifacts[picture].read_bytes().startswith(b"\x89PNG")
    part = splits(config.data, None, 5, "cpu")
    raw = part.validation.inputs * part.scale + part.mean
    outputs = torch.export.load(reporter.artifacts["model.pt2"]).module()(raw)
    loss = (torch.nn.functional.mse_loss if data == "diabetes" else torch.nn.functional.cross_entropy)(
        outputs, part.validation.targets
    )
    assert loss.item() == pytest.approx(result.metrics["val_loss"], rel=1e-4)


def test_the_test_split_is_measured_only_by_evaluate(small: Small, tmp_path: Path, reporter_class: Any) -> None:
    config = small(epochs=2)
    result = train(config, reporter_class(at_end=Decision.KEEP), tmp_path)
    assert not any(name.startswith("test") for name in result.metrics)
    measured = evaluate(config, result.artifacts["best.ckpt"], "test")
    assert set(measured.metrics) == {"test_loss", "test_accuracy"}
    assert measured.metrics_epoch == result.metrics_epoch


@pytest.mark.parametrize("data", ["wine", "diabetes"])
def test_divergence_is_said_so(data: str, small: Small, tmp_path: Path, reporter_class: Any) -> None:
    config = small(epochs=20, data=data, optimizer={"name": "sgd", "lr": 1e30})
    reporter = reporter_class()
    with pytest.raises(Diverged, match=r"training loss became (nan|inf) in epoch \d+; lower the learning rate"):
        train(config, reporter, tmp_path)
    assert [math.isfinite(loss) for loss in reporter.curve("train_loss")] == [True] * (len(reporter.reports) - 1) + [
        False
    ]


def test_another_models_checkpoint_is_refused(small: Small, tmp_path: Path, reporter_class: Any) -> None:
    result = train(small(epochs=1), reporter_class(at_end=Decision.KEEP), tmp_path)
    wider = small(model={"name": "mlp", "hidden": [17]})
    with pytest.raises(InvalidInput, match="checkpoint: the weights do not fit the model mlp"):
        evaluate(wider, result.artifacts["best.ckpt"], "test")


@pytest.mark.parametrize("content", [None, b"", b"not a checkpoint"])
def test_a_file_that_is_no_checkpoint_is_refused(content: bytes | None, small: Small, tmp_path: Path) -> None:
    path = tmp_path / "best.ckpt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidInput, match="checkpoint: "):
        evaluate(small(), path, "test")


def test_folds_are_trained_on_their_own_data(small: Small, tmp_path: Path, reporter_class: Any) -> None:
    reporters = [reporter_class() for _ in range(2)]
    for fold, reporter in enumerate(reporters):
        train(small(epochs=1, fold=fold), reporter, tmp_path / str(fold))
    assert reporters[0].rows() != reporters[1].rows()


def test_the_digits_are_learned(tmp_path: Path, reporter_class: Any) -> None:
    parts = {"training": {"epochs": 12, "batch_size": 32}, "optimizer": {"name": "adam", "lr": 3e-3}}
    config = parse_config({**EXPERIMENTS["digits-mlp"].base(), **parts})
    result = train(config, reporter_class(at_end=Decision.KEEP), tmp_path)
    assert result.metrics["val_accuracy"] > 0.95
    assert evaluate(config, result.artifacts["best.ckpt"], "test").metrics["test_accuracy"] > 0.95


def test_seeding_covers_every_generator() -> None:
    draws = []
    for _ in range(2):
        seeding.seed(2**63 - 1)
        saved = seeding.state()
        draws.append(str(saved))
        torch.rand(1)
        seeding.restore(saved)
        assert str(seeding.state()) == draws[-1]
    assert draws[0] == draws[1]
