"""The convolutional network as a torch module."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import nn

from experiments.models._mlp import MLP
from experiments.models._parts import Parts

_LAYERS = {
    1: (nn.Conv1d, nn.MaxPool1d),
    2: (nn.Conv2d, nn.MaxPool2d),
}


class CNN(nn.Sequential):
    """Maps examples of shape (channels, length) or (channels, height, width) to (batch, n_outputs)."""

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        parts: Parts,
        channels: Sequence[int],
        kernel_size: int,
        pool: int,
        hidden: Sequence[int],
    ) -> None:
        width, *sides = shape
        convolution, pooling = _LAYERS[len(sides)]
        layers: list[nn.Module] = []
        for next_width in channels:
            layers.append(convolution(width, next_width, kernel_size, padding=kernel_size // 2))
            layers += parts.behind(next_width, len(sides))
            if pool > 1 and min(sides) >= pool:
                layers.append(pooling(pool))
                sides = [side // pool for side in sides]
            width = next_width
        head = MLP((width * math.prod(sides),), n_outputs, parts, hidden)
        super().__init__(*layers, nn.Flatten(), *head)
