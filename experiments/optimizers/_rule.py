"""The frame of optimizers that treat each parameter by itself."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

Closure = Callable[[], Any]
Betas = tuple[float, float]


def evaluated(closure: Closure | None) -> Any:
    """What the closure returns, after it has computed new gradients."""
    if closure is None:
        return None
    with torch.enable_grad():
        return closure()


class Rule(Optimizer):
    """An optimizer whose step is ``update`` for one parameter after another."""

    def __init__(self, params: Any, **defaults: Any) -> None:
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Update every parameter that has a gradient; returns the closure's loss."""
        loss = evaluated(closure)
        for group in self.param_groups:
            self.starts(group)
            for parameter, gradient in with_gradients(group):
                self.update(parameter, gradient, self.state[parameter], group)
        return loss

    def starts(self, group: dict[str, Any]) -> None:
        """Called once a step for each group, before its parameters."""

    @abstractmethod
    def update(self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Change ``parameter`` in place; ``state`` is its own, and empty at the first step."""


def with_gradients(group: dict[str, Any]) -> Iterator[tuple[Tensor, Tensor]]:
    """The parameters of a group that have a gradient, with it."""
    return ((parameter, parameter.grad) for parameter in group["params"] if parameter.grad is not None)


def average(state: dict[str, Any], name: str, value: Tensor, share: float) -> Tensor:
    """The moving average ``name`` of a state, from 0 on, with ``value`` taken in; ``share`` of the old one stays."""
    if name not in state:
        state[name] = torch.zeros_like(value)
    kept: Tensor = state[name]
    return kept.lerp_(value, 1 - share)


def moments(state: dict[str, Any], gradient: Tensor, betas: Betas) -> tuple[Tensor, Tensor]:
    """The averages of gradient and squared gradient, corrected for their start at 0 (Kingma & Ba, 2015)."""
    step = count(state)
    mean = average(state, "mean", gradient, betas[0])
    square = average(state, "square", gradient**2, betas[1])
    return mean / (1 - betas[0] ** step), square / (1 - betas[1] ** step)


def count(state: dict[str, Any]) -> int:
    """The number of this step, from 1 on."""
    step: int = state.get("step", 0) + 1
    state["step"] = step
    return step


def decay(parameter: Tensor, group: dict[str, Any]) -> None:
    """w ← (1 - lr · weight_decay) · w."""
    if group["weight_decay"]:
        parameter.mul_(1 - group["lr"] * group["weight_decay"])
