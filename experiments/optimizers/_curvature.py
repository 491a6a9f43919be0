"""Hutchinson's estimate of the Hessian's diagonal, and the steps that rest on it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor

from experiments.optimizers._rule import Betas, Closure, Rule, average, count, decay


class Curved(Rule):
    """Computes gradients itself, in ``backward``, because it goes through them once more for the curvature.

    The parameters' gradients keep no graph, so clipping and penalties may change them. When gradients of several
    batches are accumulated, so are the estimates.
    """

    def __init__(self, params: Any, **defaults: Any) -> None:
        super().__init__(params, **defaults, done=0)
        self._estimates: dict[Tensor, Tensor] = {}
        self._fed = False

    @property
    def summed(self) -> list[Tensor]:
        """What is added up, batch by batch, beside the gradients."""
        return list(self._estimates.values())

    def backward(self, loss: Tensor, *args: Any, **kwargs: Any) -> None:
        """In the place of ``loss.backward()``: add to the gradients, and to the estimates if new ones are due."""
        parameters = [p for group in self.param_groups for p in group["params"] if p.requires_grad]
        self._fed = True
        due = self._due(self.param_groups[0]["done"])
        found = torch.autograd.grad(loss, parameters, create_graph=due, allow_unused=True)
        pairs = [
            (parameter, gradient) for parameter, gradient in zip(parameters, found, strict=True) if gradient is not None
        ]
        for parameter, gradient in pairs:
            _add(parameter, gradient.detach())
        curved = [(parameter, gradient) for parameter, gradient in pairs if gradient.requires_grad]
        if curved:
            self._estimate(*map(list, zip(*curved, strict=True)))

    def _due(self, done: int) -> bool:
        """Whether the step after so many brings new estimates; a group that has joined later keeps to the first's."""
        return bool(done % self.param_groups[0]["update_period"] == 0)

    def _estimate(self, parameters: list[Tensor], gradients: list[Tensor]) -> None:
        probes = [self.probe(parameter) for parameter in parameters]
        products = torch.autograd.grad(gradients, parameters, probes, allow_unused=True)
        for parameter, probe, product in zip(parameters, probes, products, strict=True):
            if product is not None:
                before = self._estimates.get(parameter)
                self._estimates[parameter] = probe * product if before is None else before + probe * product

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """One step of every parameter; the estimates are used up."""
        loss = super().step(closure)
        self._estimates.clear()
        self._fed = False
        return loss

    def starts(self, group: dict[str, Any]) -> None:
        """Count steps, and see that the gradients came from here."""
        if not self._fed:
            raise RuntimeError("this optimizer takes the gradient itself: call its backward(loss), not loss.backward()")
        group["done"] += 1

    def update(self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Decay, then the step; where the loss is linear the curvature is 0.

        A parameter whose first gradient comes between two estimates waits for the next: of its curvature nothing is
        known, and taken as 0 it would make the step as long as ``eps`` allows.
        """
        due = self._due(self.param_groups[0]["done"] - 1)
        if parameter in self._estimates or (due and not state):
            estimate = self._estimates.get(parameter)
            self.learn(torch.zeros_like(parameter) if estimate is None else estimate, state, group)
        if not state:
            return
        decay(parameter, group)
        parameter.sub_(self.direction(gradient, state, group), alpha=group["lr"])

    @abstractmethod
    def probe(self, parameter: Tensor) -> Tensor:
        """A random direction, in which the curvature is measured."""

    @abstractmethod
    def learn(self, estimate: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Take in a new estimate of the diagonal."""

    @abstractmethod
    def direction(self, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Tensor:
        """What the parameter goes down, in units of lr."""


class AdaHessian(Curved):
    """Yao et al. (2021), algorithm 1."""

    def __init__(
        self,
        params: Any,
        lr: float,
        betas: Betas,
        hessian_power: float,
        eps: float,
        update_period: int,
        weight_decay: float,
    ) -> None:
        power = {"hessian_power": hessian_power, "update_period": update_period}
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, **power)

    def probe(self, parameter: Tensor) -> Tensor:
        """Random signs."""
        return torch.randint_like(parameter, 2).mul_(2).sub_(1)

    def learn(self, estimate: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """The mean square, after averaging over convolution kernels."""
        if estimate.ndim > 2:
            estimate = estimate.mean(dim=tuple(range(2, estimate.ndim)), keepdim=True).expand_as(estimate)
        average(state, "square", estimate**2, group["betas"][1])
        state["learned"] = state.get("learned", 0) + 1

    def direction(self, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Tensor:
        """The corrected mean over the corrected curvature."""
        beta1, beta2 = group["betas"]
        step = count(state)
        mean = average(state, "mean", gradient, beta1) / (1 - beta1**step)
        curvature = (state["square"] / (1 - beta2 ** state["learned"])).sqrt()
        scaled: Tensor = mean / (curvature ** group["hessian_power"] + group["eps"])
        return scaled


class Sophia(Curved):
    """Liu et al. (2023), algorithm 3 with the estimator of algorithm 1."""

    def __init__(
        self, params: Any, lr: float, betas: Betas, gamma: float, eps: float, update_period: int, weight_decay: float
    ) -> None:
        own = {"gamma": gamma, "update_period": update_period}
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, **own)

    def probe(self, parameter: Tensor) -> Tensor:
        """A normal vector."""
        return torch.randn_like(parameter)

    def learn(self, estimate: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """The average."""
        average(state, "curvature", estimate, group["betas"][1])

    def direction(self, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Tensor:
        """The mean over the curvature, cut."""
        mean = average(state, "mean", gradient, group["betas"][0])
        cut: Tensor = (mean / (group["gamma"] * state["curvature"]).clamp(min=group["eps"])).clamp(-1, 1)
        return cut


def _add(parameter: Tensor, gradient: Tensor) -> None:
    parameter.grad = gradient if parameter.grad is None else parameter.grad + gradient
