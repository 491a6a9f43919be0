"""The convolutional network."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from experiments.component import choice, hp
from experiments.models import MODELS, Model

Width = Annotated[int, Field(ge=1, le=65536)]


@MODELS.add
class CNN(Model):
    """Blocks of convolution, normalization, activation and max pooling, then dense layers (LeCun et al., 1998).

    Pooling gives some tolerance of shifts, not invariance (Zhang, 2019); it is left out where the sides have become
    smaller than ``pool``. Sequences are convolved in one dimension, images in two.
    """

    target = "experiments.models._cnn:CNN"
    aliases = ("convnet",)
    dimensions = (2, 3)
    name: Literal["cnn"] = "cnn"
    channels: tuple[Width, ...] = hp(
        (16, 32), min_length=1, max_length=32, search=choice([8, 16], [16, 32], [32, 64]), help="Width of each block."
    )
    kernel_size: Literal[1, 3, 5, 7, 9, 11] = hp(3, search=choice(3, 5), help="Side of every kernel; odd.")
    pool: Annotated[int, Field(ge=1, le=8)] = hp(2, help="Side of max pooling after each block; 1 is none.")
    hidden: tuple[Width, ...] = hp((64,), max_length=64, help="Widths of the dense layers before the output.")
