"""An optimizer of somebody else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import torch
from torch import Tensor

from studyhall import Optimizer, hp, log_uniform


class SignDescent(torch.optim.Optimizer):
    """w ← w - lr · sign(g)."""

    def __init__(self, params: Iterable[Tensor], lr: float) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.sub_(group["lr"] * parameter.grad.sign())
        return loss


class SignSGD(Optimizer):
    """Steps of one size in the direction of the gradient's sign (Bernstein et al., 2018)."""

    target = "spirals.sign_sgd:SignDescent"
    name: Literal["sign_sgd"] = "sign_sgd"
    lr: float = hp(1e-3, gt=0, lt=1, search=log_uniform(1e-4, 1e-2), help="Size of every step.")
