"""Optimizers that call their closure several times, and say which gradient is the one that counts."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from experiments.optimizers._rule import Closure, Tensors, evaluated, with_gradients

_STABILITY = 0.01
"""Kwon et al. (2021) add it to the weights that measure the adaptive ball."""


class SharpnessAware(torch.optim.Optimizer):
    """Mixed into a base optimizer: its step is taken with the gradient at the worst point of a ball.

    ``probing`` is true while the gradient is computed that only finds this point. After the second one ``restore`` puts
    the weights back; whoever changes gradient or weights before the base's step calls it first.
    """

    probing = False
    buffers: tuple[Tensor, ...] = ()

    def step(self, closure: Closure | None = None) -> Any:
        """Evaluate at the weights and at the worst point, then let the base step; returns the loss at the weights."""
        if closure is None:
            raise RuntimeError("SAM needs a closure that computes loss and gradient: it calls it twice")
        self.probing = True
        try:
            loss = evaluated(closure)
        finally:
            self.probing = False
        self._away: dict[Tensor, Tensor] = {}
        self._climb()
        super().step(lambda: self._at_worst_point(closure))
        return loss

    @torch.no_grad()
    def _climb(self) -> None:
        """w ← w + e, with a copy of w kept."""
        held = [(group, *with_gradients(group)) for group in self.param_groups]
        climbs = [
            (parameters, *_directions(parameters, gradients, group["adaptive"]), group["rho"])
            for group, parameters, gradients in held
            if parameters
        ]
        if not climbs:
            return
        norm = torch.stack([length for _, _, measured, _ in climbs for length in torch._foreach_norm(measured)]).norm()
        for parameters, directions, _, rho in climbs:
            self._away |= zip(parameters, torch._foreach_clone(parameters), strict=True)
            torch._foreach_add_(parameters, torch._foreach_mul(directions, rho / (norm + 1e-12)))

    def _at_worst_point(self, closure: Closure) -> Any:
        """Compute the gradient, with running statistics left as the first evaluation has made them."""
        kept = list(torch._foreach_clone(self.buffers)) if self.buffers else []
        try:
            loss = closure()
        finally:
            self.restore()
        with torch.no_grad():
            if self.buffers:
                torch._foreach_copy_(self.buffers, kept)
            self._decay()
        return loss

    @torch.no_grad()
    def restore(self) -> None:
        """Put the weights back from where the gradient was taken; nothing if they are back already."""
        if self._away:
            torch._foreach_copy_(list(self._away), list(self._away.values()))
        self._away.clear()

    def _decay(self) -> None:
        for group in self.param_groups:
            parameters, _ = with_gradients(group)
            if group["decay"] and parameters:
                torch._foreach_mul_(parameters, 1 - group["lr"] * group["decay"])


def _directions(parameters: Tensors, gradients: Tensors, adaptive: bool) -> tuple[Tensors, Tensors]:
    """The directions of e, and what its length is measured by."""
    if not adaptive:
        return gradients, gradients
    units = torch._foreach_abs(parameters)
    torch._foreach_add_(units, _STABILITY)
    measured = torch._foreach_mul(units, gradients)
    return torch._foreach_mul(units, measured), measured


class _OverMomentum(SharpnessAware, torch.optim.SGD):
    pass


class _OverAdamW(SharpnessAware, torch.optim.AdamW):
    pass


def sam(
    params: Any,
    lr: float,
    base: str,
    rho: float,
    adaptive: bool,
    momentum: float,
    weight_decay: float,
    fused: bool | None = None,
) -> SharpnessAware:
    """The sharpness-aware form of a base optimizer."""
    optimizer: SharpnessAware = (
        _OverMomentum(params, lr=lr, momentum=momentum, weight_decay=weight_decay, fused=fused)
        if base == "momentum"
        else _OverAdamW(params, lr=lr, weight_decay=weight_decay, fused=fused)
    )
    for group in (optimizer.defaults, *optimizer.param_groups):
        # torch's SGD would add its decay to the gradient. Groups that come later start from the defaults.
        group |= {"rho": rho, "adaptive": adaptive, "decay": group["weight_decay"], "weight_decay": 0.0}
    return optimizer


class LBFGS(torch.optim.LBFGS):
    """torch's, which says that only the first evaluation of a step is the one to be measured."""

    probing = False

    def step(self, closure: Closure) -> Any:  # type: ignore[override]
        """Several iterations, each with one evaluation or more."""

        def evaluate() -> Any:
            loss = closure()
            self.probing = True
            return loss

        try:
            return super().step(evaluate)  # type: ignore[no-untyped-call]
        finally:
            self.probing = False
