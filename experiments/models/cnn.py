"""The convolutional network."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from experiments.component import choice, hp
from experiments.models import MODELS, Model

Width = Annotated[int, Field(ge=1, le=65536)]


@MODELS.add
class CNN(Model):
    """Blocks of convolution, normalization, activation and max pooling, then dense layers.

    Pooling is left out where the sides have become smaller than ``pool``. Sequences are convolved in one dimension,
    images in two.
    """

    target = "experiments.models._cnn:CNN"
    aliases = ("convnet",)
    formula = "hₗ = pool(f(norm(Kₗ ∗ hₗ₋₁ + bₗ))), then dense layers on the flattened h"
    source = "LeCun, Bottou, Bengio & Haffner (1998), Gradient-based learning applied to document recognition"
    misconceptions = (
        "'Pooling makes the network invariant to shifts.' It gives some tolerance of small ones (Zhang, 2019, arXiv "
        "1904.11486).",
        "'Pooling saves parameters.' It has none to save; the dense layers behind it become smaller.",
    )
    dimensions = (2, 3)
    spatial = True
    name: Literal["cnn"] = "cnn"
    channels: tuple[Width, ...] = hp(
        (16, 32),
        min_length=1,
        max_length=32,
        search=choice([8, 16], [16, 32], [32, 64]),
        help="Width of each block.",
        bound_source="one block at least, of one channel at least",
    )
    kernel_size: Literal[1, 3, 5, 7, 9, 11] = hp(3, search=choice(3, 5), help="Side of every kernel; odd.")
    pool: int = hp(
        2, ge=1, le=8, help="Side of max pooling after each block; 1 is none.", bound_source="1 pools nothing"
    )
    hidden: tuple[Width, ...] = hp(
        (64,),
        max_length=64,
        help="Widths of the dense layers before the output.",
        bound_source="a layer has a unit at least",
    )
