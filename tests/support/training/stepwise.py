"""Optimizers beside their formulas: a loss whose gradients are known and noisy, and a walk step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from experiments.optimizers import OPTIMIZERS

STEPS = 100
State = dict[str, Any]
Rule = Callable[[Tensor, Tensor, int, State], Tensor]
"""The parameter after step t (from 1), from the parameter, its gradient, and a state that is empty at first."""


class Noisy(nn.Module):
    """A quadratic with curvatures from 0.1 to 10, tilted anew in each step, so that gradients never settle.

    Its only parameter is a matrix, so decay acts on it.
    """

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(3)
        self.w = nn.Parameter(torch.randn(4, 5, dtype=torch.float64, generator=generator))
        self.curvature = torch.logspace(-1, 1, 20, dtype=torch.float64).reshape(4, 5)
        self.tilts = torch.randn(STEPS + 1, 4, 5, dtype=torch.float64, generator=generator)

    def forward(self, t: int) -> Tensor:
        return (self.curvature * (self.w - 1) ** 2 / 2 + self.tilts[t] * self.w).sum()

    def gradient(self, w: Tensor, t: int) -> Tensor:
        return self.curvature * (w - 1) + self.tilts[t]


def follows(rule: Rule, fields: Mapping[str, Any], tolerance: float = 1e-9) -> None:
    """Assert that each of 100 steps of an optimizer with these fields is that of the rule."""
    model = Noisy()
    optimizer = OPTIMIZERS.parse({"lr": 0.05, **fields}).for_model(model)
    expected, state = model.w.detach().clone(), {}
    for t in range(1, STEPS + 1):
        expected = rule(expected, model.gradient(expected, t), t, state)
        take_step(optimizer, lambda t=t: model(t))
        torch.testing.assert_close(model.w.detach(), expected, rtol=tolerance, atol=1e-3 * tolerance)


def take_step(optimizer: torch.optim.Optimizer, loss: Callable[[], Tensor]) -> None:
    """One step as a run takes it: the optimizer calls what computes the gradient, by its own backward if it has one."""

    def closure() -> float:
        optimizer.zero_grad()
        value = loss()
        getattr(optimizer, "backward", Tensor.backward)(value)
        return float(value.detach())

    optimizer.step(closure)


def moments(g: Tensor, s: State, beta1: float = 0.8, beta2: float = 0.95) -> tuple[Tensor, Tensor]:
    """The two averages of Adam, not corrected."""
    s["m"] = beta1 * s.get("m", 0.0) + (1 - beta1) * g
    s["n"] = beta2 * s.get("n", 0.0) + (1 - beta2) * g**2
    return s["m"], s["n"]
