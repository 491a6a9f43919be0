"""SGD that learns its rate."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from experiments.optimizers._rule import Closure, evaluated, with_gradients


class Hypergradient(Optimizer):
    """Baydin et al. (2018), algorithm 4.

    ``share`` is the learned rate as a share of the first one, ``start``; both stand in every group, because groups are
    saved.
    """

    def __init__(self, params: Any, lr: float, mu: float) -> None:
        super().__init__(params, {"lr": lr, "mu": mu, "share": 1.0, "start": lr})

    @property
    def adapted(self) -> float:
        """The learned rate as a factor of the configured one."""
        return float(self.param_groups[0]["share"])

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Learn the rate from this gradient and the last, then step along this one."""
        loss = evaluated(closure)
        pairs = [(parameter, gradient) for group in self.param_groups for parameter, gradient in with_gradients(group)]
        agreement = sum(
            float((gradient * self.state[parameter].get("last", 0.0)).sum()) for parameter, gradient in pairs
        )
        first = self.param_groups[0]
        share = max(0.0, first["share"] + first["mu"] / first["start"] * agreement)
        for group in self.param_groups:
            group["share"] = share
            for parameter, gradient in with_gradients(group):
                parameter.sub_(gradient, alpha=group["lr"] * share)
                self._remember(parameter, gradient)
        return loss

    def _remember(self, parameter: Tensor, gradient: Tensor) -> None:
        self.state[parameter]["last"] = gradient.clone()
