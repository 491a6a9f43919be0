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
from experiments.reporting import Decision
from experiments.stepping import Stepping
from experiments.train import train


def weight(gradient: float = 0.25) -> torch.Tensor:
    parameter = nn.Parameter(torch.tensor([[1.0, -2.0], [0.0, 4.0]], dtype=torch.float64))
    parameter.grad = torch.full_like(parameter, gradient)
    return parameter


def test_l1_adds_the_gradient_of_the_sum_of_absolute_weights() -> None:
    ours, reference = weight(), weight(0.0)
    REGULARIZERS.parse({"name": "l1", "strength": 0.1}).after_backward([ours])
    reference.grad = None
    (0.1 * reference.abs().sum()).backward()
    torch.testing.assert_close(ours.grad, 0.25 + reference.grad)


def test_l2_adds_the_gradient_of_half_the_sum_of_squares() -> None:
    ours, reference = weight(), weight(0.0)
    REGULARIZERS.parse({"name": "l2", "strength": 0.1}).after_backward([ours])
    reference.grad = None
    (0.05 * reference.square().sum()).backward()
    torch.testing.assert_close(ours.grad, 0.25 + reference.grad)


def test_weight_decay_shrinks_by_the_rate_times_its_strength() -> None:
    ours = weight()
    before = ours.detach().clone()
    REGULARIZERS.parse({"name": "weight_decay", "strength": 0.5}).before_step([ours], lr=0.1)
    torch.testing.assert_close(ours.detach(), before * 0.95)


def final_weights(config: ExperimentConfig, directory: Path, reporter: Any) -> torch.Tensor:
    train(config, reporter, directory)
    return torch.cat([value.flatten() for value in torch.load(reporter.artifacts["best.ckpt"])["state_dict"].values()])


@pytest.mark.parametrize(("optimizer", "equal"), [("sgd", True), ("adam", False)])
def test_decay_equals_l2_for_plain_sgd_only(
    optimizer: str, equal: bool, tmp_path: Path, small: Callable[..., ExperimentConfig], reporter_class: Any
) -> None:
    ends = []
    for name in ("l2", "weight_decay"):
        parts = {"optimizer": {"name": optimizer, "lr": 0.01}, "regularizers": {name: {"strength": 0.1}}}
        reporter = reporter_class(at_end=Decision.KEEP)
        ends.append(final_weights(small(epochs=1, **parts), tmp_path / name, reporter))
    assert torch.allclose(*ends, rtol=1e-4, atol=1e-6) is equal


def test_the_regularizer_adamw_is_the_optimizers_own(
    tmp_path: Path, small: Callable[..., ExperimentConfig], reporter_class: Any
) -> None:
    own = {"optimizer": {"name": "adamw", "lr": 0.01, "weight_decay": 0.3}}
    ours = {"optimizer": {"name": "adam", "lr": 0.01}, "regularizers": {"weight_decay": {"strength": 0.3}}}
    curves = []
    for number, parts in enumerate((own, ours)):
        reporter = reporter_class()
        train(small(**parts), reporter, tmp_path / str(number))
        curves.append(reporter.curve("val_loss"))
    assert curves[0] == pytest.approx(curves[1], rel=1e-5)


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


@pytest.mark.parametrize(("bound", "norm"), [(1.0, 1.0), (100.0, 10.0)])
def test_clipping_bounds_the_norm_and_keeps_the_direction(
    bound: float, norm: float, small: Callable[..., ExperimentConfig]
) -> None:
    class Bare:
        estimated_stepping_batches = 10

    layer = nn.Linear(4, 4)
    torch.manual_seed(0)
    gradients = [torch.randn_like(parameter) for parameter in layer.parameters()]
    scale = 10.0 / torch.cat([g.flatten() for g in gradients]).norm()
    for parameter, gradient in zip(layer.parameters(), gradients, strict=True):
        parameter.grad = gradient * scale
    direction = torch.cat([p.grad.flatten() for p in layer.parameters()])
    stepping = Stepping(small(regularizers={"clip_norm": {"bound": bound}}), [])
    stepping.start(Bare(), layer)
    stepping.before_step(0, torch.optim.SGD(layer.parameters(), lr=1.0))
    clipped = torch.cat([p.grad.flatten() for p in layer.parameters()])
    assert clipped.norm().item() == pytest.approx(norm, rel=1e-4)
    assert torch.cosine_similarity(clipped, direction, 0).item() == pytest.approx(1.0)
    assert stepping.mean_norm() == pytest.approx(10.0, rel=1e-5)


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
