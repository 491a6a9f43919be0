"""Initializers draw what their formulas say."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from experiments.errors import InvalidInput
from experiments.initializers import INITIALIZERS
from tests.support.training.laws import law

FAN_IN, FAN_OUT = 400, 300


def drawn(layer: nn.Module, seed: int = 0, **fields: Any) -> torch.Tensor:
    torch.manual_seed(seed)
    INITIALIZERS.parse(fields).initialize(layer)
    weight = layer.weight
    assert isinstance(weight, nn.Parameter)
    return weight.detach()


def dense(seed: int = 0, **fields: Any) -> torch.Tensor:
    return drawn(nn.Linear(FAN_IN, FAN_OUT), seed, **fields)


def moments(weight: torch.Tensor) -> tuple[float, float, float]:
    """Mean in standard errors, variance and excess kurtosis."""
    values = weight.double().flatten()
    variance = values.var().item()
    return (
        abs(values.mean().item()) / math.sqrt(variance / len(values)),
        variance,
        values.pow(4).mean().item() / variance**2 - 3,
    )


NORMAL, UNIFORM = 0.0, -1.2
"""Excess kurtosis."""
VARIANCES = [
    ({"name": "torch_default"}, 1 / (3 * FAN_IN), UNIFORM),
    ({"name": "normal", "std": 0.1}, 0.1**2, NORMAL),
    ({"name": "uniform", "bound": 0.3}, 0.3**2 / 3, UNIFORM),
    ({"name": "xavier_normal", "gain": 1.5}, 1.5**2 * 2 / (FAN_IN + FAN_OUT), NORMAL),
    ({"name": "xavier_uniform"}, 2 / (FAN_IN + FAN_OUT), UNIFORM),
    ({"name": "kaiming_normal"}, 2 / FAN_IN, NORMAL),
    ({"name": "kaiming_normal", "mode": "fan_out"}, 2 / FAN_OUT, NORMAL),
    ({"name": "kaiming_uniform"}, 2 / FAN_IN, UNIFORM),
    ({"name": "kaiming_uniform", "nonlinearity": "leaky_relu", "a": 0.5}, 2 / (1.25 * FAN_IN), UNIFORM),
    ({"name": "lecun_normal"}, 1 / FAN_IN, NORMAL),
    ({"name": "lecun_uniform"}, 1 / FAN_IN, UNIFORM),
]


@law(*(f"initializer.{fields['name']}" for fields, _, _ in VARIANCES))
@pytest.mark.parametrize(("fields", "variance", "kurtosis"), VARIANCES)
def test_mean_variance_and_shape_are_those_of_the_formula(
    fields: dict[str, Any], variance: float, kurtosis: float
) -> None:
    mean, measured, shape = moments(dense(**fields))
    assert mean < 4
    assert measured == pytest.approx(variance, rel=0.02)
    assert shape == pytest.approx(kurtosis, abs=0.1)


@law("initializer.variance_scaling")
@pytest.mark.parametrize(
    ("distribution", "kurtosis", "error"),
    [
        ("normal", 0.0, 0.1),
        ("uniform", -1.2, 0.05),
        ("truncated_normal", -0.6341, 0.05),
        ("laplace", 3.0, 0.3),
        ("student_t", 1.0, 0.2),
        ("logistic", 1.2, 0.15),
        ("rademacher", -2.0, 0.01),
    ],
)
@pytest.mark.parametrize(("mode", "fan"), [("fan_in", FAN_IN), ("fan_avg", (FAN_IN + FAN_OUT) / 2)])
def test_all_distributions_have_one_variance_and_each_its_own_kurtosis(
    distribution: str, kurtosis: float, error: float, mode: str, fan: float
) -> None:
    weight = dense(name="variance_scaling", distribution=distribution, scale=1.5, mode=mode, df=10)
    mean, variance, shape = moments(weight)
    assert mean < 4
    assert variance == pytest.approx(1.5 / fan, rel=0.02)
    assert shape == pytest.approx(kurtosis, abs=error)


def test_degrees_of_freedom_decide_the_tails_alone() -> None:
    """Four degrees of freedom and fewer have no fourth moment; the variance stays all the same."""
    heavy = dense(name="variance_scaling", distribution="student_t", df=4.5, scale=1.0)
    assert heavy.var().item() == pytest.approx(1 / FAN_IN, rel=0.02)
    assert moments(heavy)[2] > 4


@law("initializer.truncated_normal")
def test_truncation_cuts_and_narrows() -> None:
    weight = dense(name="truncated_normal", std=0.1, cut=2.0)
    density = math.exp(-2) / math.sqrt(2 * math.pi)
    left = math.sqrt(1 - 2 * 2 * density / math.erf(2 / math.sqrt(2)))
    assert 0.199 < weight.abs().max() <= 0.2
    assert weight.std().item() == pytest.approx(0.1 * left, rel=0.02)


def test_truncation_at_a_small_scale_cuts_too() -> None:
    """Torch's bounds are absolute: ±2 would cut nothing off."""
    assert dense(name="truncated_normal", std=0.01, cut=1.0).abs().max() <= 0.01


