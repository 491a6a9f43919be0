"""Regularizers that pull weights towards zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from experiments.component import hp, log_uniform, uniform
from experiments.regularizers import REGULARIZERS
from experiments.regularizers.roles import AfterStep, BeforeStep, GradientPenalty, OnParameters, weights_among

if TYPE_CHECKING:
    from torch import Tensor

_NOT_NEGATIVE = "a negative penalty would reward large weights"


class _OnWeights(OnParameters):
    """Pulls with a strength, at all parameters or at weights alone."""

    withheld = frozenset({"exclude_bias_and_norm"})
    strength: float = hp(..., ge=0, bound_source=_NOT_NEGATIVE, help="How strongly it pulls.")
    exclude_bias_and_norm: bool = hp(
        True, help="Leave biases and normalization parameters (those of one dimension) alone."
    )

    def weights(self, parameters: Sequence[Tensor]) -> Sequence[Tensor]:
        """All parameters, or those that are neither bias nor normalization."""
        return weights_among(parameters) if self.exclude_bias_and_norm else parameters


@REGULARIZERS.add
class L1(_OnWeights, GradientPenalty, AfterStep):
    """Adds the sum of absolute weights to the loss (Tibshirani, 1996).

    By its subgradient, weights become small, but not exactly zero, because a step of fixed size passes over zero. The
    ``proximal`` form shrinks the weights after each step instead and stops at zero: the share of exact zeros grows with
    ``strength``. It is apart from the gradient, so an adaptive optimizer does not rescale it.
    """

    target = "experiments.regularizers._penalties:add_sign"
    formula = "loss + strength · Σ|w|; proximal: w ← sign(w) · max(|w| - lr · strength, 0) after each step"
    source = "Tibshirani, 1996, Regression shrinkage and selection via the lasso; proximal: Parikh & Boyd, 2014"
    misconceptions = (
        "'L1 makes weights exactly zero': by its subgradient they only become small; the proximal step makes zeros.",
    )
    sparse = False
    withheld = _OnWeights.withheld | {"proximal"}
    name: Literal["l1"] = "l1"
    aliases = ("lasso", "reg.l1")
    strength: float = hp(
        1e-5,
        ge=0,
        search=log_uniform(1e-7, 1e-2),
        help="Factor of the sum of absolute weights.",
        bound_source=_NOT_NEGATIVE,
    )
    proximal: bool = hp(False, help="Shrink the weights after each step, down to exact zeros.")

    def after_backward(self, weights: Sequence[Tensor]) -> None:
        """g ← g + strength · sign(w), unless it is proximal."""
        if not self.proximal:
            self.build(weights)

    def after_step(self, weights: Sequence[Tensor], lr: float) -> None:
        """w ← sign(w) · max(|w| - lr · strength, 0), if it is proximal."""
        if self.proximal:
            from experiments.regularizers._penalties import threshold

            threshold(weights, lr, self.strength)


@REGULARIZERS.add
class L2(_OnWeights, GradientPenalty):
    """Adds half the sum of squared weights to the loss (Krogh & Hertz, 1992).

    Coupled: it is part of the gradient, so an adaptive optimizer divides it by the size of past gradients like the
    rest. Only for plain SGD is it the same as weight decay of that strength.
    """

    target = "experiments.regularizers._penalties:add_weights"
    formula = "loss + strength / 2 · Σw², so g ← g + strength · w"
    source = "Krogh & Hertz, 1992, A simple weight decay can improve generalization"
    misconceptions = (
        "'L2 equals weight decay': only for plain SGD, at the same strength; with Adam the two give different weights "
        "(Loshchilov & Hutter, 2019).",
    )
    sparse = False
    shrinks = True
    name: Literal["l2"] = "l2"
    aliases = ("ridge", "tikhonov", "reg.l2")
    strength: float = hp(
        1e-4,
        ge=0,
        search=log_uniform(1e-7, 1e-1),
        help="Factor of half the sum of squared weights.",
        bound_source=_NOT_NEGATIVE,
    )

    def after_backward(self, weights: Sequence[Tensor]) -> None:
        """g ← g + strength · w."""
        self.build(weights)


@REGULARIZERS.add
class ElasticNet(_OnWeights, GradientPenalty):
    """Mixes the penalties of l1 and l2 (Zou & Hastie, 2005), written with one strength and a ratio.

    Both parts act through the gradient, so weights become small, not exactly zero, and adaptive optimizers rescale
    them.
    """

    target = "experiments.regularizers._penalties:add_both"
    formula = "loss + strength · (l1_ratio · Σ|w| + (1 - l1_ratio) / 2 · Σw²)"
    source = (
        "Zou & Hastie, 2005, Regularization and variable selection via the elastic net; the ratio: Friedman, Hastie & "
        "Tibshirani, 2010"
    )
    sparse = False
    shrinks = True
    name: Literal["elastic_net"] = "elastic_net"
    aliases = ("elasticnet", "l1_l2")
    strength: float = hp(
        1e-4,
        ge=0,
        search=log_uniform(1e-7, 1e-2),
        help="Factor of both penalties together.",
        bound_source=_NOT_NEGATIVE,
    )
    l1_ratio: float = hp(
        0.5,
        ge=0,
        le=1,
        search=uniform(0.0, 1.0),
        help="Share of the absolute weights; 1 is l1, 0 is l2.",
        bound_source="a share",
    )

    def after_backward(self, weights: Sequence[Tensor]) -> None:
        """g ← g + strength · (l1_ratio · sign(w) + (1 - l1_ratio) · w)."""
        self.build(weights)


@REGULARIZERS.add
class WeightDecay(_OnWeights, BeforeStep):
    """Shrinks weights before each step, apart from the gradient (Loshchilov & Hutter, 2019).

    Decoupled: it works alike with every optimizer. The strength is multiplied by the learning rate, as torch and
    TensorFlow do, so it follows the schedule. With the decay of AdamW itself it would act twice, which is refused.
    """

    target = "experiments.regularizers._penalties:shrink"
    formula = "w ← (1 - lr · strength) · w"
    source = "Loshchilov & Hutter, 2019, Decoupled weight decay regularization, arXiv 1711.05101"
    misconceptions = (
        "'Weight decay equals L2': only for plain SGD; that is why they are two components.",
        "'w ← w - update - strength · w', without the learning rate: 0.01 there is 10 here at a rate of 1e-3.",
        "'Weight decay mitigates vanishing gradients': smaller weights make gradients smaller.",
    )
    moves_weights = True
    name: Literal["weight_decay"] = "weight_decay"
    aliases = ("decoupled_weight_decay", "reg.weight_decay")
    strength: float = hp(
        1e-2,
        ge=0,
        search=log_uniform(1e-5, 1.0),
        help="Decay per step, times the learning rate.",
        bound_source="a negative decay would let weights grow without bound",
    )

    def before_step(self, weights: Sequence[Tensor], lr: float) -> None:
        """w ← (1 - lr · strength) · w."""
        self.build(weights, lr)
