"""Activations bounded on both sides."""

from __future__ import annotations

from typing import Literal

from experiments.activations import ACTIVATIONS, Activation


@ACTIVATIONS.add
class Tanh(Activation):
    """Hyperbolic tangent: odd, bounded by ±1, slope 1 at 0 (LeCun et al., 1998)."""

    target = "torch.nn:Tanh"
    name: Literal["tanh"] = "tanh"


@ACTIVATIONS.add
class Sigmoid(Activation):
    """1 / (1 + e^-x), bounded by 0 and 1, slope at most 0.25 (Rumelhart, Hinton & Williams, 1986)."""

    target = "torch.nn:Sigmoid"
    name: Literal["sigmoid"] = "sigmoid"
