"""The step of Prodigy, whose estimate d all parameters share."""

from __future__ import annotations

from typing import Any

import torch
from torch.optim import Optimizer

from experiments.optimizers._rule import Betas, Closure, average, evaluated, with_gradients


class Prodigy(Optimizer):
    """Mishchenko & Defazio (2024), algorithm 4.

    ``d`` and the numerator of its estimate stand in every group, because they belong to the state that is saved.
    """

    def __init__(self, params: Any, lr: float, betas: Betas, eps: float, weight_decay: float, d0: float) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "d": d0, "numerator": 0.0}
        super().__init__(params, defaults)

    @property
    def adapted(self) -> float:
        """The found rate as a factor of the configured one."""
        return float(self.param_groups[0]["d"])

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Move every parameter by the present d, then estimate d anew."""
        loss = evaluated(closure)
        numerator, denominator = 0.0, 0.0
        for group in self.param_groups:
            added, size = self._move(group)
            numerator, denominator = numerator + added, denominator + size
        self._estimate(numerator, denominator)
        return loss

    def _move(self, group: dict[str, Any]) -> tuple[float, float]:
        """One step of a group; returns what it adds to the numerator, and the 1-norm of its share of s."""
        (beta1, beta2), lr, d = group["betas"], group["lr"], group["d"]
        fading = beta2**0.5
        added = size = 0.0
        for parameter, gradient in with_gradients(group):
            state = self.state[parameter]
            start = state.setdefault("start", parameter.clone())
            added += (1 - fading) * lr * d**2 * float((gradient * (start - parameter)).sum())
            size += float(average(state, "weighted", lr * d**2 * gradient, fading).abs().sum())
            mean = average(state, "mean", d * gradient, beta1)
            square = average(state, "square", (d * gradient) ** 2, beta2)
            parameter.mul_(1 - lr * d * group["weight_decay"])
            parameter.addcdiv_(mean, square.sqrt() + d * group["eps"], value=-lr * d)
        return added, size

    def _estimate(self, added: float, size: float) -> None:
        first = self.param_groups[0]
        numerator = first["betas"][1] ** 0.5 * first["numerator"] + added
        d = max(first["d"], numerator / size) if size > 0 else first["d"]
        for group in self.param_groups:
            group["numerator"], group["d"] = numerator, d
