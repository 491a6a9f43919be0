"""Early stopping: each criterion ends a scripted curve where its formula says, and the result is the best epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from experiments.config import ExperimentConfig
from experiments.regularizers import REGULARIZERS
from experiments.train import train
from tests.support.training.fitting import fitted
from tests.support.training.laws import law


def reasons(history: Sequence[float], losses: Sequence[float] = (), **fields: Any) -> list[str]:
    """What the rule says after each epoch of a script."""
    stopping = REGULARIZERS.parse({"name": "early_stopping", **fields})
    return [stopping.stop(history[:epoch], losses[:epoch]) for epoch in range(1, len(history) + 1)]


def ends(said: list[str]) -> list[int]:
    """The epochs after which the rule would end the run."""
    return [epoch for epoch, reason in enumerate(said, 1) if reason]


@law("regularizer.early_stopping")
def test_patience_ends_after_so_many_epochs_without_improvement() -> None:
    script = [1.0, 0.8, 0.79, 0.76, 0.7, 0.69, 0.68, 0.67]
    said = reasons(script, patience=3, min_delta=0.05)
    assert said == [""] * 7 + ["stopped early: no improvement in 3 epochs"]


@pytest.mark.parametrize(("alpha", "expected"), [(4.9, [4]), (5.1, [])])
def test_generalization_loss_is_measured_in_per_cent_of_the_best(alpha: float, expected: list[int]) -> None:
    assert ends(reasons([3.0, 2.0, 2.02, 2.1, 1.9], criterion="GL", alpha=alpha)) == expected


def test_progress_quotient_weighs_the_loss_by_what_training_still_gains() -> None:
    history = [2.0, 2.1, 2.2, 2.2]  # 10 per cent above the best
    losses = [1.0, 0.9, 1.0, 0.96]  # the last strip: mean 0.98, best 0.96, so P = 1000 · (0.98 / 0.96 - 1) = 20.83
    quotient = 10.0 / (1000.0 * (0.98 / 0.96 - 1.0))
    fields = {"criterion": "PQ", "strip": 2}
    assert ends(reasons(history, losses, alpha=quotient * 0.99, **fields)) == [4]
    assert ends(reasons(history, losses, alpha=quotient * 1.01, **fields)) == []
    assert ends(reasons(history, [], alpha=quotient * 0.99, **fields)) == []


def test_an_error_of_zero_is_left_by_any_other() -> None:
    assert ends(reasons([0.5, 0.0, 0.0, 0.1], criterion="GL", alpha=1e9)) == [4]
    assert ends(reasons([0.0, 0.1], [0.2, 0.1], criterion="PQ", strip=1, alpha=1e9)) == [2]
    assert ends(reasons([0.0, 0.1], [0.1, 0.0], criterion="PQ", strip=2, alpha=1.0)) == []


def test_up_looks_at_the_ends_of_strips_only() -> None:
    history = [5.0, 4.0, 9.0, 4.5, 3.0, 4.7, 9.0, 4.6, 9.0, 4.8]
    assert ends(reasons(history, criterion="UP", strip=2, strips=1)) == [4, 6, 10]
    assert ends(reasons(history, criterion="UP", strip=2, strips=2)) == [6]
    assert ends(reasons(history, criterion="UP", strip=2, strips=3)) == []


def test_a_run_that_stops_early_says_so_and_returns_its_best_epoch(
    tmp_path: Path, small: Callable[..., ExperimentConfig], reporter_class: Any
) -> None:
    config = small(
        epochs=50,
        optimizer={"name": "sgd", "lr": 0.1},
        regularizers={"early_stopping": {"patience": 2}},
        monitor={"metric": "val_loss", "direction": "maximize"},
    )
    reporter = reporter_class()
    result = train(config, reporter, tmp_path)
    losses = reporter.curve("val_loss")
    assert (result.epochs, result.metrics_epoch) == (3, 1)
    assert losses[0] > max(losses[1:])
    assert result.reason == "stopped early: no improvement in 2 epochs"
    assert len(reporter.finished) == 1
    setup, progress = fitted(config, tmp_path, reporter_class())
    setup.module.load_state_dict(progress.judged_weights)
    with torch.no_grad():
        assert setup.evaluate("validation")["val_loss"] == pytest.approx(losses[0], rel=1e-6)


def test_training_losses_reach_the_rule_in_a_real_run(
    tmp_path: Path, small: Callable[..., ExperimentConfig], reporter_class: Any
) -> None:
    stopping = {"criterion": "PQ", "alpha": 1e-3, "strip": 1}
    config = small(epochs=40, optimizer={"name": "sgd", "lr": 2.0}, regularizers={"early_stopping": stopping})
    reporter = reporter_class()
    _, progress = fitted(config, tmp_path, reporter)
    assert progress.losses == reporter.curve("train_loss")
    assert "at a progress of 0.0 ‰" in progress.reason
