"""Activations give the values and the slopes of their formulas, in double precision."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import erfc, ndtr
from torch import nn
from torch.nn import functional

from experiments.activations import ACTIVATIONS
from experiments.initializers import INITIALIZERS
from experiments.training.tasks import Classification
from tests.support.training.laws import law

Array = np.ndarray[Any, np.dtype[np.float64]]
Function = Callable[[Array], Array]

POINTS = np.concatenate([np.linspace(-6, 6, 97)[np.arange(97) != 48], [-18.0, 18.0]])
"""Without 0, where rectifiers have no slope."""

_C = erfc(1 / math.sqrt(2)) * math.exp(0.5)
ALPHA = -math.sqrt(2 / math.pi) / (_C - 1)
LAMBDA = (
    (1 - _C)
    * math.sqrt(2 * math.pi)
    / math.sqrt(2 * erfc(math.sqrt(2)) * math.exp(2) + math.pi * _C**2 - 2 * (2 + math.pi) * _C + math.pi + 2)
)
"""The constants of SELU in the closed form of its paper's appendix."""


def sigma(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def gaussian(x: Array) -> Array:
    return np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


def rectified(low: Function) -> Function:
    return lambda x: np.where(x > 0, x, low(x))


def slopes(low: Function) -> Function:
    return lambda x: np.where(x > 0, 1.0, low(x))


def mish_slope(x: Array) -> Array:
    through = np.tanh(np.log1p(np.exp(x)))
    return through + x * (1 - through**2) * sigma(x)


def approximate_gelu(x: Array) -> Array:
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def approximate_gelu_slope(x: Array) -> Array:
    inner = np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
    slope = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x**2)
    return 0.5 * (1 + inner) + 0.5 * x * (1 - inner**2) * slope


FORMULAS: list[tuple[dict[str, Any], Function, Function]] = [
    ({"name": "relu"}, rectified(lambda x: 0 * x), slopes(lambda x: 0 * x)),
    ({"name": "leaky_relu", "negative_slope": 0.2}, rectified(lambda x: 0.2 * x), slopes(lambda x: 0 * x + 0.2)),
    ({"name": "prelu", "init": 0.3}, rectified(lambda x: 0.3 * x), slopes(lambda x: 0 * x + 0.3)),
    ({"name": "elu", "alpha": 1.7}, rectified(lambda x: 1.7 * np.expm1(x)), slopes(lambda x: 1.7 * np.exp(x))),
    (
        {"name": "selu"},
        lambda x: LAMBDA * np.where(x > 0, x, ALPHA * np.expm1(x)),
        lambda x: LAMBDA * np.where(x > 0, 1, ALPHA * np.exp(x)),
    ),
    ({"name": "tanh"}, lambda x: 1 - 2 / (np.exp(2 * x) + 1), lambda x: 1 / np.cosh(x) ** 2),
    ({"name": "sigmoid"}, sigma, lambda x: sigma(x) * (1 - sigma(x))),
    ({"name": "gelu"}, lambda x: x * ndtr(x), lambda x: ndtr(x) + x * gaussian(x)),
    ({"name": "gelu", "approximate": "tanh"}, approximate_gelu, approximate_gelu_slope),
    ({"name": "silu"}, lambda x: x * sigma(x), lambda x: sigma(x) * (1 + x * (1 - sigma(x)))),
    ({"name": "mish"}, lambda x: x * np.tanh(np.log1p(np.exp(x))), mish_slope),
    ({"name": "softplus", "beta": 2.5}, lambda x: np.log1p(np.exp(2.5 * x)) / 2.5, lambda x: sigma(2.5 * x)),
]


def built(**fields: Any) -> nn.Module:
    module: nn.Module = ACTIVATIONS.parse(fields).build()
    return module.double()


