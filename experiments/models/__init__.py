"""Models: the network, from input to output."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from experiments.component import Component, Kind

if TYPE_CHECKING:
    from torch import nn


class Model(Component):
    """A network. The target takes the input's shape, the number of outputs and what makes its hidden layers.

    It is called as ``target(shape, n_outputs, activation, extras, **fields)``: ``shape`` is that of one example,
    ``activation`` makes a module, and ``extras`` makes those that stand after every hidden activation, from the number
    of spatial dimensions there (0 for a row of features).
    """

    dimensions: ClassVar[tuple[int, ...]] = (1, 2, 3)
    """How many dimensions one example may have: 1 for a row of features, 2 for a sequence, 3 for an image."""
    foreign: ClassVar[bool] = False
    """A user's own LightningModule, which brings its loss and metrics with it."""

    def network(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        activation: Callable[[], nn.Module],
        extras: Callable[[int], Iterable[nn.Module]],
    ) -> nn.Module:
        """The network, with torch's default weights."""
        module: nn.Module = self.build(shape, n_outputs, activation, extras)
        return module


MODELS = Kind("model", Model, "The network, from input to output")
