"""Every schedule follows its closed form, written here in steps and numpy; the warm-up and epochs follow theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from experiments.errors import InvalidInput
from experiments.schedules import SCHEDULES
from tests.support.training.laws import law

TOTAL = 120
STEPS = np.arange(TOTAL, dtype=np.float64)
Form = Callable[[], Any]


def factors(total: int = TOTAL, **fields: Any) -> list[float]:
    schedule = SCHEDULES.parse(fields)
    return [schedule.factor(step, total) for step in range(total)]


def _triangles(height: Callable[[Any], Any]) -> Any:
    """Smith, 2017: cycle = ⌊1 + t/(2·s)⌋, x = |t/s − 2·cycle + 1|, lr = base + (max − base)·(1 − x)."""
    size = TOTAL / 8  # 4 cycles
    cycle = np.floor(1 + STEPS / (2 * size))
    return 0.1 + 0.9 * np.maximum(0, 1 - np.abs(STEPS / size - 2 * cycle + 1)) * height(cycle)


def _restarts() -> Any:
    """Loshchilov & Hutter, 2017, equation 5, with T_0 = 40 and T_mult = 2: waves of 40 and 80 steps."""
    current = np.where(STEPS < 40, STEPS / 40, (STEPS - 40) / 80)
    return 0.05 + 0.5 * 0.95 * (1 + np.cos(np.pi * current))


def _one_cycle() -> Any:
    """From 1/20 to 1 in 36 steps, then to 1/20/100 in 84, each half a period of a cosine."""
    up = 1 / 20 + (1 - 1 / 20) * (1 - np.cos(np.pi * STEPS / 36)) / 2
    down = 1 / 2000 + (1 - 1 / 2000) * (1 + np.cos(np.pi * (STEPS - 36) / 84)) / 2
    return np.where(STEPS < 36, up, down)


def _trapezoid(fall: Callable[[Any], Any]) -> Any:
    """Hu et al., 2024: 20 of 120 steps of warm-up, 60 at the base rate, 40 of a fall to 0.1."""
    u = np.clip((STEPS - 80) / 40, 0, 1)
    return np.where(STEPS < 20, (STEPS + 1) / 21, 0.1 + 0.9 * fall(u))


WSD = {"name": "warmup_stable_decay", "warmup": 1 / 6, "decay": 0.4, "final": 0.1}
CYCLIC = {"name": "cyclic", "low": 0.1, "cycles": 4, "gamma": 0.2}
CLOSED_FORMS: list[tuple[dict[str, Any], Form]] = [
    ({"name": "constant"}, lambda: np.ones(TOTAL)),
    ({"name": "step", "gamma": 0.3, "every": 0.25}, lambda: 0.3 ** (np.arange(TOTAL) // 30)),
    ({"name": "step", "gamma": 0.5, "every": 1 / 12}, lambda: 0.5 ** (np.arange(TOTAL) // 10)),
    ({"name": "multistep", "gamma": 0.2}, lambda: 0.2 ** ((STEPS >= 60).astype(float) + (STEPS >= 90))),
    (
        {"name": "multistep", "gamma": 0.5, "milestones": [0.1, 0.7]},
        lambda: 0.5 ** (1.0 * (STEPS >= 12) + (STEPS >= 84)),
    ),
    ({"name": "exponential", "final": 0.01}, lambda: (0.01 ** (1 / TOTAL)) ** STEPS),
    ({"name": "linear", "final": 0.1}, lambda: np.linspace(1, 0.1, TOTAL + 1)[:-1]),
    ({"name": "polynomial", "power": 0.9}, lambda: (1 - STEPS / TOTAL) ** 0.9),
    ({"name": "polynomial", "power": 2.0, "final": 0.1}, lambda: 0.1 + 0.9 * ((TOTAL - STEPS) / TOTAL) ** 2),
    ({"name": "inverse_time", "decay": 12.0}, lambda: 1 / (1 + 0.1 * STEPS)),
    ({"name": "inverse_time", "decay": TOTAL, "power": 0.5}, lambda: 1 / np.sqrt(1 + STEPS)),
    ({"name": "cosine", "final": 0.2}, lambda: 0.2 + 0.5 * 0.8 * (1 + np.cos(np.pi * STEPS / TOTAL))),
    ({"name": "cosine_restarts", "cycles": 2, "growth": 2, "final": 0.05}, _restarts),
    ({**CYCLIC, "mode": "triangular"}, lambda: _triangles(lambda cycle: 1.0)),
    ({**CYCLIC, "mode": "triangular2"}, lambda: _triangles(lambda cycle: 1 / 2 ** (cycle - 1))),
    ({**CYCLIC, "mode": "exp_range"}, lambda: _triangles(lambda cycle: (0.2 ** (1 / TOTAL)) ** STEPS)),
    ({"name": "one_cycle", "pct_start": 0.3, "div_factor": 20, "final_div_factor": 100}, _one_cycle),
    ({**WSD, "form": "linear"}, lambda: _trapezoid(lambda u: 1 - u)),
    ({**WSD, "form": "cosine"}, lambda: _trapezoid(lambda u: 0.5 * (1 + np.cos(np.pi * u)))),
    ({**WSD, "form": "one_minus_sqrt"}, lambda: _trapezoid(lambda u: 1 - np.sqrt(u))),
]
law(*(f"schedule.{fields['name']}" for fields, _ in CLOSED_FORMS))


@pytest.mark.parametrize(
    ("fields", "form"), CLOSED_FORMS, ids=lambda case: case.get("name") if isinstance(case, dict) else ""
)
def test_the_factor_follows_its_closed_form(fields: dict[str, Any], form: Form) -> None:
    np.testing.assert_allclose(factors(**fields), form(), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("name", ["step", "multistep", "cosine_restarts", "cyclic"])
def test_what_is_due_happens_at_its_step_in_runs_of_every_length(name: str) -> None:
    """Shares such as 0.7 have no exact number: a drop or a restart comes neither a step late nor early for it."""
    fields: dict[str, dict[str, Any]] = {
        "step": {"every": 0.1, "gamma": 0.5},
        "multistep": {"milestones": [0.1, 0.2, 0.3, 0.7, 0.9], "gamma": 0.5},
        "cosine_restarts": {"cycles": 10, "growth": 1},
        "cyclic": {"cycles": 10, "low": 0.5},
    }
    points = [1, 2, 3, 7, 9] if name == "multistep" else range(1, 10)
    for tenth in range(1, 60):
        found = factors(total=10 * tenth, name=name, **fields[name])
        for count, point in enumerate(points, start=1):
            expected = {"step": 0.5**count, "multistep": 0.5**count, "cosine_restarts": 1.0, "cyclic": 0.5}[name]
            assert found[point * tenth] == pytest.approx(expected)


@pytest.mark.parametrize("name", SCHEDULES.names())
def test_warm_up_is_linear_and_stretches_the_rest(name: str) -> None:
    schedule, without = SCHEDULES.parse({"name": name, "warmup": 0.2}), SCHEDULES.parse({"name": name, "warmup": 0})
    start = without.factor(0, 80)
    rise = [schedule.factor(step, 100) for step in range(20)]
    assert rise == pytest.approx([start * (s + 1) / 21 for s in range(20)])
    rest = [schedule.factor(step, 100) for step in range(20, 100)]
    assert rest == pytest.approx([without.factor(step, 80) for step in range(80)])


def test_warm_up_neither_starts_at_zero_nor_repeats_the_first_value() -> None:
    assert factors(total=8, name="constant", warmup=0.5) == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1])
    assert factors(total=3, name="constant", warmup=0.1) == [1, 1, 1]


@pytest.mark.parametrize("name", SCHEDULES.names())
@pytest.mark.parametrize("steps_per_epoch", [1, 7])
def test_per_epoch_the_factor_is_that_of_a_run_of_as_many_steps_as_epochs(name: str, steps_per_epoch: int) -> None:
    epochs = 12
    fields = {"name": name, "warmup": 0.25}
    schedule = SCHEDULES.parse({**fields, "interval": "epoch"})
    total = epochs * steps_per_epoch
    seen = [schedule.factor(step, total, steps_per_epoch=steps_per_epoch) for step in range(total)]
    assert seen == [factor for factor in factors(total=epochs, **fields) for _ in range(steps_per_epoch)]


@pytest.mark.parametrize("name", SCHEDULES.names())
def test_per_step_the_length_of_an_epoch_changes_nothing(name: str) -> None:
    schedule = SCHEDULES.parse({"name": name, "warmup": 0.1})
    for step in range(0, 60, 7):
        assert schedule.factor(step, 60, steps_per_epoch=20) == schedule.factor(step, 60)


@law("schedule.plateau")
def test_plateau_falls_after_patience_is_exceeded_and_counts_anew() -> None:
    schedule = SCHEDULES.parse({"name": "plateau", "gamma": 0.5, "patience": 2, "threshold": 0.1, "lowest": 0.2})
    script = [1.0, 0.8, 0.75, 0.72, 0.71, 0.71, 0.71, 0.71, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    seen = [schedule.factor(0, 10, script[:epoch]) for epoch in range(len(script) + 1)]
    assert seen == [1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2, 0.2]


def test_plateau_alone_adapts() -> None:
    assert [component.id() for component in SCHEDULES if component.adaptive] == ["plateau"]
    worsening = [1.0 + epoch for epoch in range(40)]
    for component in SCHEDULES:
        schedule = component()
        assert (schedule.factor(30, 60, worsening) != schedule.factor(30, 60)) == component.adaptive


@pytest.mark.parametrize("name", SCHEDULES.names())
def test_every_factor_is_at_least_zero_and_at_most_one(name: str) -> None:
    for total in (1, 2, 7, 1000):
        assert all(0 <= factor <= 1 for factor in factors(total=total, name=name, warmup=0.1))
        assert factors(total=total, name=name)[0] > 0


def test_milestones_out_of_order_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"schedule\.multistep\.milestones: milestones rise; sort them"):
        SCHEDULES.parse({"name": "multistep", "milestones": [0.5, 0.5]})
    with pytest.raises(InvalidInput, match=r"milestones\.1"):
        SCHEDULES.parse({"name": "multistep", "milestones": [0.5, 1.5]})
