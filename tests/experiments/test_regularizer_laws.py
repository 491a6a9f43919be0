"""Regularizers change gradients, weights, targets and runs as their formulas say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from experiments._tasks import Classification
from experiments.config import ExperimentConfig
from experiments.regularizers import REGULARIZERS
from experiments.train import train


def test_dropout_zeroes_its_share_keeps_the_mean_and_rests_in_evaluation() -> None:
    torch.manual_seed(0)
    layer = REGULARIZERS.parse({"name": "dropout", "p": 0.3}).layer(0)
    assert layer is not None
    ones = torch.ones(400, 500)
    dropped = layer(ones)
    assert (dropped == 0).float().mean().item() == pytest.approx(0.3, abs=0.005)
    assert dropped.mean().item() == pytest.approx(1.0, abs=0.01)
    assert torch.equal(layer.eval()(ones), ones)


@pytest.mark.parametrize(("model", "data", "count"), [("mlp", "wine", 2), ("cnn", "digits", 3)])
def test_dropout_stands_after_every_hidden_activation(
    model: str, data: str, count: int, small: Callable[..., ExperimentConfig]
) -> None:
    from experiments.module import assemble

    network = assemble(small(model=model, data=data, regularizers=["dropout"])).network
    layers = list(network)
    behind = [type(layers[i - 1]) for i, layer in enumerate(layers) if isinstance(layer, nn.Dropout)]
    assert behind == [nn.ReLU] * count


def test_label_smoothing_mixes_the_targets() -> None:
    torch.manual_seed(0)
    logits, targets = torch.randn(6, 4, dtype=torch.float64), torch.tensor([0, 1, 2, 3, 0, 1])
    epsilon = REGULARIZERS.parse({"name": "label_smoothing", "epsilon": 0.2}).smoothing()
    mixed = 0.8 * nn.functional.one_hot(targets, 4) + 0.2 / 4
    expected = -(mixed * logits.log_softmax(1)).sum(1).mean()
    task = Classification(epsilon, ())
    torch.testing.assert_close(task.training_loss(logits, targets), expected)
    torch.testing.assert_close(task.loss(logits, targets), nn.functional.cross_entropy(logits, targets))


def test_early_stopping_ends_after_patience_on_a_scripted_curve() -> None:
    stopping = REGULARIZERS.parse({"name": "early_stopping", "patience": 3, "min_delta": 0.05})
    script = [1.0, 0.8, 0.79, 0.76, 0.7, 0.69, 0.68, 0.67]
    reasons = [stopping.stop(script[:epoch]) for epoch in range(1, len(script) + 1)]
    assert reasons == [""] * 7 + ["stopped early: no improvement in 3 epochs"]


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
    assert (result.epochs, result.best_epoch) == (3, 1)
    assert losses[0] > max(losses[1:])
    assert result.reason == "stopped early: no improvement in 2 epochs"
    assert len(reporter.finished) == 1
