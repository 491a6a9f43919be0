"""Schedule-free steps: three sequences, of which the model holds one at a time."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

import torch

from experiments.optimizers._rule import Closure, Rule, States, Tensors, average, roots


class ScheduleFree(Rule):
    """Keeps z and x for every parameter, which is y in training and x otherwise.

    Both are kept, so that switching to and fro loses nothing, and a resumed run finds its y again.
    """

    def __init__(self, params: Any, **defaults: Any) -> None:
        super().__init__(params, **defaults, step=0, weights=0.0, share=1.0, rate=0.0, training=True)

    @torch.no_grad()
    def train(self) -> None:
        """Put y into the parameters: gradients are taken there."""
        for parameters, states, group in self._known():
            torch._foreach_copy_(parameters, _between(states, group))
        self._note(training=True)

    @torch.no_grad()
    def eval(self) -> None:
        """Put x into the parameters: it is the result."""
        for parameters, states, _ in self._known():
            torch._foreach_copy_(parameters, _named(states, "x"))
        self._note(training=False)

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """One step of z and x; parameters are the new y."""
        if not all(group["training"] for group in self.param_groups):
            raise RuntimeError("call train() before the step: the parameters hold the mean, which is for judging")
        return super().step(closure)

    def starts(self, group: dict[str, Any]) -> None:
        """The rate of this step, and the share that its z has in the mean."""
        group["step"] += 1
        group["rate"] = self.rate(group)
        group["weights"] += group["rate"] ** 2
        group["share"] = group["rate"] ** 2 / group["weights"] if group["weights"] else 1.0

    def rate(self, group: dict[str, Any]) -> float:
        """The length of this step."""
        return float(group["lr"])

    def update(self, parameters: Tensors, gradients: Tensors, states: States, group: dict[str, Any]) -> None:
        """Move z along the gradient, x towards z, and the parameter between them."""
        for state, parameter in zip(states, parameters, strict=True):
            if not state:
                state["z"], state["x"] = parameter.clone(), parameter.clone()
        changes = torch._foreach_add(self.directions(gradients, states, group), parameters, alpha=group["weight_decay"])
        z = _named(states, "z")
        torch._foreach_sub_(z, changes, alpha=group["rate"])
        torch._foreach_lerp_(_named(states, "x"), z, group["share"])
        torch._foreach_copy_(parameters, _between(states, group))

    @abstractmethod
    def directions(self, gradients: Tensors, states: States, group: dict[str, Any]) -> Tensors:
        """What each z goes down."""

    def _known(self) -> Iterator[tuple[Tensors, States, dict[str, Any]]]:
        """The parameters that have taken a step, by group."""
        for group in self.param_groups:
            if known := [parameter for parameter in group["params"] if self.state.get(parameter)]:
                yield known, [self.state[parameter] for parameter in known], group

    def _note(self, training: bool) -> None:
        for group in self.param_groups:
            group["training"] = training


class ScheduleFreeSGD(ScheduleFree):
    """Defazio et al. (2024), equations 3 to 5."""

    def __init__(self, params: Any, lr: float, beta1: float, weight_decay: float) -> None:
        super().__init__(params, lr=lr, beta1=beta1, weight_decay=weight_decay)

    def directions(self, gradients: Tensors, states: States, group: dict[str, Any]) -> Tensors:
        """The gradient."""
        return gradients


class ScheduleFreeAdamW(ScheduleFree):
    """Defazio et al. (2024), algorithm 1."""

    def __init__(self, params: Any, lr: float, beta1: float, beta2: float, eps: float, weight_decay: float) -> None:
        super().__init__(params, lr=lr, beta1=beta1, beta2=beta2, eps=eps, weight_decay=weight_decay)

    def rate(self, group: dict[str, Any]) -> float:
        """Corrected for the start of the mean square at 0."""
        return float(group["lr"] * (1 - group["beta2"] ** group["step"]) ** 0.5)

    def directions(self, gradients: Tensors, states: States, group: dict[str, Any]) -> Tensors:
        """The gradient over the root of the mean square."""
        squares = average(states, "square", torch._foreach_mul(gradients, gradients), group["beta2"])
        return torch._foreach_div(gradients, roots(squares, group["eps"]))


def _between(states: States, group: dict[str, Any]) -> Tensors:
    """y, between z and x."""
    return torch._foreach_lerp(_named(states, "z"), _named(states, "x"), group["beta1"])


def _named(states: States, name: str) -> Tensors:
    return [state[name] for state in states]
