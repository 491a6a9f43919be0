"""The step of Prodigy, whose estimate d all parameters share."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from experiments.optimizers._rule import Betas, Closure, Tensors, average, evaluated, roots, total, with_gradients


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
        moved = [(group, *with_gradients(group)) for group in self.param_groups]
        sums = [self._move(group, parameters, gradients) for group, parameters, gradients in moved if parameters]
        # All that a step reads from the device, it reads at once.
        added, size = torch.stack(sums).sum(0).tolist() if sums else (0.0, 0.0)
        self._estimate(added, size)
        return loss

    def _move(self, group: dict[str, Any], parameters: Tensors, gradients: Tensors) -> Tensor:
        """One step of a group; returns what it adds to the numerator, and the 1-norm of its share of s."""
        (beta1, beta2), lr, d = group["betas"], group["lr"], group["d"]
        fading = beta2**0.5
        states = [self.state[parameter] for parameter in parameters]
        for state, parameter in zip(states, parameters, strict=True):
            if not state:
                state["start"] = parameter.clone()
        distances = torch._foreach_sub([state["start"] for state in states], parameters)
        torch._foreach_mul_(distances, gradients)
        added = (1 - fading) * lr * d**2 * total(distances)
        weighted = average(states, "weighted", torch._foreach_mul(gradients, lr * d**2), fading)
        size = total(torch._foreach_norm(weighted, 1))
        scaled = torch._foreach_mul(gradients, d)
        means = average(states, "mean", scaled, beta1)
        squares = average(states, "square", torch._foreach_mul(scaled, scaled), beta2)
        torch._foreach_mul_(parameters, 1 - lr * d * group["weight_decay"])
        torch._foreach_addcdiv_(parameters, means, roots(squares, d * group["eps"]), -lr * d)
        return torch.stack([added, size])

    def _estimate(self, added: float, size: float) -> None:
        first = self.param_groups[0]
        numerator = first["betas"][1] ** 0.5 * first["numerator"] + added
        d = max(first["d"], numerator / size) if size > 0 else first["d"]
        for group in self.param_groups:
            group["numerator"], group["d"] = numerator, d
