"""Activations that pass the positive half and damp the negative one."""

from __future__ import annotations

from typing import Literal

from experiments.activations import ACTIVATIONS, Activation
from experiments.component import choice, hp, log_uniform


@ACTIVATIONS.add
class ReLU(Activation):
    """max(0, x) (Nair & Hinton, 2010)."""

    target = "torch.nn:ReLU"
    name: Literal["relu"] = "relu"


@ACTIVATIONS.add
class LeakyReLU(Activation):
    """x where positive, negative_slope · x elsewhere, so that the gradient is never 0 (Maas, Hannun & Ng, 2013)."""

    target = "torch.nn:LeakyReLU"
    name: Literal["leaky_relu"] = "leaky_relu"
    negative_slope: float = hp(0.01, ge=0, le=1, search=log_uniform(1e-3, 0.3), help="Slope of the negative half.")


@ACTIVATIONS.add
class GELU(Activation):
    """x · Φ(x), with Φ the standard normal distribution function (Hendrycks & Gimpel, 2016)."""

    target = "torch.nn:GELU"
    name: Literal["gelu"] = "gelu"
    approximate: Literal["none", "tanh"] = hp(
        "none", search=choice("none", "tanh"), help="Exact, or the cheaper form with tanh."
    )
