"""Regularizers that pull weights towards zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from experiments.component import hp, log_uniform
from experiments.regularizers import REGULARIZERS, Regularizer

if TYPE_CHECKING:
    from torch import Tensor


@REGULARIZERS.add
class L1(Regularizer):
    """Adds strength · sum |w| to the loss, by its subgradient strength · sign(w) (Tibshirani, 1996).

    Weights become small, not exactly zero, because a step of fixed size passes over zero.
    """

    target = "experiments.regularizers._penalties:add_sign"
    name: Literal["l1"] = "l1"
    aliases = ("lasso",)
    strength: float = hp(1e-5, ge=0, search=log_uniform(1e-7, 1e-2), help="Factor of the sum of absolute weights.")

    def after_backward(self, weights: Sequence[Tensor]) -> None:
        """g ← g + strength · sign(w)."""
        self.build(weights)


@REGULARIZERS.add
class L2(Regularizer):
    """Adds strength / 2 · sum w² to the loss, so strength · w to the gradient (Krogh & Hertz, 1992).

    Coupled: an adaptive optimizer scales it with the rest of the gradient. Only for plain SGD is it the same as weight
    decay of strength.
    """

    target = "experiments.regularizers._penalties:add_weights"
    name: Literal["l2"] = "l2"
    aliases = ("ridge", "tikhonov")
    strength: float = hp(1e-4, ge=0, search=log_uniform(1e-7, 1e-1), help="Factor of half the sum of squared weights.")

    def after_backward(self, weights: Sequence[Tensor]) -> None:
        """g ← g + strength · w."""
        self.build(weights)


@REGULARIZERS.add
class WeightDecay(Regularizer):
    """Shrinks weights before each step, apart from the gradient: w ← (1 - lr · strength) · w.

    Loshchilov & Hutter (2019). It works with every optimizer. With the decay of AdamW itself it would act
    twice, which is refused.
    """

    target = "experiments.regularizers._penalties:shrink"
    name: Literal["weight_decay"] = "weight_decay"
    strength: float = hp(1e-2, ge=0, search=log_uniform(1e-5, 1.0), help="Decay per step, times the learning rate.")

    def before_step(self, weights: Sequence[Tensor], lr: float) -> None:
        """w ← (1 - lr · strength) · w."""
        self.build(weights, lr)
