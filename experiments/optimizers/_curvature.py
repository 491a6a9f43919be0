"""Hutchinson's estimate of the Hessian's diagonal, and the steps that rest on it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor

from experiments.optimizers._rule import Betas, Closure, Rule, States, Tensors, average, corrected, count, decay


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
        """Count the steps that have gradients."""
        group["done"] += self._fed

    def update(self, parameters: Tensors, gradients: Tensors, states: States, group: dict[str, Any]) -> None:
        """Decay, then the step; where the loss is linear the curvature is 0.

        A parameter whose first gradient comes between two estimates waits for the next: of its curvature nothing is
        known, and taken as 0 it would make the step as long as ``eps`` allows.

        Raises:
            RuntimeError: the gradients did not come from ``backward``.
        """
        if not self._fed:
            raise RuntimeError("this optimizer takes the gradient itself: call its backward(loss), not loss.backward()")
        due = self._due(self.param_groups[0]["done"] - 1)
        held = list(zip(parameters, gradients, states, strict=True))
        estimated = [
            (self._estimates[parameter] if parameter in self._estimates else torch.zeros_like(parameter), state)
            for parameter, _, state in held
            if parameter in self._estimates or (due and not state)
        ]
        if estimated:
            estimates, learning = map(list, zip(*estimated, strict=True))
            self.learn(estimates, learning, group)
        if known := [each for each in held if each[2]]:
            parameters, gradients, states = map(list, zip(*known, strict=True))
            decay(parameters, group)
            torch._foreach_sub_(parameters, self.directions(gradients, states, group), alpha=group["lr"])

    @abstractmethod
    def probe(self, parameter: Tensor) -> Tensor:
        """A random direction, in which the curvature is measured."""

    @abstractmethod
    def learn(self, estimates: Tensors, states: States, group: dict[str, Any]) -> None:
        """Take in new estimates of the diagonal."""

    @abstractmethod
    def directions(self, gradients: Tensors, states: States, group: dict[str, Any]) -> Tensors:
        """What the parameters go down, in units of lr."""


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

    def learn(self, estimates: Tensors, states: States, group: dict[str, Any]) -> None:
        """The mean square, after averaging over convolution kernels."""
        means = [_mean_of_kernels(estimate) for estimate in estimates]
        average(states, "square", torch._foreach_mul(means, means), group["betas"][1])
        count(states, "learned")

    def directions(self, gradients: Tensors, states: States, group: dict[str, Any]) -> Tensors:
        """The corrected mean over the corrected curvature."""
        beta1, beta2 = group["betas"]
        steps, learned = count(states), [state["learned"] for state in states]
        means = corrected(average(states, "mean", gradients, beta1), beta1, steps)
        curvatures = torch._foreach_sqrt(corrected([state["square"] for state in states], beta2, learned))
        powers = torch._foreach_pow(curvatures, group["hessian_power"])
        torch._foreach_add_(powers, group["eps"])
        return torch._foreach_div(means, powers)


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

    def learn(self, estimates: Tensors, states: States, group: dict[str, Any]) -> None:
        """The average."""
        average(states, "curvature", estimates, group["betas"][1])

    def directions(self, gradients: Tensors, states: States, group: dict[str, Any]) -> Tensors:
        """The mean over the curvature, cut."""
        means = average(states, "mean", gradients, group["betas"][0])
        curvatures = torch._foreach_mul([state["curvature"] for state in states], group["gamma"])
        torch._foreach_clamp_min_(curvatures, group["eps"])
        cut = torch._foreach_div(means, curvatures)
        torch._foreach_clamp_min_(cut, -1)
        torch._foreach_clamp_max_(cut, 1)
        return cut


def _mean_of_kernels(estimate: Tensor) -> Tensor:
    if estimate.ndim <= 2:
        return estimate
    return estimate.mean(dim=tuple(range(2, estimate.ndim)), keepdim=True).expand_as(estimate)


def _add(parameter: Tensor, gradient: Tensor) -> None:
    parameter.grad = gradient if parameter.grad is None else parameter.grad + gradient
