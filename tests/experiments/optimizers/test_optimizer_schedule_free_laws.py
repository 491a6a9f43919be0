"""Schedule-free optimizers: three sequences (float64), and the mean wherever weights are judged or kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from experiments import seeding
from experiments.config import ExperimentConfig
from experiments.optimizers import OPTIMIZERS
from experiments.reporting import Decision
from experiments.train import evaluate, train
from experiments.training.module import Batches
from experiments.training.setup import prepare
from tests.support.training.laws import law
from tests.support.training.stepwise import STEPS, Noisy, State, take_step

Small = Callable[..., ExperimentConfig]


def sgd(z: Tensor, y: Tensor, g: Tensor, t: int, rate: float, s: State) -> tuple[Tensor, float]:
    return z - rate * (g + 0.3 * y), rate


def adamw(z: Tensor, y: Tensor, g: Tensor, t: int, rate: float, s: State) -> tuple[Tensor, float]:
    s["v"] = 0.95 * s.get("v", 0.0) + 0.05 * g**2
    gamma = rate * (1 - 0.95**t) ** 0.5
    return z - gamma * g / (s["v"].sqrt() + 1e-8) - gamma * 0.3 * y, gamma


@law("optimizer.schedule_free_sgd", "optimizer.schedule_free_adamw")
@pytest.mark.parametrize(("rule", "own"), [(sgd, {}), (adamw, {"beta2": 0.95})])
def test_every_step_is_that_of_the_formula(rule: Callable[..., Any], own: dict[str, float]) -> None:
    """With a warm-up of 10 steps; the mean is judged in between, which changes nothing."""
    model = Noisy()
    fields = {"name": f"schedule_free_{rule.__name__}", "beta1": 0.8, "weight_decay": 0.3, **own}
    optimizer: Any = OPTIMIZERS.parse({"lr": 0.05, **fields}).for_model(model)
    z = x = model.w.detach().clone()
    state: State = {}
    squares = 0.0
    for t in range(1, STEPS + 1):
        rate = 0.05 * min(1.0, t / 10)
        y = 0.2 * z + 0.8 * x
        z, gamma = rule(z, y, model.gradient(y, t), t, rate, state)
        squares += gamma**2
        x = (1 - gamma**2 / squares) * x + gamma**2 / squares * z
        optimizer.param_groups[0]["lr"] = rate
        take_step(optimizer, lambda t=t: model(t))
        torch.testing.assert_close(model.w.detach(), 0.2 * z + 0.8 * x, rtol=1e-9, atol=1e-12)
        optimizer.eval()
        torch.testing.assert_close(model.w.detach(), x, rtol=1e-9, atol=1e-12)
        optimizer.train()


@pytest.mark.parametrize("name", ["schedule_free_sgd", "schedule_free_adamw"])
def test_a_run_trains_at_one_point_and_judges_and_keeps_the_mean(
    name: str, small: Small, tmp_path: Path, reporter_class: Any
) -> None:
    """By hand over two epochs: judging y, or training on from x, would give other weights."""
    monitor = {"metric": "train_loss", "direction": "minimize"}
    config = small(epochs=2, optimizer=name, monitor=monitor)
    reporter = reporter_class(at_end=Decision.KEEP)
    result = train(config, reporter, tmp_path)
    assert result.metrics_epoch == 2

    seeding.seed(config.seed)
    setup = prepare(config)
    assert config.optimizer
    optimizer: Any = config.optimizer.for_model(setup.module)
    for epoch in range(2):
        for inputs, targets in Batches(setup._splits.train, 32, config.seed, lambda epoch=epoch: epoch):  # type: ignore[attr-defined]
            take_step(optimizer, lambda: setup.module.task.training_loss(setup.module(inputs), targets))  # type: ignore[attr-defined]  # noqa: B023
    optimizer.eval()
    best = torch.load(reporter.artifacts["best.ckpt"])["state_dict"]
    for parameter, weight in setup.module.named_parameters():
        torch.testing.assert_close(best[parameter], weight.detach(), rtol=1e-4, atol=1e-6)
    judged = evaluate(config, reporter.artifacts["best.ckpt"], "validation").metrics["val_loss"]
    assert reporter.curve("val_loss")[-1] == pytest.approx(judged)


def test_a_step_from_the_mean_is_refused() -> None:
    model = Noisy()
    optimizer: Any = OPTIMIZERS.parse("schedule_free_sgd").for_model(model)
    take_step(optimizer, lambda: model(1))
    optimizer.eval()
    with pytest.raises(RuntimeError, match=r"call train\(\) before the step"):
        take_step(optimizer, lambda: model(2))
