"""Activations bounded on both sides."""

from __future__ import annotations

from typing import Literal

from experiments.activations import ACTIVATIONS, Activation


@ACTIVATIONS.add
class Tanh(Activation):
    """Odd, bounded by ±1, with slope 1 at 0 and less everywhere else."""

    target = "torch.nn:Tanh"
    formula = "(eˣ - e⁻ˣ) / (eˣ + e⁻ˣ)"
    source = "LeCun, Bottou, Orr & Müller (1998), Efficient BackProp"
    misconceptions = (
        "'Being centered, tanh keeps gradients from vanishing.' Its slope is 1 at 0 alone; saturated units lose them.",
    )
    name: Literal["tanh"] = "tanh"


@ACTIVATIONS.add
class Sigmoid(Activation):
    """Bounded by 0 and 1, with mean ½ and a slope of at most ¼: every layer costs three quarters of the gradient."""

    target = "torch.nn:Sigmoid"
    aliases = ("logistic",)
    formula = "1 / (1 + e⁻ˣ)"
    source = "Rumelhart, Hinton & Williams (1986), Learning representations by back-propagating errors"
    misconceptions = (
        "'A binary classifier ends in a sigmoid.' The model gives logits and the loss applies it: taken apart, the two "
        "lose precision where the sigmoid saturates. The same holds for softmax.",
    )
    name: Literal["sigmoid"] = "sigmoid"
