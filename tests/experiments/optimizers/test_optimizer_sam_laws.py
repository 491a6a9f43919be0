"""SAM steps with the gradient at the worst point of a ball; L-BFGS solves what is quadratic (float64)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from experiments import seeding
from experiments.config import ExperimentConfig
from experiments.optimizers import OPTIMIZERS
from experiments.reporting import Decision
from experiments.train import train
from experiments.training.setup import prepare
from tests.support.training.laws import law
from tests.support.training.stepwise import STEPS, Noisy, State, moments, take_step

Small = Callable[..., ExperimentConfig]


def momentum(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    s["v"] = 0.8 * s.get("v", 0.0) + g
    return w * (1 - 0.05 * 0.3) - 0.05 * s["v"]


def adamw(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    m, n = moments(g, s, 0.9, 0.999)
    return w * (1 - 0.05 * 0.3) - 0.05 * (m / (1 - 0.9**t)) / ((n / (1 - 0.999**t)).sqrt() + 1e-8)


@law("optimizer.sam")
@pytest.mark.parametrize("adaptive", [False, True])
@pytest.mark.parametrize("base", [momentum, adamw])
def test_every_step_is_that_of_the_formula(base: Callable[..., Tensor], adaptive: bool) -> None:
    model = Noisy()
    fields = {"base": base.__name__, "rho": 0.3, "adaptive": adaptive, "momentum": 0.8, "weight_decay": 0.3}
    optimizer = OPTIMIZERS.parse({"name": "sam", "lr": 0.05, **fields}).for_model(model)
    w, state = model.w.detach().clone(), {}
    for t in range(1, STEPS + 1):
        g = model.gradient(w, t)
        unit = w.abs() + 0.01 if adaptive else torch.ones_like(w)
        worst = w + 0.3 * unit**2 * g / (unit * g).norm()
        w = base(w, model.gradient(worst, t), t, state)
        take_step(optimizer, lambda t=t: model(t))
        torch.testing.assert_close(model.w.detach(), w, rtol=1e-9, atol=1e-12)


REGULARIZERS: dict[str, Any] = {"l2": {"strength": 0.1}, "clip_norm": {"bound": 0.5}, "weight_decay": {"strength": 2.0}}


def test_in_a_run_the_ball_is_that_of_the_batch_and_everything_else_acts_once(
    small: Small, tmp_path: Path, reporter_class: Any
) -> None:
    """By hand over the batches of one epoch: a stale first gradient, or a penalty at the worst point, would differ."""
    optimizer = {"name": "sam", "lr": 0.1, "rho": 0.5}
    config = small(epochs=1, optimizer=optimizer, regularizers=REGULARIZERS, schedule="linear")
    reporter = reporter_class(at_end=Decision.KEEP)
    train(config, reporter, tmp_path)

    seeding.seed(config.seed)
    setup = prepare(config)
    network = setup.module
    weights = list(network.parameters())
    velocity = [torch.zeros_like(weight) for weight in weights]
    batches = list(setup.loaders()["train_dataloaders"])
    for step, batch in enumerate(batches):
        before = [weight.detach().clone() for weight in weights]
        first = torch.autograd.grad(loss(network, batch), weights)
        length = torch.stack([g.norm() for g in first]).norm()
        with torch.no_grad():
            for weight, g in zip(weights, first, strict=True):
                weight.add_(0.5 * g / length)
        applied = [g.clone() for g in torch.autograd.grad(loss(network, batch), weights)]
        for w, g in zip(before, applied, strict=True):
            g.add_(0.1 * w if w.ndim > 1 else 0.0 * w)
        length = torch.stack([g.norm() for g in applied]).norm()
        rate = 0.1 * config.schedule.factor(step, len(batches), steps_per_epoch=len(batches))  # type: ignore[union-attr]
        with torch.no_grad():
            for weight, w, g, v in zip(weights, before, applied, velocity, strict=True):
                v.mul_(0.9).add_(g * min(1.0, float(0.5 / length)))
                weight.copy_((w * (1 - rate * 2.0) if w.ndim > 1 else w) - rate * v)

    trained = torch.load(reporter.artifacts["best.ckpt"])["state_dict"]
    for name, weight in network.named_parameters():
        torch.testing.assert_close(trained[name], weight.detach(), rtol=1e-4, atol=1e-6)


def loss(network: Any, batch: tuple[Tensor, Tensor]) -> Tensor:
    result: Tensor = network.task.training_loss(network(batch[0]), batch[1])
    return result


def test_the_second_evaluation_leaves_running_statistics_alone() -> None:
    torch.manual_seed(0)
    model, once = (nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3)) for _ in range(2))
    once.load_state_dict(model.state_dict())
    inputs = torch.randn(8, 3)
    once(inputs)
    take_step(OPTIMIZERS.parse({"name": "sam", "rho": 5.0}).for_model(model), lambda: torch.sum(model(inputs) ** 3))
    assert all(torch.equal(ours, expected) for ours, expected in zip(model.buffers(), once.buffers(), strict=True))


@pytest.mark.parametrize("name", ["sam", "lbfgs"])
def test_a_run_reports_loss_and_gradient_at_the_weights(
    name: str, small: Small, tmp_path: Path, reporter_class: Any
) -> None:
    """However often a step evaluates the batch, what is reported is the first time."""
    curves = []
    for fields in ({"name": "sgd"}, {"name": "sam", "rho": 0.5} if name == "sam" else {"name": name}):
        reporter = reporter_class()
        train(small(epochs=1, batch_size=178, optimizer=fields), reporter, tmp_path / fields["name"])
        curves.append(reporter.curve("train_loss") + reporter.curve("grad_norm"))
    assert curves[0][0] == pytest.approx(curves[1][0])
    if name == "lbfgs":
        assert curves[0][1] == pytest.approx(curves[1][1])


class Bowl(nn.Module):
    """A convex quadratic in 8 dimensions, with correlated parameters."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        mixing = torch.randn(8, 8, dtype=torch.float64, generator=generator)
        self.matrix = mixing @ mixing.T / 8 + 0.5 * torch.eye(8, dtype=torch.float64)
        self.w = nn.Parameter(torch.randn(8, dtype=torch.float64, generator=generator))

    def forward(self) -> Tensor:
        return self.w @ self.matrix @ self.w / 2