@law(*(f"activation.{fields['name']}" for fields, _, _ in FORMULAS))
@pytest.mark.parametrize(("fields", "value", "slope"), FORMULAS)
def test_values_and_slopes_are_those_of_the_formula(fields: dict[str, Any], value: Function, slope: Function) -> None:
    x = torch.tensor(POINTS, requires_grad=True)
    y = built(**fields)(x)
    y.sum().backward()
    assert x.grad is not None
    error = 3e-9 if fields["name"] == "softplus" else 1e-7 if fields["name"] == "prelu" else 1e-12
    np.testing.assert_allclose(y.detach().numpy(), value(POINTS), rtol=error, atol=error)
    np.testing.assert_allclose(x.grad.numpy(), slope(POINTS), rtol=error, atol=error)


def test_every_activation_has_a_formula_here() -> None:
    assert {fields["name"] for fields, _, _ in FORMULAS} == {
        activation.id() for activation in ACTIVATIONS if not activation.code_hash
    }


def test_greatest_slopes_are_one_and_a_quarter() -> None:
    x = torch.linspace(-3, 3, 601, dtype=torch.float64, requires_grad=True)
    for name, steepest in (("tanh", 1.0), ("sigmoid", 0.25)):
        (slope,) = torch.autograd.grad(built(name=name)(x).sum(), x)
        assert slope.max().item() == pytest.approx(steepest, abs=1e-12)


def test_gelu_and_its_kin_are_not_monotone() -> None:
    x = torch.linspace(-3, 0, 3001, dtype=torch.float64)
    lowest = {name: built(name=name)(x) for name in ("gelu", "silu", "mish")}
    assert lowest["gelu"].min().item() == pytest.approx(-0.17, abs=1e-3)
    assert x[lowest["gelu"].argmin()].item() == pytest.approx(-0.75, abs=5e-3)
    assert all(values[0] > values.min() for values in lowest.values())


def test_prelu_learns_a_slope_for_each_layer() -> None:
    first, second = (ACTIVATIONS.parse("prelu").build() for _ in range(2))
    first(torch.tensor([-2.0])).backward()
    assert first.weight.grad.item() == -2.0
    assert second.weight.grad is None
    assert first.weight.ndim == 1  # what regularizers take for a weight has two dimensions or more


@pytest.mark.parametrize("initializer", ["lecun_normal", "lecun_uniform"])
def test_selu_with_lecun_keeps_mean_0_and_variance_1(initializer: str) -> None:
    torch.manual_seed(0)
    layers = [layer for _ in range(32) for layer in (nn.Linear(384, 384), ACTIVATIONS.parse("selu").build())]
    network = nn.Sequential(*layers)
    INITIALIZERS.parse(initializer).initialize(network)
    outputs = network(torch.randn(128, 384))
    assert abs(outputs.mean().item()) < 0.1
    assert outputs.var().item() == pytest.approx(1, abs=0.2)
    INITIALIZERS.parse("kaiming_normal").initialize(network)
    assert network(torch.randn(128, 384)).var() > 10


def test_a_loss_on_logits_keeps_what_a_sigmoid_before_it_loses() -> None:
    logit = torch.tensor([40.0])
    wrong = torch.tensor([0.0])
    apart = functional.binary_cross_entropy(built(name="sigmoid").float()(logit), wrong)
    assert functional.binary_cross_entropy_with_logits(logit, wrong).item() == pytest.approx(40.0)
    assert apart.item() != pytest.approx(40.0, rel=0.1)


def test_the_loss_of_a_classification_takes_logits() -> None:
    """No softmax stands before it: one more would flatten every prediction."""
    logits, targets = torch.randn(20, 4).double() * 5, torch.arange(20) % 4
    shares = np.exp(logits.numpy()) / np.exp(logits.numpy()).sum(1, keepdims=True)
    expected = -np.log(shares[np.arange(20), targets.numpy()]).mean()
    assert Classification(0.0, ()).training_loss(logits, targets).item() == pytest.approx(expected, rel=1e-12)
