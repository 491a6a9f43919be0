"""Activations that pass the positive half as it is and damp the negative one."""

from __future__ import annotations

from typing import Literal

from experiments.activations import ACTIVATIONS, Activation
from experiments.component import hp, log_uniform, uniform


@ACTIVATIONS.add
class ReLU(Activation):
    """The positive part. A unit that is negative for every example gets no gradient any more: it is dead."""

    target = "torch.nn:ReLU"
    aliases = ("rectifier",)
    formula = "max(0, x)"
    source = "Nair & Hinton (2010), Rectified linear units improve restricted Boltzmann machines"
    misconceptions = (
        "'A unit that gives 0 is dead.' Only one that gives 0 for every example is; zeros for some are how ReLU works.",
    )
    name: Literal["relu"] = "relu"


@ACTIVATIONS.add
class LeakyReLU(Activation):
    """ReLU with a small fixed slope on the negative half, so that the gradient is never 0."""

    target = "torch.nn:LeakyReLU"
    formula = "x if x ≥ 0, else negative_slope · x"
    source = "Maas, Hannun & Ng (2013), Rectifier nonlinearities improve neural network acoustic models"
    misconceptions = (
        "'The slope is called alpha.' So it was in Keras 2; Keras 3 and torch call it negative_slope. The default is "
        "0.01 here and in torch, 0.3 in Keras.",
    )
    name: Literal["leaky_relu"] = "leaky_relu"
    negative_slope: float = hp(
        0.01,
        ge=0,
        le=1,
        search=log_uniform(1e-3, 0.3),
        help="Slope of the negative half.",
        bound_source="from ReLU (0) to the identity (1)",
    )


@ACTIVATIONS.add
class PReLU(Activation):
    """Leaky ReLU whose slope is learned, one for each layer.

    Weight decay leaves the slope alone, as the paper does: decayed, it would go to 0, which is ReLU.
    """

    target = "torch.nn:PReLU"
    formula = "x if x ≥ 0, else a · x, with a learned from init on"
    source = "He, Zhang, Ren & Sun (2015), Delving deep into rectifiers, arXiv 1502.01852"
    name: Literal["prelu"] = "prelu"
    init: float = hp(
        0.25,
        ge=0,
        le=1,
        search=uniform(0.0, 0.5),
        help="The slope before the first step.",
        bound_source="from ReLU (0) to the identity (1)",
    )


@ACTIVATIONS.add
class ELU(Activation):
    """Smooth at 0 for alpha = 1; the negative half saturates at -alpha, which pulls the mean towards 0."""

    target = "torch.nn:ELU"
    formula = "x if x > 0, else α · (eˣ - 1)"
    source = (
        "Clevert, Unterthiner & Hochreiter (2016), Fast and accurate deep network learning by ELUs, arXiv 1511.07289"
    )
    name: Literal["elu"] = "elu"
    alpha: float = hp(
        1.0,
        gt=0,
        le=10,
        search=uniform(0.5, 2.0),
        help="Minus the value far on the negative side.",
        bound_source="at 0 it would be ReLU",
    )


@ACTIVATIONS.add
class SELU(Activation):
    """ELU with the two constants for which mean 0 and variance 1 are a stable fixed point.

    It normalizes by itself only with weights of variance 1/fan_in (``lecun_normal``), without other normalization, and
    with alpha dropout instead of dropout.
    """

    target = "torch.nn:SELU"
    formula = "λ · x if x > 0, else λ · α · (eˣ - 1), with λ = 1.0507 and α = 1.6733"
    source = "Klambauer, Unterthiner, Mayr & Hochreiter (2017), Self-normalizing neural networks, arXiv 1706.02515"
    misconceptions = (
        "'SELU makes normalization superfluous.' Only with lecun_normal and inputs of mean 0 and variance 1; with He's "
        "weights the variance grows.",
    )
    name: Literal["selu"] = "selu"