def test_lbfgs_solves_a_quadratic_in_little_more_iterations_than_dimensions() -> None:
    model = Bowl()
    optimizer = OPTIMIZERS.parse({"name": "lbfgs", "max_iter": 12}).for_model(model)
    take_step(optimizer, model)
    assert float(model().detach()) < 1e-8


@law("optimizer.lbfgs")
def test_every_step_of_lbfgs_is_that_of_the_two_loop_recursion() -> None:
    model = Bowl()
    fields = {"name": "lbfgs", "lr": 0.05, "max_iter": 1, "history_size": 4, "line_search": "none"}
    optimizer = OPTIMIZERS.parse(fields).for_model(model)
    w, pairs = model.w.detach().clone(), []
    for t in range(1, STEPS + 1):
        g = model.matrix @ w
        direction = -two_loops(g, pairs)
        # The first step has no curvature to go by: torch takes its 1-norm for a length of at most 1.
        following = w + (min(1.0, 1 / float(g.abs().sum())) if t == 1 else 1.0) * 0.05 * direction
        pairs = [*pairs, (following - w, model.matrix @ following - g)][-4:]
        w = following
        take_step(optimizer, model)
        torch.testing.assert_close(model.w.detach(), w, rtol=1e-6, atol=1e-9)


def two_loops(g: Tensor, pairs: list[tuple[Tensor, Tensor]]) -> Tensor:
    """Liu & Nocedal: H g from pairs (s, y), oldest first."""
    q, alphas = g.clone(), []
    for s, y in reversed(pairs):
        alphas.append((s @ q) / (s @ y))
        q = q - alphas[-1] * y
    if pairs:
        s, y = pairs[-1]
        q = q * (s @ y) / (y @ y)
    for (s, y), alpha in zip(pairs, reversed(alphas), strict=True):
        q = q + s * (alpha - (y @ q) / (s @ y))
    return q
