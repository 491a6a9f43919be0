"""Optimizers take, step for step, the steps of their formulas (float64)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from experiments.errors import InvalidInput
from experiments.optimizers import OPTIMIZERS

STEPS = 25
State = dict[str, Any]
Rule = Callable[[Tensor, Tensor, int, State], Tensor]


def sgd(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    return w - 0.05 * g


def momentum(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    s["v"] = 0.8 * s.get("v", 0.0) + g
    return w - 0.05 * s["v"]


def nesterov(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    """The formula at the look-ahead point: y is where the gradient is taken, x = y + lr μ v the iterate."""
    x = w + 0.05 * 0.8 * s["v"] if "v" in s else w
    v = 0.8 * s.get("v", torch.zeros_like(w)) + g
    x = x - 0.05 * v
    s["v"] = v
    return x - 0.05 * 0.8 * v


def adagrad(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    s["sum"] = s.get("sum", 0.05) + g**2
    return w - 0.05 / (1 + (t - 1) * 0.01) * g / (s["sum"].sqrt() + 1e-10)


def rmsprop(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    s["square"] = 0.9 * s.get("square", 0.0) + 0.1 * g**2
    return w - 0.05 * g / (s["square"].sqrt() + 1e-8)


def centered_rmsprop(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    s["square"] = 0.9 * s.get("square", 0.0) + 0.1 * g**2
    s["mean"] = 0.9 * s.get("mean", 0.0) + 0.1 * g
    s["v"] = 0.5 * s.get("v", 0.0) + g / ((s["square"] - s["mean"] ** 2).sqrt() + 1e-8)
    return w - 0.05 * s["v"]


def moments(g: Tensor, s: State) -> tuple[Tensor, Tensor]:
    s["m"] = 0.8 * s.get("m", 0.0) + 0.2 * g
    s["n"] = 0.95 * s.get("n", 0.0) + 0.05 * g**2
    return s["m"], s["n"]


def adam(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    m, n = moments(g, s)
    return w - 0.05 * (m / (1 - 0.8**t)) / ((n / (1 - 0.95**t)).sqrt() + 1e-8)


def amsgrad(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    m, n = moments(g, s)
    s["max"] = torch.maximum(s.get("max", n), n)
    return w - 0.05 * (m / (1 - 0.8**t)) / ((s["max"] / (1 - 0.95**t)).sqrt() + 1e-8)


def adamw(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    return adam(w * (1 - 0.05 * 0.3), g, t, s)


def nadam(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    m, n = moments(g, s)
    mu, following = (0.8 * (1 - 0.5 * 0.96 ** (i * 0.004)) for i in (t, t + 1))
    product = s["product"] = s.get("product", 1.0) * mu
    blended = following * m / (1 - product * following) + (1 - mu) * g / (1 - product)
    return w - 0.05 * blended / ((n / (1 - 0.95**t)).sqrt() + 1e-8)


BETAS = {"beta1": 0.8, "beta2": 0.95}
LAWS: list[tuple[Rule, dict[str, Any]]] = [
    (sgd, {"name": "sgd"}),
    (momentum, {"name": "momentum", "momentum": 0.8}),
    (nesterov, {"name": "nesterov", "momentum": 0.8}),
    (adagrad, {"name": "adagrad", "lr_decay": 0.01, "initial_accumulator_value": 0.05}),
    (rmsprop, {"name": "rmsprop", "alpha": 0.9}),
    (centered_rmsprop, {"name": "rmsprop", "alpha": 0.9, "momentum": 0.5, "centered": True}),
    (adam, {"name": "adam", **BETAS}),
    (amsgrad, {"name": "adam", **BETAS, "amsgrad": True}),
    (adamw, {"name": "adamw", **BETAS, "weight_decay": 0.3}),
    (nadam, {"name": "nadam", **BETAS}),
]


class Quadratic(nn.Module):
    """A loss with curvatures from 0.1 to 10; its only parameter has two dimensions, so decay acts on it."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(3)
        self.w = nn.Parameter(torch.randn(4, 5, dtype=torch.float64, generator=generator))
        self.curvature = torch.logspace(-1, 1, 20, dtype=torch.float64).reshape(4, 5)

    def forward(self) -> Tensor:
        return (self.curvature * (self.w - 1) ** 2).sum() / 2


@pytest.mark.parametrize(("rule", "fields"), LAWS, ids=[rule.__name__ for rule, _ in LAWS])
def test_every_step_is_that_of_the_formula(rule: Rule, fields: dict[str, Any]) -> None:
    model = Quadratic()
    optimizer = OPTIMIZERS.parse({**fields, "lr": 0.05}).over(model)
    expected, state = model.w.detach().clone(), {}
    for t in range(1, STEPS + 1):
        expected = rule(expected, model.curvature * (expected - 1), t, state)
        optimizer.zero_grad()
        model().backward()
        optimizer.step()
        # torch keeps the product of NAdam's momenta in single precision.
        tolerance = 1e-6 if rule is nadam else 1e-9
        torch.testing.assert_close(model.w.detach(), expected, rtol=tolerance, atol=1e-3 * tolerance)


def test_every_optimizer_has_a_law() -> None:
    assert {fields["name"] for _, fields in LAWS} >= {member.id() for member in OPTIMIZERS if not member.code_hash}


def test_the_decay_of_adamw_spares_biases() -> None:
    layer = nn.Linear(3, 2)
    nn.init.ones_(layer.bias)
    before = layer.weight.detach().clone()
    optimizer = OPTIMIZERS.parse({"name": "adamw", "lr": 0.1, "weight_decay": 0.5}).over(layer)
    (0.0 * layer(torch.ones(1, 3)).sum()).backward()
    optimizer.step()
    torch.testing.assert_close(layer.weight.detach(), before * 0.95)
    assert layer.bias.tolist() == [1.0, 1.0]


def test_sgd_has_no_momentum_field() -> None:
    with pytest.raises(InvalidInput, match=r"optimizer\.sgd\.momentum: unknown field"):
        OPTIMIZERS.parse({"name": "sgd", "momentum": 0.9})
