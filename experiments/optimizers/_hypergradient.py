"""SGD that learns its rate."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from experiments.optimizers._rule import Closure, evaluated, kept, total, with_gradients


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
        moved = [(group, *with_gradients(group)) for group in self.param_groups]
        agreement = self._agreement([pair for _, *lists in moved for pair in zip(*lists, strict=True)])
        first = self.param_groups[0]
        share = max(0.0, first["share"] + first["mu"] / first["start"] * agreement)
        for group, parameters, gradients in moved:
            group["share"] = share
            if parameters:
                torch._foreach_sub_(parameters, gradients, alpha=group["lr"] * share)
        return loss

    def _agreement(self, pairs: list[tuple[Tensor, Tensor]]) -> float:
        """The product of these gradients and the last ones, which are 0 at first; then these are the last."""
        if not pairs:
            return 0.0
        gradients = [gradient for _, gradient in pairs]
        last = kept([self.state[parameter] for parameter, _ in pairs], "last", gradients)
        product = total(torch._foreach_mul(gradients, last))
        torch._foreach_copy_(last, gradients)
        return float(product)  # all that a step reads from the device
