"""Schedules follow their closed forms, and torch's own where they coincide."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import torch

from experiments.schedules import SCHEDULES

TOTAL = 120


def factors(total: int = TOTAL, history: tuple[float, ...] = (), **fields: Any) -> list[float]:
    schedule = SCHEDULES.parse(fields)
    return [schedule.factor(step, total, history) for step in range(total)]


@pytest.mark.parametrize(
    ("fields", "closed_form"),
    [
        ({"name": "constant"}, lambda t: 1.0),
        ({"name": "step", "gamma": 0.3, "every": 0.25}, lambda t: 0.3 ** (4 * round(t * TOTAL) // TOTAL)),
        ({"name": "exponential", "final": 0.01}, lambda t: 0.01**t),
        ({"name": "cosine", "final": 0.2}, lambda t: 0.2 + 0.8 * (1 + math.cos(math.pi * t)) / 2),
    ],
)
def test_decays_follow_their_closed_forms(fields: dict[str, Any], closed_form: Callable[[float], float]) -> None:
    assert factors(**fields) == pytest.approx([closed_form(step / TOTAL) for step in range(TOTAL)])


def torch_factors(make: Callable[[torch.optim.Optimizer], Any]) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = make(optimizer)
    rates = []
    for _ in range(TOTAL):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def test_cosine_is_torchs() -> None:
    theirs = torch_factors(lambda optimizer: torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, TOTAL))
    assert factors(name="cosine") == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("mode", ["triangular", "triangular2"])
def test_cyclic_is_torchs(mode: Any) -> None:
    def make(optimizer: torch.optim.Optimizer) -> Any:
        return torch.optim.lr_scheduler.CyclicLR(optimizer, 0.1, 1.0, TOTAL // 6, mode=mode, cycle_momentum=False)

    assert factors(name="cyclic", low=0.1, cycles=3, mode=mode) == pytest.approx(torch_factors(make), abs=1e-9)


def test_cyclic_exp_range_shrinks_to_gamma() -> None:
    schedule = SCHEDULES.parse({"name": "cyclic", "low": 0.1, "cycles": 4, "mode": "exp_range", "gamma": 0.2})
    peaks = [schedule.factor(step, 800) for step in (100, 300, 500, 700)]
    assert peaks == pytest.approx([0.1 + 0.9 * 0.2**t for t in (0.125, 0.375, 0.625, 0.875)])


def test_one_cycle_rises_to_one_and_falls_to_almost_nothing() -> None:
    rates = factors(total=1000, name="one_cycle", pct_start=0.3, div_factor=20, final_div_factor=100)
    assert rates[0] == pytest.approx(1 / 20)
    assert rates[300] == 1.0 == max(rates)
    assert rates[150] == pytest.approx((1 + 1 / 20) / 2)
    assert rates[650] == pytest.approx((1 + 1 / 2000) / 2)
    assert rates[999] < 1 / 1900
    assert all(a < b for a, b in pairwise(rates[:301]))
    assert all(a > b for a, b in pairwise(rates[300:]))


@pytest.mark.parametrize("name", SCHEDULES.names())
def test_warm_up_is_linear_and_stretches_the_rest(name: str) -> None:
    schedule, without = SCHEDULES.parse({"name": name, "warmup": 0.2}), SCHEDULES.parse(name)
    start = without.factor(0, 80)
    assert [schedule.factor(step, 100) for step in range(20)] == pytest.approx(
        [start * (s + 1) / 21 for s in range(20)]
    )
    rest = [schedule.factor(step, 100) for step in range(20, 100)]
    assert rest == pytest.approx([without.factor(step, 80) for step in range(80)])


def test_plateau_falls_after_patience_is_exceeded_and_counts_anew() -> None:
    schedule = SCHEDULES.parse({"name": "plateau", "gamma": 0.5, "patience": 2, "threshold": 0.1, "lowest": 0.2})
    script = [1.0, 0.8, 0.75, 0.72, 0.71, 0.71, 0.71, 0.71, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    seen = [schedule.factor(0, 10, script[:epoch]) for epoch in range(len(script) + 1)]
    assert seen == [1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2, 0.2]


def test_plateau_is_torchs() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.3, patience=2, threshold=0.01, threshold_mode="abs", min_lr=1e-3
    )
    ours = SCHEDULES.parse({"name": "plateau", "gamma": 0.3, "patience": 2, "threshold": 0.01, "lowest": 1e-3})
    torch.manual_seed(0)
    script = (torch.rand(60) + torch.linspace(1, 0, 60)).tolist()
    for epoch, value in enumerate(script, start=1):
        theirs.step(value)
        assert ours.factor(0, 10, script[:epoch]) == pytest.approx(optimizer.param_groups[0]["lr"])


@pytest.mark.parametrize("name", SCHEDULES.names())
def test_every_factor_is_positive_and_at_most_one(name: str) -> None:
    for total in (1, 2, 7, 1000):
        assert all(0 <= factor <= 1 for factor in factors(total=total, name=name, warmup=0.1))