@pytest.mark.parametrize("groups", [1, 4])
@pytest.mark.parametrize(
    ("fields", "fan"),
    [
        ({"name": "kaiming_normal"}, "in"),
        ({"name": "kaiming_normal", "mode": "fan_out"}, "out"),
        ({"name": "variance_scaling", "distribution": "laplace", "mode": "fan_out"}, "out"),
    ],
)
def test_fans_of_a_convolution_count_the_kernel_and_one_group(fields: dict[str, Any], fan: str, groups: int) -> None:
    weight = drawn(nn.Conv2d(64, 128, 5, groups=groups), **fields)
    channels = {"in": 64, "out": 128}[fan] // groups
    assert weight.var().item() == pytest.approx(2 / (channels * 25), rel=0.03)


def test_fans_of_one_and_three_dimensions() -> None:
    line = drawn(nn.Conv1d(64, 256, 9), name="lecun_normal")
    volume = drawn(nn.Conv3d(16, 64, 5), name="lecun_normal")
    assert line.var().item() == pytest.approx(1 / (64 * 9), rel=0.02)
    assert volume.var().item() == pytest.approx(1 / (16 * 125), rel=0.02)


def test_the_slope_of_another_activation_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"a = 0\.5 is the slope of a leaky ReLU: write nonlinearity: leaky_relu"):
        INITIALIZERS.parse({"name": "kaiming_normal", "a": 0.5})


@pytest.mark.parametrize("name", [name for name in INITIALIZERS.names() if name != "torch_default"])
def test_biases_are_zero_and_normalization_is_left_alone(name: str) -> None:
    network = nn.Sequential(
        nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.PReLU(), nn.Flatten(), nn.LayerNorm(16), nn.Linear(16, 3)
    )
    for part in (network[1], network[4]):
        nn.init.constant_(part.weight, 0.5)
        nn.init.constant_(part.bias, 0.25)
    INITIALIZERS.parse(name).initialize(network)
    assert network[0].bias.abs().max() == network[5].bias.abs().max() == 0
    assert {*network[1].weight.tolist(), *network[4].weight.tolist(), *network[2].weight.tolist()} == {0.5, 0.25}
    assert {*network[1].bias.tolist(), *network[4].bias.tolist()} == {0.25}


def test_torch_default_draws_biases_too() -> None:
    layer = nn.Linear(FAN_IN, FAN_OUT)
    nn.init.zeros_(layer.bias)
    weight = drawn(layer, name="torch_default")
    assert 0 < layer.bias.abs().max() <= 1 / math.sqrt(FAN_IN)
    assert weight.abs().max() <= 1 / math.sqrt(FAN_IN)


@pytest.mark.parametrize("norm", [nn.utils.parametrizations.weight_norm, nn.utils.parametrizations.spectral_norm])
def test_a_weight_computed_from_others_is_set_through_them(norm: Any) -> None:
    """Filling the computed tensor itself would be without effect."""
    torch.manual_seed(0)
    layer = norm(nn.Linear(30, 20))
    INITIALIZERS.parse({"name": "orthogonal", "gain": 1.2}).initialize(layer)
    scale = 1.2 if norm is nn.utils.parametrizations.weight_norm else 1.0
    assert torch.allclose(layer.weight @ layer.weight.T, scale**2 * torch.eye(20), atol=1e-5)
