"""Stochastic gradient descent, plain and with momentum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from experiments.component import hp, log_uniform, uniform
from experiments.optimizers import AVERAGE, OPTIMIZERS, POSITIVE_RATE, Optimizer


class _SGD(Optimizer):
    target = "torch.optim:SGD"
    sparse = True
    lr: float = hp(3e-2, gt=0, search=log_uniform(1e-3, 1.0), bound_source=POSITIVE_RATE, help="Base learning rate.")


@OPTIMIZERS.add
class SGD(_SGD):
    """A step down the gradient of each mini-batch, always of the same factor."""

    formula = "w ← w - lr · g"
    source = "Robbins & Monro, 1951, A Stochastic Approximation Method"
    misconceptions = (
        "“The noise of SGD is there to escape shallow local minima”: in many dimensions saddle points and plateaus are "
        "the main obstacle (Dauphin et al., 2014).",
    )
    name: Literal["sgd"] = "sgd"
    lr: float = hp(1e-1, gt=0, search=log_uniform(1e-3, 1.0), bound_source=POSITIVE_RATE, help="Base learning rate.")


class _WithMomentum(_SGD):
    momentum: float = hp(
        0.9, gt=0, lt=1, search=uniform(0.5, 0.99), bound_source=AVERAGE, help="Share of the last velocity that stays."
    )


@OPTIMIZERS.add
class Momentum(_WithMomentum):
    """A velocity gathers the gradients; old ones fade.

    The form with an average, v ← momentum · v + (1 - momentum) · g, takes the same steps at lr / (1 - momentum).
    """

    formula = "v ← momentum · v + g,  w ← w - lr · v"
    source = "Polyak, 1964; in this form Sutskever et al., 2013, On the importance of initialization and momentum"
    misconceptions = (
        "“Momentum subtracts the gradient from a momentum vector, and averages it”: the velocity adds them up. The "
        "form with (1 - momentum) · g is the same only at a rate divided by 1 - momentum; with torch's dampening the "
        "first step differs too.",
    )
    aliases = ("sgdm", "heavy_ball")
    name: Literal["momentum"] = "momentum"


@OPTIMIZERS.add
class Nesterov(_WithMomentum):
    """Momentum whose gradient is taken where the velocity would lead.

    The parameters are those of the look-ahead point, as is usual in libraries.
    """

    formula = "v ← momentum · v + g(w - lr · momentum · v),  w ← w - lr · v"
    source = "Nesterov, 1983; in this form Sutskever et al., 2013, On the importance of initialization and momentum"
    misconceptions = (
        "“look_ahead = w - momentum · v” with a velocity that holds no learning rate: it looks 1 / lr times too far, "
        "and diverges. The point is w - lr · momentum · v.",
    )
    aliases = ("nag",)
    fixed: ClassVar[Mapping[str, Any]] = {"nesterov": True}
    name: Literal["nesterov"] = "nesterov"
