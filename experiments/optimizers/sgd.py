"""Stochastic gradient descent, plain and with momentum."""

from __future__ import annotations

from typing import Any, Literal

from experiments.component import hp, log_uniform, uniform
from experiments.optimizers import OPTIMIZERS, Optimizer


@OPTIMIZERS.add
class SGD(Optimizer):
    """w ← w - lr · g over mini-batches (Robbins & Monro, 1951)."""

    target = "torch.optim:SGD"
    name: Literal["sgd"] = "sgd"
    lr: float = hp(1e-1, gt=0, search=log_uniform(1e-3, 1.0), help="Base learning rate.")


@OPTIMIZERS.add
class Momentum(Optimizer):
    """v ← momentum · v + g, w ← w - lr · v (Polyak, 1964; Sutskever et al., 2013).

    The form with an average, v ← β v + (1 - β) g, is the same with lr divided by 1 - β.
    """

    target = "torch.optim:SGD"
    aliases = ("sgdm",)
    name: Literal["momentum"] = "momentum"
    lr: float = hp(3e-2, gt=0, search=log_uniform(1e-3, 1.0), help="Base learning rate.")
    momentum: float = hp(0.9, gt=0, lt=1, search=uniform(0.5, 0.99), help="Share of the last velocity that stays.")


@OPTIMIZERS.add
class Nesterov(Optimizer):
    """Momentum whose gradient is taken at the look-ahead point w - lr · momentum · v.

    Nesterov (1983), in the form of Sutskever et al. (2013). The parameters are those of the look-ahead point, as is
    usual in libraries. A look-ahead without lr in it diverges.
    """

    target = "torch.optim:SGD"
    aliases = ("nag",)
    name: Literal["nesterov"] = "nesterov"
    lr: float = hp(3e-2, gt=0, search=log_uniform(1e-3, 1.0), help="Base learning rate.")
    momentum: float = hp(0.9, gt=0, lt=1, search=uniform(0.5, 0.99), help="Share of the last velocity that stays.")

    def arguments(self) -> dict[str, Any]:
        """The fields, and torch's switch."""
        return {**super().arguments(), "nesterov": True}
