"""The multilayer perceptron as a torch module."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import nn

from experiments.models._parts import Parts


class MLP(nn.Sequential):
    """Flattens one example of ``shape`` and maps it to (batch, n_outputs) through layers of the ``hidden`` widths."""

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        parts: Parts,
        hidden: Sequence[int],
    ) -> None:
        layers: list[nn.Module] = [nn.Flatten()] if len(shape) > 1 else []
        width = math.prod(shape)
        for next_width in hidden:
            layers += [nn.Linear(width, next_width), *parts.behind(next_width, 0)]
            width = next_width
        super().__init__(*layers, nn.Linear(width, n_outputs))
