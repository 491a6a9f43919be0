"""Where torch has a schedule, ours gives its rates; and none falls into the traps of torch's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.optim import lr_scheduler

from experiments.config import ExperimentConfig
from experiments.schedules import SCHEDULES
from experiments.train import train
from experiments.training.callbacks import Progress
from tests.experiments.schedules.test_schedule_laws import TOTAL, factors

Make = Callable[[torch.optim.Optimizer], Any]
PCT_START = (0.3 * TOTAL + 1) / (TOTAL + 1)
"""What torch needs so that its peak is at 0.3 of the steps: it counts to the last step, we to the one after it."""

THEIRS: list[tuple[dict[str, Any], Make]] = [
    ({"name": "step", "gamma": 0.3, "every": 0.25}, lambda opt: lr_scheduler.StepLR(opt, 30, 0.3)),
    ({"name": "multistep", "gamma": 0.3}, lambda opt: lr_scheduler.MultiStepLR(opt, [60, 90], 0.3)),
    ({"name": "exponential", "final": 0.1}, lambda opt: lr_scheduler.ExponentialLR(opt, 0.1 ** (1 / TOTAL))),
    ({"name": "linear", "final": 0.1}, lambda opt: lr_scheduler.LinearLR(opt, 1.0, 0.1, TOTAL)),
    ({"name": "polynomial", "power": 1.5}, lambda opt: lr_scheduler.PolynomialLR(opt, TOTAL, 1.5)),
    ({"name": "cosine", "final": 0.1}, lambda opt: lr_scheduler.CosineAnnealingLR(opt, TOTAL, 0.1)),
    (
        {"name": "cosine_restarts", "cycles": 4, "growth": 2, "final": 0.1},
        lambda opt: lr_scheduler.CosineAnnealingWarmRestarts(opt, TOTAL // 15, 2, 0.1),
    ),
    (
        {"name": "cosine_restarts", "cycles": 3, "growth": 1},
        lambda opt: lr_scheduler.CosineAnnealingWarmRestarts(opt, TOTAL // 3),
    ),
    (
        {"name": "cyclic", "cycles": 3, "mode": "triangular"},
        lambda opt: lr_scheduler.CyclicLR(opt, 0.1, 1.0, TOTAL // 6, cycle_momentum=False),
    ),
    (
        {"name": "cyclic", "cycles": 3, "mode": "triangular2"},
        lambda opt: lr_scheduler.CyclicLR(opt, 0.1, 1.0, TOTAL // 6, mode="triangular2", cycle_momentum=False),
    ),
    (
        {"name": "cyclic", "cycles": 3, "mode": "exp_range", "gamma": 0.2},
        lambda opt: lr_scheduler.CyclicLR(
            opt, 0.1, 1.0, TOTAL // 6, mode="exp_range", gamma=0.2 ** (1 / TOTAL), cycle_momentum=False
        ),
    ),
    (
        {"name": "one_cycle", "pct_start": 0.3},
        lambda opt: lr_scheduler.OneCycleLR(opt, 1.0, TOTAL + 1, pct_start=PCT_START, cycle_momentum=False),
    ),
    (
        {"name": "cosine", "warmup": 0.25},
        lambda opt: lr_scheduler.SequentialLR(
            opt, [lr_scheduler.LinearLR(opt, 1 / 31, 1.0, 30), lr_scheduler.CosineAnnealingLR(opt, 90)], [30]
        ),
    ),
]


def torch_factors(make: Make) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = make(optimizer)
    rates = []
    for _ in range(TOTAL):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


@pytest.mark.filterwarnings("ignore:The epoch parameter in:UserWarning")  # SequentialLR's own call
@pytest.mark.parametrize(("fields", "make"), THEIRS)
def test_the_factors_are_those_of_torch(fields: dict[str, Any], make: Make) -> None:
    assert factors(**fields) == pytest.approx(torch_factors(make), rel=1e-6, abs=1e-9)


def test_plateau_is_torchs() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    theirs = lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.3, patience=2, threshold=0.01, threshold_mode="abs", min_lr=1e-3
    )
    ours = SCHEDULES.parse({"name": "plateau", "gamma": 0.3, "patience": 2, "threshold": 0.01, "lowest": 1e-3})
    torch.manual_seed(0)
    script = (torch.rand(60) + torch.linspace(1, 0, 60)).tolist()
    for epoch, value in enumerate(script, start=1):
        theirs.step(value)
        assert ours.factor(0, 10, script[:epoch]) == pytest.approx(optimizer.param_groups[0]["lr"])


class Seen(Progress):
    """Notes the rate of the optimizer before the training and in each of its steps."""

    rates: list[float]
    schedulers: int

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        self.schedulers = len(trainer.lr_scheduler_configs)
        self.rates = [trainer.optimizers[0].param_groups[0]["lr"]]

    def on_train_batch_end(self, trainer: Any, *rest: Any) -> None:
        super().on_train_batch_end(trainer, *rest)
        self.rates.append(trainer.optimizers[0].param_groups[0]["lr"])


@pytest.fixture
def rates_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, reporter_class: Any
) -> Callable[[ExperimentConfig], tuple[list[float], int]]:
    """Trains, and gives the optimizer's rate before the first step and in each step, and the number of schedulers."""

    def run(config: ExperimentConfig) -> tuple[list[float], int]:
        made: list[Seen] = []

        def watched(*args: Any) -> Seen:
            made.append(Seen(*args))
            return made[0]

        monkeypatch.setattr("experiments.training.callbacks.Progress", watched)
        train(config, reporter_class(), tmp_path)
        return made[0].rates, made[0].schedulers

    return run


@pytest.mark.parametrize("name", ["cyclic", "one_cycle"])
def test_making_a_schedule_leaves_the_rate_of_the_optimizer(name: str, small: Any, rates_of: Any) -> None:
    """torch's own set the optimizer's rate (and momentum) when they are made, and two of them overwrite each other."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5, momentum=0.8)
    lr_scheduler.OneCycleLR(optimizer, 0.5, 10)
    assert optimizer.param_groups[0]["lr"] != 0.5, "torch's trap is still there"
    config = small(epochs=2, optimizer={"name": "momentum", "lr": 0.5, "momentum": 0.8}, schedule=name)
    rates, schedulers = rates_of(config)
    assert rates[0] == 0.5
    assert schedulers == 0, "the rate is set by one hand: ours"


@pytest.mark.parametrize("interval", ["step", "epoch"])
def test_a_run_sets_the_rate_of_each_step(interval: str, small: Any, rates_of: Any) -> None:
    fields = {"name": "cosine", "warmup": 0.25, "interval": interval}
    config = small(epochs=4, batch_size=32, optimizer={"name": "sgd", "lr": 0.1}, schedule=fields)
    (_, *rates), _ = rates_of(config)
    schedule = SCHEDULES.parse(fields)
    total = len(rates)
    assert total % 4 == 0
    expected = [0.1 * schedule.factor(step, total, steps_per_epoch=total // 4) for step in range(total)]
    assert rates == pytest.approx(expected)
    assert len(set(rates)) == (4 if interval == "epoch" else total)
