"""Smooth activations that come close to ReLU far from 0."""

from __future__ import annotations

from typing import Literal

from experiments.activations import ACTIVATIONS, Activation
from experiments.component import choice, hp, log_uniform


@ACTIVATIONS.add
class GELU(Activation):
    """The input times the chance that a standard normal variable is smaller."""

    target = "torch.nn:GELU"
    formula = "x · Φ(x); approximate = tanh: ½x · (1 + tanh(√(2/π) · (x + 0.044715 x³)))"
    source = "Hendrycks & Gimpel (2016), Gaussian error linear units, arXiv 1606.08415"
    misconceptions = ("'GELU is monotone.' It has a minimum of -0.17 at x = -0.75.",)
    name: Literal["gelu"] = "gelu"
    approximate: Literal["none", "tanh"] = hp(
        "none", search=choice("none", "tanh"), help="Exact, or the cheaper form with tanh."
    )


@ACTIVATIONS.add
class SiLU(Activation):
    """The input times its sigmoid; known as Swish with β = 1."""

    target = "torch.nn:SiLU"
    aliases = ("swish",)
    formula = "x · σ(x) = x / (1 + e⁻ˣ)"
    source = "Elfwing, Uchibe & Doya (2018), Sigmoid-weighted linear units, arXiv 1702.03118"
    name: Literal["silu"] = "silu"


@ACTIVATIONS.add
class Mish(Activation):
    """Like SiLU, with tanh of softplus for the sigmoid."""

    target = "torch.nn:Mish"
    formula = "x · tanh(ln(1 + eˣ))"
    source = "Misra (2020), Mish: a self regularized non-monotonic activation function, arXiv 1908.08681"
    name: Literal["mish"] = "mish"


@ACTIVATIONS.add
class Softplus(Activation):
    """ReLU made smooth; its slope is the sigmoid. Beyond β · x = 20 torch takes x itself, which is exact to 2·10⁻⁹."""

    target = "torch.nn:Softplus"
    formula = "ln(1 + e^(β x)) / β"
    source = "Dugas, Bengio, Bélisle, Nadeau & Garcia (2001), Incorporating second-order functional knowledge"
    misconceptions = (
        "'Softplus is ReLU with a rounded corner at 0.' At 0 it is ln 2 / β, and it is positive everywhere.",
    )
    name: Literal["softplus"] = "softplus"
    beta: float = hp(
        1.0,
        gt=0,
        le=100,
        search=log_uniform(0.5, 10.0),
        help="Sharpness of the corner; ReLU is the limit.",
        bound_source="a scale is positive",
    )
