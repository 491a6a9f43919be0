"""The residual network."""

from __future__ import annotations

from typing import Literal

from experiments.component import choice, hp, integers
from experiments.models import MODELS, Model


@MODELS.add
class Residual(Model):
    """Blocks that add to what they are given, so that gradients reach the first layer at any depth (He et al., 2016).

    A row of features passes dense blocks; sequences and images pass convolutions, once pooled behind the first one, and
    the means of the channels go to the output. Each block has two layers, with normalization, activation and
    regularizers' layers before their weights.
    """

    target = "experiments.models._residual:Residual"
    formula = "x ← x + s · W₂ φ(W₁ φ(x)), φ normalization and activation; s = 1, 1 / √depth or learned from 0 on"
    source = (
        "He, Zhang, Ren & Sun, 2016, Identity mappings in deep residual networks, arXiv 1603.05027; rezero: "
        "Bachlechner et al., 2021, arXiv 2003.04887"
    )
    aliases = ("resnet", "arch.residual")
    spatial = True
    branches = True
    name: Literal["residual"] = "residual"
    width: int = hp(
        32, ge=1, le=65536, search=choice(16, 32, 64, 128), help="Units or channels.", bound_source="a layer has a unit"
    )
    depth: int = hp(
        4,
        ge=1,
        le=500,
        search=integers(2, 16),
        help="Blocks, of two layers each.",
        bound_source="a block at least; He et al., 2016, train 500 (1,001 layers)",
    )
    scaling: Literal["none", "sqrt_depth", "rezero"] = hp(
        "none", search=choice("none", "sqrt_depth", "rezero"), help="Factor of each branch: 1, 1 / √depth, or learned."
    )
    kernel_size: Literal[1, 3, 5, 7, 9, 11] = hp(3, search=choice(3, 5), help="Side of every kernel; odd.")
    pool: int = hp(
        2,
        ge=1,
        le=8,
        help="Side of max pooling behind the first convolution; 1 is none.",
        bound_source="1 pools nothing; 8 leaves one place of the smallest images",
    )
