"""Adam and its relatives take the steps of their papers, and torch's where torch has them (float64)."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from experiments.optimizers import OPTIMIZERS
from tests.support.training.laws import law
from tests.support.training.stepwise import STEPS, Noisy, Rule, State, follows, moments, take_step


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


def adamax(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    m, _ = moments(g, s)
    s["u"] = torch.maximum(0.95 * s.get("u", torch.zeros_like(w)), g.abs() + 1e-8)
    return w - 0.05 / (1 - 0.8**t) * m / s["u"]


def radam_of_the_paper(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    m, n = moments(g, s)
    m_hat = m / (1 - 0.8**t)
    longest = 2 / (1 - 0.95) - 1
    length = longest - 2 * t * 0.95**t / (1 - 0.95**t)
    if length <= 4:
        return w - 0.05 * m_hat
    r = math.sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length))
    return w - 0.05 * r * m_hat / (n / (1 - 0.95**t)).sqrt()


def adabelief(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    m, _ = moments(g, s)
    s["s"] = 0.95 * s.get("s", 0.0) + 0.05 * (g - m) ** 2 + 1e-6
    step = 0.05 * (m / (1 - 0.8**t)) / ((s["s"] / (1 - 0.95**t)).sqrt() + 1e-6)
    return w * (1 - 0.05 * 0.3) - step


def lamb(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    m, n = moments(g, s)
    u = (m / (1 - 0.8**t)) / ((n / (1 - 0.95**t)).sqrt() + 1e-6) + 0.3 * w
    return w - 0.05 * w.norm() / u.norm() * u


def lion(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    before = s.get("m", torch.zeros_like(w))
    s["m"] = 0.95 * before + 0.05 * g
    return w - 0.05 * (torch.sign(0.8 * before + 0.2 * g) + 0.3 * w)


def prodigy(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    """Algorithm 4 of Mishchenko & Defazio, with γ = 0.9."""
    gamma, d, start = 0.9, s.get("d", 1e-3), s.setdefault("start", w)
    s["m"] = 0.8 * s.get("m", 0.0) + 0.2 * d * g
    s["v"] = 0.95 * s.get("v", 0.0) + 0.05 * d**2 * g**2
    root = math.sqrt(0.95)
    s["r"] = root * s.get("r", 0.0) + (1 - root) * gamma * d**2 * float((g * (start - w)).sum())
    s["s"] = root * s.get("s", 0.0) + (1 - root) * gamma * d**2 * g
    s["d"] = max(d, s["r"] / float(s["s"].abs().sum()))
    return w - gamma * d * s["m"] / (s["v"].sqrt() + d * 1e-8)


BETAS = {"beta1": 0.8, "beta2": 0.95}
DECAY = {**BETAS, "weight_decay": 0.3}
LAWS: list[tuple[Rule, dict[str, Any]]] = [
    (adam, {"name": "adam", **BETAS}),
    (amsgrad, {"name": "amsgrad", **BETAS}),
    (adamw, {"name": "adamw", **DECAY}),
    (nadam, {"name": "nadam", **BETAS}),
    (adamax, {"name": "adamax", **BETAS}),
    (radam_of_the_paper, {"name": "radam", **BETAS, "eps": 1e-15, "threshold": 4}),
    (adabelief, {"name": "adabelief", **DECAY, "eps": 1e-6}),
    (lamb, {"name": "lamb", **DECAY}),
    (lion, {"name": "lion", **DECAY}),
    (prodigy, {"name": "prodigy", **BETAS, "lr": 0.9, "d0": 1e-3}),
]


@law(*(f"optimizer.{fields['name']}" for _, fields in LAWS))
@pytest.mark.parametrize(("rule", "fields"), LAWS, ids=[rule.__name__ for rule, _ in LAWS])
def test_every_step_is_that_of_the_formula(rule: Rule, fields: dict[str, Any]) -> None:
    # torch keeps the product of NAdam's momenta in single precision.
    follows(rule, fields, 1e-6 if rule is nadam else 1e-9)


def test_radam_is_torchs() -> None:
    ours, theirs = Noisy(), Noisy()
    optimizer = OPTIMIZERS.parse({"name": "radam", "lr": 0.05, "eps": 1e-3}).for_model(ours)
    reference = torch.optim.RAdam(theirs.parameters(), lr=0.05, eps=1e-3)
    for t in range(1, STEPS + 1):
        take_step(optimizer, lambda t=t: ours(t))
        take_step(reference, lambda t=t: theirs(t))
        torch.testing.assert_close(ours.w, theirs.w, rtol=1e-9, atol=1e-12)


def test_the_estimate_of_prodigy_grows_to_the_distance_and_is_shared() -> None:
    model = nn.ParameterList([torch.zeros(1), torch.zeros(1)])
    optimizer = OPTIMIZERS.parse({"name": "prodigy", "d0": 1e-6, "layer_decay": 0.9}).for_model(model)
    for _ in range(200):
        take_step(optimizer, lambda: sum((parameter - 3).abs().sum() for parameter in model))
    estimates = {group["d"] for group in optimizer.param_groups}
    assert len(estimates) == 1
    assert 0.5 < estimates.pop() <= 3.0


def test_lamb_moves_every_tensor_by_the_rate_times_its_norm() -> None:
    model = nn.ParameterList([torch.full((3,), 100.0), torch.full((3,), 0.01), torch.zeros(3)])
    before = [parameter.detach().clone() for parameter in model]
    optimizer = OPTIMIZERS.parse({"name": "lamb", "lr": 0.1}).for_model(model)
    take_step(optimizer, lambda: sum((index + 1.0) * parameter.sum() for index, parameter in enumerate(model)))
    moved = [
        float((old - new.detach()).norm() / (old.norm() or 3**0.5)) for old, new in zip(before, model, strict=True)
    ]
    assert moved == pytest.approx([0.1, 0.1, 0.1], rel=1e-4)


@pytest.mark.parametrize("name", [member.id() for member in OPTIMIZERS if "weight_decay" in member.model_fields])
@pytest.mark.parametrize("spared", [True, False])
def test_a_decay_spares_biases_unless_asked(name: str, spared: bool) -> None:
    layer = nn.Linear(3, 2)
    nn.init.ones_(layer.bias)
    fields = {"name": name, "lr": 0.1, "weight_decay": 0.5, "decay_biases": not spared}
    with_decay, without = shrunk(layer, fields), shrunk(layer, {**fields, "weight_decay": 0.0})
    assert bool((with_decay[0].abs() < without[0].abs()).all())
    assert torch.equal(with_decay[1], without[1]) is spared


def shrunk(layer: nn.Linear, fields: dict[str, Any]) -> list[Tensor]:
    """The weight and the bias after two steps (SOAP's first one only looks) on a loss that does not depend on them."""
    copy = nn.Linear(3, 2)
    copy.load_state_dict(layer.state_dict())
    optimizer = OPTIMIZERS.parse(fields).for_model(copy)
    for _ in range(2):
        take_step(optimizer, lambda: 0.0 * copy(torch.ones(1, 3)).sum())
    return [parameter.detach() for parameter in copy.parameters()]
