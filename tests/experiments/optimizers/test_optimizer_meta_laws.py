"""Optimizers that learn: a rate from the gradients of the run, or all of the step from other runs (float64)."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from experiments.config import ExperimentConfig
from experiments.optimizers import OPTIMIZERS
from experiments.optimizers._learned import WEIGHTS
from experiments.optimizers._learned_training import meta_train, quadratics, untrained
from experiments.train import train
from tests.support.training.laws import law
from tests.support.training.stepwise import Noisy, State, follows, take_step

Small = Callable[..., ExperimentConfig]


def hypergradient(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    s["rate"] = s.get("rate", 0.05) + 1e-5 * float((g * s.get("g", torch.zeros_like(g))).sum())
    s["g"] = g
    return w - s["rate"] * g


@law("optimizer.hypergradient")
def test_every_step_of_hypergradient_is_that_of_the_formula() -> None:
    follows(hypergradient, {"name": "hypergradient", "mu": 1e-5})


@pytest.mark.parametrize(("sign", "expected"), [(1.0, 0.1 + 9 * 0.01 * 4), (-1.0, 0.1 - 2 * 0.01 * 4)])
def test_the_rate_rises_on_a_slope_and_falls_to_no_less_than_zero_when_gradients_alternate(
    sign: float, expected: float
) -> None:
    model = nn.ParameterList([torch.zeros(4, dtype=torch.float64)])
    optimizer: Any = OPTIMIZERS.parse({"name": "hypergradient", "lr": 0.1, "mu": 0.01}).for_model(model)
    rates = []
    for t in range(10):
        take_step(optimizer, lambda t=t: sign**t * model[0].sum())
        rates.append(0.1 * optimizer.adapted)
    assert rates[9 if sign > 0 else 2] == pytest.approx(expected)
    assert rates[9] == pytest.approx(expected if sign > 0 else 0.0)
    assert rates == sorted(rates, reverse=sign < 0)


def test_schedule_and_layers_multiply_the_learned_rate() -> None:
    model = nn.ModuleList([nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False)])
    before = [parameter.detach().clone() for parameter in model.parameters()]
    fields = {"name": "hypergradient", "lr": 0.1, "mu": 0.01, "layer_decay": 0.5}
    optimizer: Any = OPTIMIZERS.parse(fields).for_model(model)

    def slope() -> Tensor:
        return model[0].weight.sum() + model[1].weight.sum()

    take_step(optimizer, slope)
    for group in optimizer.param_groups:
        group["lr"] *= 0.3
    take_step(optimizer, slope)
    moved = [float((old - new.detach()).mean()) for old, new in zip(before, model.parameters(), strict=True)]
    learned = 0.1 + 0.01 * 8
    assert moved == pytest.approx([0.5 * (0.1 + 0.3 * learned), 0.1 + 0.3 * learned], rel=1e-5)


def test_a_run_reports_the_rate_that_was_learned(small: Small, tmp_path: Path, reporter_class: Any) -> None:
    reporter = reporter_class()
    train(small(optimizer={"name": "hypergradient", "lr": 0.01, "mu": 1e-3}), reporter, tmp_path)
    rates = reporter.curve("lr")
    assert 0.01 < rates[0] < rates[1] < rates[2]


def lstm(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    """The network of the paper, with the inputs of its appendix A, entry by entry."""
    network = {name: torch.tensor(v, dtype=torch.float64) for name, v in json.loads(WEIGHTS.read_text()).items()}
    n = g.numel()
    h, c = s.get("h", torch.zeros(n, 20, dtype=g.dtype)), s.get("c", torch.zeros(n, 20, dtype=g.dtype))
    change = torch.zeros(n, dtype=g.dtype)
    s["h"], s["c"] = torch.zeros_like(h), torch.zeros_like(c)
    for k, x in enumerate(g.flatten()):
        small = x.abs() < torch.e**-10
        seen = torch.stack([-torch.ones_like(x), torch.e**10 * x] if small else [x.abs().log() / 10, x.sign()])
        i, f, new, o = (network["input"] @ seen + network["hidden"] @ h[k] + network["bias"]).reshape(4, 20)
        s["c"][k] = torch.sigmoid(f) * c[k] + torch.sigmoid(i) * torch.tanh(new)
        s["h"][k] = torch.sigmoid(o) * torch.tanh(s["c"][k])
        change[k] = 0.1 * network["readout"] @ s["h"][k]
    return w + 0.05 * change.reshape(w.shape)


@law("optimizer.learned")
def test_every_step_of_the_learned_optimizer_is_that_of_its_network() -> None:
    follows(lstm, {"name": "learned"})


def final_losses(name: str, lr: float) -> Tensor:
    """Losses of 64 quadratics that the network has not seen, after 100 steps."""
    start, loss = quadratics(64, torch.Generator().manual_seed(12345))
    model = nn.ParameterList([start])
    optimizer = OPTIMIZERS.parse({"name": name, "lr": lr}).for_model(model)
    for _ in range(100):
        take_step(optimizer, lambda: loss(model[0]).sum())
    return loss(model[0]).detach()


def test_on_quadratics_of_its_family_it_beats_sgd_at_its_best_rate() -> None:
    learned = final_losses("learned", 1.0)
    best = min((final_losses("sgd", lr) for lr in (0.003, 0.006, 0.01, 0.014, 0.02, 0.025)), key=torch.mean)
    assert float(learned.mean()) < 0.8 * float(best.mean())
    assert float(learned.median()) < 0.5 * float(best.median())


def test_its_training_is_a_function_of_the_seed() -> None:
    first, second = (meta_train(1, seed=1, report=lambda line: None) for _ in range(2))
    start = untrained(torch.Generator().manual_seed(1))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not any(torch.equal(first[name], start[name]) for name in first)


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("name", ["hypergradient", "learned"])
def test_a_resume_keeps_what_its_description_says(name: str, at: int) -> None:
    """The learned rate and the last gradient, or the memory of the LSTM: the next steps are as if unbroken."""
    component = OPTIMIZERS.parse(name)
    unbroken, resumed = Noisy(), Noisy()
    optimizer = component.for_model(unbroken)
    for t in range(at):
        take_step(optimizer, lambda t=t: unbroken(t))
    resumed.load_state_dict(unbroken.state_dict())
    other = component.for_model(resumed)
    other.load_state_dict(deepcopy(optimizer.state_dict()))
    for t in range(at, at + 3):
        take_step(optimizer, lambda t=t: unbroken(t))
        take_step(other, lambda t=t: resumed(t))
        assert torch.equal(unbroken.w, resumed.w)
    assert "A resumed run keeps" in (type(component).__doc__ or "")
