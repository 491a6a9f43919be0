"""Initializers that choose the scale from the layer's size, so that signals neither grow nor fade with depth.

A kernel's fan_in is in_channels · kernel size, its fan_out out_channels · kernel size.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import model_validator

from experiments.component import choice, hp, log_uniform, uniform
from experiments.initializers import INITIALIZERS, Initializer

GAIN = "Factor of the standard deviation; 1 suits linear layers and tanh, √2 ReLU, 4 sigmoid."
GAIN_SOURCE = "a gain scales a deviation, which is positive"
_XAVIER_SOURCE = "Glorot & Bengio (2010), Understanding the difficulty of training deep feedforward neural networks"
_HE_SOURCE = "He, Zhang, Ren & Sun (2015), Delving deep into rectifiers, arXiv 1502.01852"
_LECUN_SOURCE = (
    "LeCun, Bottou, Orr & Müller (1998), Efficient BackProp; Klambauer et al. (2017) for SELU, arXiv 1706.02515"
)
_NOT_FOR_SIGMOID = (
    "'Xavier is made for sigmoid and tanh.' The derivation assumes a mean of 0 and slope 1 at 0: tanh fits, sigmoid "
    "(mean ½, slope ¼) does not and needs a gain of 4."
)
_NOT_AGAINST_DYING = (
    "'He initialization combats dying ReLUs.' It keeps the variance from fading; units of a deep, narrow network still "
    "die. Against that take leaky ReLU or a lower learning rate (Lu et al., 2020, arXiv 1903.06733)."
)


@INITIALIZERS.add
class XavierNormal(Initializer):
    """Gaussian, a compromise between keeping the variance of signals going forward and of gradients coming back."""

    target = "torch.nn.init:xavier_normal_"
    aliases = ("xavier", "glorot", "glorot_normal")
    formula = "w ~ N(0, gain² · 2 / (fan_in + fan_out))"
    source = _XAVIER_SOURCE
    misconceptions = (_NOT_FOR_SIGMOID,)
    name: Literal["xavier_normal"] = "xavier_normal"
    gain: float = hp(1.0, gt=0, search=uniform(0.5, 2.0), help=GAIN, bound_source=GAIN_SOURCE)


@INITIALIZERS.add
class XavierUniform(Initializer):
    """Uniform, with the variance of ``xavier_normal``."""

    target = "torch.nn.init:xavier_uniform_"
    aliases = ("glorot_uniform",)
    formula = "w ~ U(-b, b) with b = gain · √(6 / (fan_in + fan_out)), so Var(w) = gain² · 2 / (fan_in + fan_out)"
    source = _XAVIER_SOURCE
    misconceptions = (_NOT_FOR_SIGMOID,)
    name: Literal["xavier_uniform"] = "xavier_uniform"
    gain: float = hp(1.0, gt=0, search=uniform(0.5, 2.0), help=GAIN, bound_source=GAIN_SOURCE)


class _Kaiming(Initializer):
    mode: Literal["fan_in", "fan_out"] = hp(
        "fan_in",
        search=choice("fan_in", "fan_out"),
        help="Keep the variance of the signal going forward (fan_in) or of the gradient coming back (fan_out).",
    )
    nonlinearity: Literal["relu", "leaky_relu"] = hp("relu", help="The activation that follows.")
    a: float = hp(
        0.0,
        ge=0,
        le=1,
        help="Negative slope of the leaky ReLU that follows; at 0 that is ReLU.",
        bound_source="at slope 1 leaky ReLU is the identity",
    )

    @model_validator(mode="after")
    def _slope_belongs_to_leaky_relu(self) -> _Kaiming:
        if self.a and self.nonlinearity == "relu":
            raise ValueError(f"a = {self.a} is the slope of a leaky ReLU: write nonlinearity: leaky_relu too")
        return self


@INITIALIZERS.add
class KaimingNormal(_Kaiming):
    """Gaussian, for networks of ReLU or leaky ReLU: it keeps the signal's mean square through many layers."""

    target = "torch.nn.init:kaiming_normal_"
    aliases = ("he", "he_normal", "kaiming")
    formula = "w ~ N(0, 2 / ((1 + a²) · fan)); for ReLU std = √(2 / fan_in)"
    source = _HE_SOURCE
    misconceptions = (_NOT_AGAINST_DYING,)
    breaks_selu = True
    name: Literal["kaiming_normal"] = "kaiming_normal"


