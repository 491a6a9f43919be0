"""SGD, its momenta and the optimizers that scale by past gradients take the steps of their papers (float64)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from experiments.errors import InvalidInput
from experiments.optimizers import OPTIMIZERS
from tests.support.training.laws import law
from tests.support.training.stepwise import STEPS, Noisy, Rule, State, follows, take_step


def sgd(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    return w - 0.05 * g


def momentum(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    s["v"] = 0.8 * s.get("v", 0.0) + g
    return w - 0.05 * s["v"]


def momentum_as_an_average(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    """The form with (1 - β) g, whose rate is larger by 1 / (1 - β)."""
    s["v"] = 0.8 * s.get("v", 0.0) + 0.2 * g
    return w - 0.05 / 0.2 * s["v"]


def nesterov(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    """The formula at the look-ahead point: w is where the gradient is taken, x = w + lr μ v the iterate."""
    x = w + 0.05 * 0.8 * s["v"] if "v" in s else w
    s["v"] = 0.8 * s.get("v", torch.zeros_like(w)) + g
    return x - 0.05 * s["v"] - 0.05 * 0.8 * s["v"]


def adagrad(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    s["sum"] = s.get("sum", 0.05) + g**2
    return w - 0.05 / (1 + (t - 1) * 0.01) * g / (s["sum"].sqrt() + 1e-10)


def adadelta(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    s["square"] = 0.8 * s.get("square", 0.0) + 0.2 * g**2
    step = (s.get("steps", torch.zeros_like(w)) + 1e-4).sqrt() / (s["square"] + 1e-4).sqrt() * g
    s["steps"] = 0.8 * s.get("steps", 0.0) + 0.2 * step**2
    return w - 0.05 * step


def rmsprop(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    s["square"] = 0.9 * s.get("square", 0.0) + 0.1 * g**2
    return w - 0.05 * g / (s["square"].sqrt() + 1e-8)


def centered_rmsprop(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    s["square"] = 0.9 * s.get("square", 0.0) + 0.1 * g**2
    s["mean"] = 0.9 * s.get("mean", 0.0) + 0.1 * g
    s["v"] = 0.5 * s.get("v", 0.0) + g / ((s["square"] - s["mean"] ** 2).sqrt() + 1e-8)
    return w - 0.05 * s["v"]


def adafactor(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    """Algorithms 4 and 5 of Shazeer & Stern, with sums over rows and columns as they write them."""
    beta = 1 - t**-0.6
    square = g**2 + 1e-30
    s["r"] = beta * s.get("r", 0.0) + (1 - beta) * square.sum(1)
    s["c"] = beta * s.get("c", 0.0) + (1 - beta) * square.sum(0)
    u = g / (torch.outer(s["r"], s["c"]) / s["r"].sum()).sqrt()
    u = u / max(1.0, float(u.square().mean().sqrt()) / 1.5)
    alpha = max(1e-3, float(w.square().mean().sqrt())) * min(0.12, t**-0.5)
    return w * (1 - 0.12 * 0.3) - alpha * u


LAWS: list[tuple[Rule, dict[str, Any]]] = [
    (sgd, {"name": "sgd"}),
    (momentum, {"name": "momentum", "momentum": 0.8}),
    (momentum_as_an_average, {"name": "momentum", "momentum": 0.8}),
    (nesterov, {"name": "nesterov", "momentum": 0.8}),
    (adagrad, {"name": "adagrad", "lr_decay": 0.01, "initial_accumulator_value": 0.05}),
    (adadelta, {"name": "adadelta", "rho": 0.8, "eps": 1e-4}),
    (rmsprop, {"name": "rmsprop", "alpha": 0.9}),
    (centered_rmsprop, {"name": "rmsprop", "alpha": 0.9, "momentum": 0.5, "centered": True}),
    (adafactor, {"name": "adafactor", "lr": 0.12, "decay_rate": 0.6, "clip": 1.5, "weight_decay": 0.3}),
]


@law(*(f"optimizer.{fields['name']}" for _, fields in LAWS))
@pytest.mark.parametrize(("rule", "fields"), LAWS, ids=[rule.__name__ for rule, _ in LAWS])
def test_every_step_is_that_of_the_formula(rule: Rule, fields: dict[str, Any]) -> None:
    follows(rule, fields)


def test_the_rate_of_adagrad_only_falls() -> None:
    model = Noisy()
    optimizer = OPTIMIZERS.parse("adagrad").for_model(model)
    ratios = []
    for t in range(1, STEPS):
        before = model.w.detach().clone()
        take_step(optimizer, lambda t=t: model(t))
        ratios.append((before - model.w.detach()) / model.gradient(before, t))
    assert all(bool((later <= earlier).all()) for earlier, later in pairwise(ratios))


def test_adafactor_divides_by_gradients_that_are_small_for_their_precision() -> None:
    """Taking the precision of the numbers for the smallest mean square would change the step tenfold here."""
    model = nn.Linear(3, 3, bias=False)
    before = model.weight.detach().clone()
    optimizer = OPTIMIZERS.parse({"name": "adafactor", "lr": 0.1}).for_model(model)
    model.weight.grad = torch.tensor([[3e-5, 1e-6, 1e-6], [1e-6, 1e-6, 1e-6], [1e-6, 1e-6, 3e-5]])
    square = model.weight.grad.double() ** 2
    update = model.weight.grad / (square.sum(1, keepdim=True) * square.sum(0) / square.sum()).sqrt()
    update /= max(1.0, float(update.square().mean().sqrt()))
    optimizer.step()
    expected = before - 0.1 * before.square().mean().sqrt() * update
    torch.testing.assert_close(model.weight.detach(), expected.float(), rtol=1e-4, atol=1e-6)


def test_sgd_has_no_momentum_field() -> None:
    with pytest.raises(InvalidInput, match=r"optimizer\.sgd\.momentum: unknown field"):
        OPTIMIZERS.parse({"name": "sgd", "momentum": 0.9})
