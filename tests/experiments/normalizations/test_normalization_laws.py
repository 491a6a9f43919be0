"""Normalizations compute what their formulas say (float64)."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from experiments.config import ExperimentConfig
from experiments.normalizations import NORMALIZATIONS
from experiments.reporting import Decision
from experiments.train import train
from experiments.training.module import assemble
from tests.support.training.laws import law

SHAPES = [(6, 8), (6, 8, 5), (6, 8, 5, 3)]


def signal(shape: tuple[int, ...]) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return 3 * torch.randn(shape, dtype=torch.float64, generator=generator) + 2


def layer(shape: tuple[int, ...], **fields: Any) -> nn.Module:
    module = NORMALIZATIONS.parse(fields).layer(shape[1], len(shape) - 2)
    assert module is not None
    return module.double()


def standardized(x: Tensor, axes: tuple[int, ...], eps: float) -> Tensor:
    variance = (x - x.mean(axes, keepdim=True)).square().mean(axes, keepdim=True)
    return (x - x.mean(axes, keepdim=True)) / (variance + eps).sqrt()


@law("normalization.none")
def test_none_adds_nothing(small: Callable[..., ExperimentConfig]) -> None:
    network = assemble(small(model={"name": "mlp", "hidden": [4]})).network
    assert [type(module) for module in network if not isinstance(module, nn.Flatten)] == [nn.Linear, nn.ReLU, nn.Linear]


@law("normalization.batch")
@pytest.mark.parametrize("shape", SHAPES)
def test_batch_norm_standardizes_each_feature_over_the_batch(shape: tuple[int, ...]) -> None:
    x, module = signal(shape), layer(shape, name="batch", momentum=0.3, eps=1e-3)
    axes = (0, *range(2, len(shape)))
    torch.testing.assert_close(module(x), standardized(x, axes, 1e-3))
    mean = 0.3 * x.mean(axes)
    torch.testing.assert_close(module.running_mean, mean)
    module.eval()
    assert not torch.allclose(module(x), standardized(x, axes, 1e-3)), "evaluation uses the running statistics"


@law("normalization.layer", "normalization.group")
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("fields", "groups"), [({"name": "layer"}, 1), ({"name": "group", "groups": 4}, 4)])
def test_group_and_layer_norm_standardize_each_example(
    shape: tuple[int, ...], fields: dict[str, Any], groups: int
) -> None:
    x = signal(shape)
    grouped = x.reshape(shape[0], groups, -1)
    expected = standardized(grouped, (2,), 1e-3).reshape(shape)
    torch.testing.assert_close(layer(shape, **fields, eps=1e-3)(x), expected)


@pytest.mark.parametrize(
    ("width", "dimensions", "groups"),
    [(8, 2, 8), (12, 2, 6), (7, 1, 7), (13, 2, 1), (8, 0, 4), (12, 0, 6), (7, 0, 1), (1, 0, 1)],
)
def test_groups_that_do_not_divide_the_width_become_fewer(width: int, dimensions: int, groups: int) -> None:
    module = NORMALIZATIONS.parse({"name": "group", "groups": 8}).layer(width, dimensions)
    assert module.num_groups == groups  # type: ignore[union-attr]


def test_groups_of_dense_layers_leave_something_of_each_feature() -> None:
    module = NORMALIZATIONS.parse({"name": "group", "groups": 8}).layer(8, 0)
    assert module is not None
    assert module(torch.randn(64, 8)).std() > 0.5


@law("normalization.rms")
@pytest.mark.parametrize("shape", SHAPES)
def test_rms_norm_scales_without_centring(shape: tuple[int, ...]) -> None:
    x, module = signal(shape), layer(shape, name="rms", eps=1e-3)
    nn.init.constant_(module.weight, 2.0)
    mean_square = x.square().flatten(1).mean(1).reshape(-1, *[1] * (len(shape) - 1))
    torch.testing.assert_close(module(x), 2 * x / (mean_square + 1e-3).sqrt())
    assert module(x).mean().abs() > 0.5


@law("normalization.weight")
def test_weight_norm_starts_as_the_drawn_weights_and_trains_length_and_direction_apart() -> None:
    network = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    x, drawn = signal((6, 5)), network[0].weight.detach().clone()
    before = network(x)
    NORMALIZATIONS.parse("weight").reparametrize(network)
    torch.testing.assert_close(network(x), before)
    g, v = network[0].parametrizations.weight.original0, network[0].parametrizations.weight.original1
    with torch.no_grad():
        g.mul_(3.0)
        v.mul_(0.1)  # the length of v does not matter
    torch.testing.assert_close(network[0].weight, 3 * drawn)


@law("normalization.spectral")
def test_spectral_norm_leaves_a_largest_singular_value_of_one() -> None:
    network = nn.Sequential(nn.Linear(8, 6), nn.Conv1d(3, 4, 3)).double()
    NORMALIZATIONS.parse({"name": "spectral", "n_power_iterations": 100}).reparametrize(network)
    network.train()
    for module in network:
        values = torch.linalg.svdvals(module.weight.flatten(1))
        assert values[0].item() == pytest.approx(1.0, rel=1e-3)
        assert values[-1] < 1


@pytest.mark.parametrize("name", NORMALIZATIONS.names())
@pytest.mark.parametrize("model", [{"name": "mlp", "hidden": [16, 16]}, {"name": "cnn", "channels": [4, 4]}])
def test_every_normalization_trains_every_kind_of_layer_and_is_exported(
    name: str, model: dict[str, Any], small: Callable[..., ExperimentConfig], tmp_path: Path, reporter_class: Any
) -> None:
    config = small(data="digits", model=model, normalization=name, optimizer={"name": "adam", "lr": 0.01}, epochs=3)
    reporter = reporter_class(at_end=Decision.KEEP)
    result = train(config, reporter, tmp_path)
    losses = reporter.curve("train_loss")
    assert losses[-1] < losses[0]
    assert all(map(math.isfinite, losses))
    assert "model.pt2" in result.artifacts
