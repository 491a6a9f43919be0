"""Normalizations: what keeps the signal of each hidden layer in range."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from experiments.component import Component, Kind, declare

if TYPE_CHECKING:
    from torch import nn


class Normalization(Component):
    """Acts on every hidden layer, in one of two ways.

    As a layer of its own it stands between a hidden layer's weights and its activation. As another form of the weights
    it takes their place once they are initialized, the output layer's included.
    """

    traits = ("over_batch", "reparametrizes", "bounds_scale")
    over_batch: ClassVar[bool] = False
    """Whether its statistics are those of a batch."""
    reparametrizes: ClassVar[bool] = False
    """Whether it is another form of the weights."""
    bounds_scale: ClassVar[bool] = False
    """Whether it decides the scale of every weight."""

    def layer(self, width: int, dimensions: int) -> nn.Module | None:
        """A layer for inputs of shape (n, width, …) with that many spatial dimensions; none if it acts on weights."""
        return None

    def reparametrize(self, network: nn.Module) -> None:
        """Put another form of the weights in their place; the network computes what the form says from now on."""


NORMALIZATIONS = Kind("normalization", Normalization, "What keeps the signal of each hidden layer in range")

declare(__name__)
