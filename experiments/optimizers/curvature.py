"""Second-order optimizers that estimate the diagonal of the Hessian."""

from __future__ import annotations

from typing import Literal

from experiments.component import hp, integers, log_uniform, uniform
from experiments.optimizers import AVERAGE, BETAS, OPTIMIZERS, POSITIVE_EPS, POSITIVE_RATE, Decaying, decay


class _Curved(Decaying):
    """The fields of both; each estimate costs a second backward pass."""

    joined = BETAS
    second_order = True
    update_period: int = hp(
        1, ge=1, le=1000, search=integers(1, 10), bound_source="a count of steps", help="Steps between two estimates."
    )
    weight_decay: float = decay(0.0)


@OPTIMIZERS.add
class AdaHessian(_Curved):
    """Adam with the diagonal of the Hessian in the place of the gradient in its denominator.

    The diagonal is that of Hutchinson: z · (H z) for random signs z, on average exact. It is averaged over the entries
    of each convolution kernel. The gradient is taken through the backward pass, which recurrent layers of cuDNN do not
    offer.
    """

    formula = (
        "D = z ⊙ (H z), z random signs;  m as in adam,  s ← beta2 · s + (1 - beta2) · D²,\n"
        "w ← w - lr · m̂ / (√(s / (1 - beta2^t))^hessian_power + eps)"
    )
    source = "Yao et al., 2021, ADAHESSIAN: An Adaptive Second Order Optimizer, arXiv:2006.00719, algorithm 1"
    target = "experiments.optimizers._curvature:AdaHessian"
    name: Literal["adahessian"] = "adahessian"
    lr: float = hp(0.1, gt=0, search=log_uniform(1e-2, 1.0), bound_source=POSITIVE_RATE, help="Base learning rate.")
    beta1: float = hp(
        0.9, ge=0, lt=1, search=uniform(0.8, 0.99), bound_source=AVERAGE, help="Share of the last mean that stays."
    )
    beta2: float = hp(
        0.999, ge=0, lt=1, search=uniform(0.9, 0.9999), bound_source=AVERAGE, help="The same for the squared diagonal."
    )
    hessian_power: float = hp(
        1.0,
        gt=0,
        le=1,
        search=uniform(0.5, 1.0),
        bound_source="Yao et al., 2021: 0 is momentum, 1 is Newton",
        help="How much of the curvature is used.",
    )
    eps: float = hp(
        1e-4, gt=0, search=log_uniform(1e-6, 1e-2), bound_source=POSITIVE_EPS, help="Added to the denominator."
    )


@OPTIMIZERS.add
class Sophia(_Curved):
    """The mean gradient over an average of the Hessian's diagonal, cut to a step of at most lr for each parameter.

    The diagonal is that of Hutchinson with normal probes, estimated now and then. Where curvature is negative or tiny,
    the step is the sign of the mean. What is said of ``adahessian`` and recurrent layers holds here too.
    """

    formula = (
        "every update_period steps h ← beta2 · h + (1 - beta2) · u ⊙ (H u), u ~ N(0, 1);\n"
        "m ← beta1 · m + (1 - beta1) · g,  w ← (1 - lr · weight_decay) · w - lr · clip(m / max(gamma · h, eps), ±1)"
    )
    source = "Liu et al., 2023, Sophia, arXiv:2305.14342, algorithms 1 and 3"
    target = "experiments.optimizers._curvature:Sophia"
    name: Literal["sophia"] = "sophia"
    lr: float = hp(3e-3, gt=0, search=log_uniform(1e-4, 1e-1), bound_source=POSITIVE_RATE, help="Largest step.")
    beta1: float = hp(
        0.96, ge=0, lt=1, search=uniform(0.9, 0.99), bound_source=AVERAGE, help="Share of the last mean that stays."
    )
    beta2: float = hp(
        0.99, ge=0, lt=1, search=uniform(0.9, 0.999), bound_source=AVERAGE, help="The same for the diagonal."
    )
    gamma: float = hp(
        0.01,
        gt=0,
        search=log_uniform(1e-3, 0.1),
        bound_source="it scales a curvature",
        help="Smaller: more steps are cut.",
    )
    eps: float = hp(1e-12, gt=0, bound_source=POSITIVE_EPS, help="Smallest denominator.")
    update_period: int = hp(
        10, ge=1, le=1000, search=integers(1, 10), bound_source="a count of steps", help="Steps between two estimates."
    )
