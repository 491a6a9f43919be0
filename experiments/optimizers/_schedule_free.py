"""Schedule-free steps: three sequences, of which the model holds one at a time."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor

from experiments.optimizers._rule import Closure, Rule, average


class ScheduleFree(Rule):
    """Keeps z and x for every parameter, which is y in training and x otherwise.

    Both are kept, so that switching to and fro loses nothing, and a resumed run finds its y again.
    """

    def __init__(self, params: Any, **defaults: Any) -> None:
        super().__init__(params, **defaults, step=0, weights=0.0, share=1.0, rate=0.0, training=True)

    @torch.no_grad()
    def train(self) -> None:
        """Put y into the parameters: gradients are taken there."""
        for parameter, state, group in self._known():
            parameter.copy_(self._between(state, group))
        self._note(training=True)

    @torch.no_grad()
    def eval(self) -> None:
        """Put x into the parameters: it is the result."""
        for parameter, state, _ in self._known():
            parameter.copy_(state["x"])
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

    def update(self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Move z along the gradient, x towards z, and the parameter between them."""
        for name in ("z", "x"):
            if name not in state:
                state[name] = parameter.clone()
        change = self.direction(gradient, state, group) + group["weight_decay"] * parameter
        state["z"].sub_(change, alpha=group["rate"])
        state["x"].lerp_(state["z"], group["share"])
        parameter.copy_(self._between(state, group))

    @abstractmethod
    def direction(self, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Tensor:
        """What z goes down."""

    def _between(self, state: dict[str, Any], group: dict[str, Any]) -> Tensor:
        y: Tensor = torch.lerp(state["z"], state["x"], group["beta1"])
        return y

    def _known(self) -> list[tuple[Tensor, dict[str, Any], dict[str, Any]]]:
        """The parameters that have taken a step."""
        pairs = [(parameter, group) for group in self.param_groups for parameter in group["params"]]
        return [(parameter, self.state[parameter], group) for parameter, group in pairs if self.state.get(parameter)]

    def _note(self, training: bool) -> None:
        for group in self.param_groups:
            group["training"] = training


class ScheduleFreeSGD(ScheduleFree):
    """Defazio et al. (2024), equations 3 to 5."""

    def __init__(self, params: Any, lr: float, beta1: float, weight_decay: float) -> None:
        super().__init__(params, lr=lr, beta1=beta1, weight_decay=weight_decay)

    def direction(self, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Tensor:
        """The gradient."""
        return gradient


class ScheduleFreeAdamW(ScheduleFree):
    """Defazio et al. (2024), algorithm 1."""

    def __init__(self, params: Any, lr: float, beta1: float, beta2: float, eps: float, weight_decay: float) -> None:
        super().__init__(params, lr=lr, beta1=beta1, beta2=beta2, eps=eps, weight_decay=weight_decay)

    def rate(self, group: dict[str, Any]) -> float:
        """Corrected for the start of the mean square at 0."""
        return float(group["lr"] * (1 - group["beta2"] ** group["step"]) ** 0.5)

    def direction(self, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Tensor:
        """The gradient over the root of the mean square."""
        square = average(state, "square", gradient**2, group["beta2"])
        scaled: Tensor = gradient / (square.sqrt() + group["eps"])
        return scaled
