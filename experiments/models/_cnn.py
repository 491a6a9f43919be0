"""The convolutional network as a torch module."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from torch import nn

from experiments.models._mlp import MLP

_LAYERS = {
    1: (nn.Conv1d, nn.BatchNorm1d, nn.MaxPool1d),
    2: (nn.Conv2d, nn.BatchNorm2d, nn.MaxPool2d),
}


class CNN(nn.Sequential):
    """Maps examples of shape (channels, length) or (channels, height, width) to (batch, n_outputs)."""

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        activation: Callable[[], nn.Module],
        extras: Callable[[int], Iterable[nn.Module]],
        channels: Sequence[int],
        kernel_size: int,
        batch_norm: bool,
        pool: int,
        hidden: Sequence[int],
    ) -> None:
        width, *sides = shape
        convolution, normalisation, pooling = _LAYERS[len(sides)]
        layers: list[nn.Module] = []
        for next_width in channels:
            layers.append(convolution(width, next_width, kernel_size, padding=kernel_size // 2, bias=not batch_norm))
            layers += [normalisation(next_width)] if batch_norm else []
            layers += [activation(), *extras(len(sides))]
            if pool > 1 and min(sides) >= pool:
                layers.append(pooling(pool))
                sides = [side // pool for side in sides]
            width = next_width
        head = MLP((width * math.prod(sides),), n_outputs, activation, extras, hidden)
        super().__init__(*layers, nn.Flatten(), *head)
