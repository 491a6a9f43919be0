"""What a config puts into every hidden layer of a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True)
class Parts:
    """Makers of the modules that stand behind a hidden layer's weights, each called once for every layer."""

    activation: Callable[[], nn.Module]
    normalization: Callable[[int, int], nn.Module | None]
    """From the layer's width and number of spatial dimensions (0 for a row of features)."""
    extras: Callable[[int], Iterable[nn.Module]]
    """From the number of spatial dimensions: what regularizers add after the activation."""

    def behind(self, width: int, dimensions: int) -> list[nn.Module]:
        """Normalization, activation and extras, in this order."""
        normalization = self.normalization(width, dimensions)
        return [*([normalization] if normalization else []), self.activation(), *self.extras(dimensions)]
