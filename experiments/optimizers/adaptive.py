"""Optimizers that scale each parameter's step by the size of its past gradients, without an average of these."""

from __future__ import annotations

from typing import Literal

from experiments.component import choice, hp, log_uniform, uniform
from experiments.optimizers import AVERAGE, OPTIMIZERS, POSITIVE_EPS, POSITIVE_RATE, Decaying, Optimizer, decay


@OPTIMIZERS.add
class Adagrad(Optimizer):
    """Divides by the root of the sum of all squared gradients, so that rarely used parameters learn fast.

    The rate of a parameter only falls.
    """

    formula = "s ← s + g²,  w ← w - lr / (1 + lr_decay · (t - 1)) · g / (√s + eps)"
    source = "Duchi, Hazan & Singer, 2011, Adaptive Subgradient Methods for Online Learning"
    target = "torch.optim:Adagrad"
    sparse = True
    unchanging = Optimizer.unchanging | {"initial_accumulator_value"}
    name: Literal["adagrad"] = "adagrad"
    lr: float = hp(1e-2, gt=0, search=log_uniform(1e-3, 1.0), bound_source=POSITIVE_RATE, help="Base learning rate.")
    lr_decay: float = hp(
        0.0, ge=0, bound_source="a negative one would divide by zero", help="The rate is divided by 1 + lr_decay · t."
    )
    initial_accumulator_value: float = hp(
        0.0, ge=0, search=uniform(0.0, 0.1), bound_source="a sum of squares", help="Start of the sum of squares."
    )
    eps: float = hp(1e-10, gt=0, bound_source=POSITIVE_EPS, help="Added to the denominator.")


@OPTIMIZERS.add
class Adadelta(Optimizer):
    """Divides by the root of an average of squared gradients, and multiplies by that of squared steps.

    The unit of the step is that of the parameter, so the method asks for no rate; ``lr`` scales its steps.
    """

    formula = (
        "s ← rho · s + (1 - rho) · g²,  d = √(u + eps) / √(s + eps) · g,\nu ← rho · u + (1 - rho) · d²,  w ← w - lr · d"
    )
    source = "Zeiler, 2012, ADADELTA: An Adaptive Learning Rate Method, arXiv:1212.5701"
    target = "torch.optim:Adadelta"
    name: Literal["adadelta"] = "adadelta"
    lr: float = hp(1.0, gt=0, search=log_uniform(0.1, 10.0), bound_source=POSITIVE_RATE, help="Factor of the steps.")
    rho: float = hp(
        0.9, ge=0, lt=1, search=uniform(0.8, 0.99), bound_source=AVERAGE, help="Share of the last averages that stays."
    )
    eps: float = hp(
        1e-6, gt=0, search=log_uniform(1e-8, 1e-4), bound_source=POSITIVE_EPS, help="Sets the size of the first steps."
    )


@OPTIMIZERS.add
class RMSprop(Optimizer):
    """Divides by the root of a moving average of squared gradients."""

    formula = (
        "s ← alpha · s + (1 - alpha) · g²,  w ← w - lr · g / (√s + eps);\n"
        "centered: √(s - mean²) for √s; with momentum: v ← momentum · v + the scaled gradient"
    )
    source = "Tieleman & Hinton, 2012, Neural Networks for Machine Learning, lecture 6.5; centered: Graves, 2013"
    misconceptions = (
        "“RMSprop balances momentum and adaptive rates”: it has no momentum unless asked for.",
        "“RMSprop cures vanishing gradients”: it rescales steps, and the noise in them; the signal stays lost. See to "
        "initialization, normalization and residual connections first.",
    )
    target = "torch.optim:RMSprop"
    name: Literal["rmsprop"] = "rmsprop"
    lr: float = hp(1e-3, gt=0, search=log_uniform(1e-5, 1e-1), bound_source=POSITIVE_RATE, help="Base learning rate.")
    alpha: float = hp(
        0.99, ge=0, lt=1, search=uniform(0.9, 0.999), bound_source=AVERAGE, help="Share of the last average that stays."
    )
    momentum: float = hp(
        0.0, ge=0, lt=1, search=uniform(0.0, 0.95), bound_source=AVERAGE, help="Momentum of the scaled step."
    )
    centered: bool = hp(False, search=choice(False, True), help="Divide by the standard deviation instead.")
    eps: float = hp(1e-8, gt=0, bound_source=POSITIVE_EPS, help="Added to the denominator.")


@OPTIMIZERS.add
class Adafactor(Decaying):
    """Adam's denominator from row and column means alone, and steps relative to the size of the weights.

    Tensors with more than two dimensions are factored along the last two; vectors are not factored. There is no
    momentum.
    """

    formula = (
        "V = R C / mean(R), averages of g² with share 1 - t^-decay_rate;  U = g / √V,\n"
        "w ← w - max(1e-3, RMS(w)) · min(lr, 1/√t) · U / max(1, RMS(U) / clip)"
    )
    source = "Shazeer & Stern, 2018, Adafactor, arXiv:1804.04235, algorithms 4 and 5"
    target = "experiments.optimizers._adafactor:Adafactor"
    name: Literal["adafactor"] = "adafactor"
    lr: float = hp(
        5e-2, gt=0, search=log_uniform(1e-3, 1.0), bound_source=POSITIVE_RATE, help="Largest step relative to weights."
    )
    decay_rate: float = hp(
        0.8,
        gt=0,
        le=1,
        search=uniform(0.5, 1.0),
        bound_source="Shazeer & Stern, 2018, section 7",
        help="Pace of the averages.",
    )
    clip: float = hp(
        1.0, ge=1, bound_source="Shazeer & Stern, 2018, section 6", help="Largest root mean square of a step."
    )
    weight_decay: float = decay(0.0)