@INITIALIZERS.add
class KaimingUniform(_Kaiming):
    """Uniform, with the variance of ``kaiming_normal``."""

    target = "torch.nn.init:kaiming_uniform_"
    aliases = ("he_uniform",)
    formula = "w ~ U(-b, b) with b = √(6 / ((1 + a²) · fan)), so Var(w) = 2 / ((1 + a²) · fan)"
    source = _HE_SOURCE
    misconceptions = (_NOT_AGAINST_DYING,)
    breaks_selu = True
    name: Literal["kaiming_uniform"] = "kaiming_uniform"


class _LeCun(Initializer):
    fixed: ClassVar[Mapping[str, Any]] = {"nonlinearity": "linear"}
    """The law of ``kaiming`` for a linear layer, whose gain is 1."""


@INITIALIZERS.add
class LeCunNormal(_LeCun):
    """Gaussian that keeps the variance of linear layers; with SELU the signal's mean and variance stay 0 and 1."""

    target = "torch.nn.init:kaiming_normal_"
    aliases = ("lecun",)
    formula = "w ~ N(0, 1 / fan_in)"
    source = _LECUN_SOURCE
    misconceptions = (
        "'Any initializer will do for SELU.' Its fixed point at mean 0, variance 1 exists only for Var(w) = 1/fan_in.",
    )
    name: Literal["lecun_normal"] = "lecun_normal"


@INITIALIZERS.add
class LeCunUniform(_LeCun):
    """Uniform, with the variance of ``lecun_normal``."""

    target = "torch.nn.init:kaiming_uniform_"
    formula = "w ~ U(-√(3 / fan_in), √(3 / fan_in)), so Var(w) = 1 / fan_in"
    source = _LECUN_SOURCE
    name: Literal["lecun_uniform"] = "lecun_uniform"


@INITIALIZERS.add
class VarianceScaling(Initializer):
    """Any of seven distributions, each with mean 0 and the same variance, so that only the shape differs.

    Rademacher weights are ±σ, the lightest tails; Student's t has the heaviest.
    """

    target = "experiments.initializers._distributions:variance_scaling_"
    formula = "w = √(scale / fan) · z, with z of the distribution, mean 0 and variance 1"
    source = "VarianceScaling of Keras (2015), after Glorot & Bengio (2010) and He et al. (2015)"
    misconceptions = (
        "'Heavier tails mean a larger variance.' Here all have the same; what differs is how it is shared out.",
    )
    name: Literal["variance_scaling"] = "variance_scaling"
    distribution: Literal["normal", "uniform", "truncated_normal", "laplace", "student_t", "logistic", "rademacher"] = (
        hp(
            "normal",
            search=choice("normal", "uniform", "truncated_normal", "laplace", "student_t", "logistic", "rademacher"),
            help="The shape; truncated_normal is cut at two standard deviations before it is rescaled.",
        )
    )
    scale: float = hp(
        2.0,
        gt=0,
        search=log_uniform(0.1, 4.0),
        help="Variance of a unit's input over that of its inputs: 2 as He, 1 as LeCun or Xavier.",
        bound_source="a variance is positive",
    )
    mode: Literal["fan_in", "fan_out", "fan_avg"] = hp(
        "fan_in", search=choice("fan_in", "fan_out", "fan_avg"), help="Which number of connections divides the scale."
    )
    df: float = hp(
        5.0,
        gt=2,
        le=100,
        search=uniform(3.0, 10.0),
        help="Degrees of freedom of Student's t; the other distributions have none.",
        bound_source="with 2 degrees of freedom or fewer the variance is infinite",
    )
