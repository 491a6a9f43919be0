"""The multilayer perceptron."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from experiments.component import choice, hp
from experiments.models import MODELS, Model

Width = Annotated[int, Field(ge=1, le=65536)]


@MODELS.add
class MLP(Model):
    """Fully connected layers with an activation after each hidden one (Rumelhart, Hinton & Williams, 1986)."""

    target = "experiments.models._mlp:MLP"
    name: Literal["mlp"] = "mlp"
    hidden: tuple[Width, ...] = hp(
        (64, 64), max_length=64, search=choice([64], [128], [64, 64], [128, 64]), help="Widths of the hidden layers."
    )
