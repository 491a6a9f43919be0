"""The multilayer perceptron."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from experiments.component import choice, hp
from experiments.models import MODELS, Model

Width = Annotated[int, Field(ge=1, le=65536)]


@MODELS.add
class MLP(Model):
    """Fully connected layers, with normalization and activation behind each hidden one."""

    target = "experiments.models._mlp:MLP"
    aliases = ("dense", "fully_connected")
    formula = "h₀ = x, hₗ = f(norm(Wₗ hₗ₋₁ + bₗ)), y = W h + b"
    source = "Rumelhart, Hinton & Williams (1986), Learning representations by back-propagating errors"
    misconceptions = (
        "'Backpropagation learns the weights.' It computes their gradient, nothing more; the optimizer changes them.",
    )
    name: Literal["mlp"] = "mlp"
    hidden: tuple[Width, ...] = hp(
        (64, 64),
        max_length=64,
        search=choice([64], [128], [64, 64], [128, 64]),
        help="Widths of the hidden layers.",
        bound_source="a layer has a unit at least",
    )
