"""The frame of optimizers of ours: each takes the parameters of a group together, in operations on lists of tensors."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

Closure = Callable[[], Any]
Betas = tuple[float, float]
Tensors = list[Tensor] | tuple[Tensor, ...]
States = list[dict[str, Any]]


def evaluated(closure: Closure | None) -> Any:
    """What the closure returns, after it has computed new gradients."""
    if closure is None:
        return None
    with torch.enable_grad():
        return closure()


class Rule(Optimizer):
    """An optimizer whose step is ``update`` for one group after another."""

    def __init__(self, params: Any, **defaults: Any) -> None:
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Update every parameter that has a gradient; returns the closure's loss."""
        loss = evaluated(closure)
        for group in self.param_groups:
            self.starts(group)
            parameters, gradients = with_gradients(group)
            if parameters:
                self.update(parameters, gradients, [self.state[parameter] for parameter in parameters], group)
        return loss

    def starts(self, group: dict[str, Any]) -> None:
        """Called once a step for each group, before its parameters."""

    @abstractmethod
    def update(self, parameters: Tensors, gradients: Tensors, states: States, group: dict[str, Any]) -> None:
        """Change parameters in place; a state is that of one parameter, and empty at its first step.

        The parameters of a group may have taken different numbers of steps.
        """


class OneByOne(Rule):
    """A rule with matrices of its own for each parameter, which are taken one after another."""

    def update(self, parameters: Tensors, gradients: Tensors, states: States, group: dict[str, Any]) -> None:
        """Change each parameter."""
        for parameter, gradient, state in zip(parameters, gradients, states, strict=True):
            self.move(parameter, gradient, state, group)

    @abstractmethod
    def move(self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Change ``parameter`` in place; ``state`` is its own, and empty at the first step."""


def with_gradients(group: dict[str, Any]) -> tuple[Tensors, Tensors]:
    """The parameters of a group that have a gradient, and the gradients."""
    parameters = [parameter for parameter in group["params"] if parameter.grad is not None]
    return parameters, [parameter.grad for parameter in parameters]


def kept(states: States, name: str, like: Tensors) -> Tensors:
    """The tensors ``name`` of the states, each of which begins as zeros in the form of one of ``like``."""
    for state, tensor in zip(states, like, strict=True):
        if name not in state:
            state[name] = torch.zeros_like(tensor)
    return [state[name] for state in states]


def average(states: States, name: str, values: Tensors, share: float) -> Tensors:
    """The moving averages ``name``, from 0 on, with ``values`` taken in; ``share`` of the old ones stays."""
    averages = kept(states, name, values)
    torch._foreach_lerp_(averages, values, 1 - share)
    return averages


def moments(states: States, gradients: Tensors, betas: Betas) -> tuple[Tensors, Tensors]:
    """New tensors: averages of gradient and squared gradient, corrected for their start at 0 (Kingma & Ba, 2015)."""
    steps = count(states)
    means = average(states, "mean", gradients, betas[0])
    squares = average(states, "square", torch._foreach_mul(gradients, gradients), betas[1])
    return corrected(means, betas[0], steps), corrected(squares, betas[1], steps)


def corrected(averages: Tensors, share: float, steps: list[int]) -> Tensors:
    """The averages, without the 0 at which they began so many steps ago."""
    return torch._foreach_div(averages, [1 - share**step for step in steps])


def roots(squares: Tensors, eps: float) -> Tensors:
    """The roots plus ``eps``."""
    found = torch._foreach_sqrt(squares)
    torch._foreach_add_(found, eps)
    return found


def count(states: States, name: str = "step") -> list[int]:
    """The number of this step for each state, from 1 on."""
    for state in states:
        state[name] = state.get(name, 0) + 1
    return [state[name] for state in states]


def decay(parameters: Tensors, group: dict[str, Any]) -> None:
    """w ← (1 - lr · weight_decay) · w."""
    if group["weight_decay"]:
        torch._foreach_mul_(parameters, 1 - group["lr"] * group["weight_decay"])


def total(tensors: Tensors) -> Tensor:
    """The sum of all entries, as a number that stays on the device."""
    return torch.stack([tensor.sum() for tensor in tensors]).sum(dtype=torch.float64)
