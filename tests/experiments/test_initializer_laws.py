"""Initializers draw what their formulas say."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from experiments.initializers import INITIALIZERS

FAN_IN, FAN_OUT = 400, 300


def drawn(shape: tuple[int, ...] = (FAN_OUT, FAN_IN), **fields: Any) -> torch.Tensor:
    torch.manual_seed(0)
    layer = nn.Linear(FAN_IN, FAN_OUT) if len(shape) == 2 else nn.Conv2d(shape[1], shape[0], shape[2])
    INITIALIZERS.parse(fields).initialize(layer)
    assert layer.bias.abs().max() == 0
    return layer.weight.detach()


@pytest.mark.parametrize(
    ("fields", "variance"),
    [
        ({"name": "normal", "std": 0.1}, 0.1**2),
        ({"name": "uniform", "bound": 0.3}, 0.3**2 / 3),
        ({"name": "xavier_normal", "gain": 1.5}, 1.5**2 * 2 / (FAN_IN + FAN_OUT)),
        ({"name": "xavier_uniform"}, 2 / (FAN_IN + FAN_OUT)),
        ({"name": "kaiming_normal"}, 2 / FAN_IN),
        ({"name": "kaiming_normal", "mode": "fan_out"}, 2 / FAN_OUT),
        ({"name": "kaiming_uniform", "a": 0.5}, 2 / (1.25 * FAN_IN)),
    ],
)
def test_the_variance_is_that_of_the_formula(fields: dict[str, Any], variance: float) -> None:
    weight = drawn(**fields)
    assert weight.var().item() == pytest.approx(variance, rel=0.02)
    assert abs(weight.mean().item()) < 4 * math.sqrt(variance / weight.numel())


def test_uniform_weights_fill_their_interval() -> None:
    weight = drawn(name="uniform", bound=0.3)
    assert 0.299 < weight.abs().max() <= 0.3


def test_truncation_cuts_and_narrows() -> None:
    weight = drawn(name="truncated_normal", std=0.1, cut=2.0)
    assert 0.199 < weight.abs().max() <= 0.2
    assert weight.std().item() == pytest.approx(0.08796, rel=0.02)


@pytest.mark.parametrize("shape", [(FAN_OUT, FAN_IN), (8, 4, 3)])
def test_orthogonal_rows_are_orthonormal_times_gain(shape: tuple[int, ...]) -> None:
    rows = drawn(shape, name="orthogonal", gain=1.2).flatten(1)
    error = rows @ rows.T - 1.2**2 * torch.eye(len(rows))
    assert error.abs().max() < 1e-5


def test_kaiming_keeps_the_signal_through_fifty_relu_layers() -> None:
    torch.manual_seed(1)
    layers = [layer for _ in range(50) for layer in (nn.Linear(256, 256), nn.ReLU())]
    network = nn.Sequential(*layers)
    INITIALIZERS.parse("kaiming_normal").initialize(network)
    inputs = torch.randn(512, 256)
    ratio = network(inputs).square().mean() / inputs.square().mean()
    assert 0.25 < 2 * ratio < 4


def test_batch_norm_is_left_alone() -> None:
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4))
    INITIALIZERS.parse("normal").initialize(network)
    assert network[1].weight.tolist() == [1.0] * 4
