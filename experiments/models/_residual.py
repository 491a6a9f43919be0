"""The residual network as a torch module."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from experiments.models._parts import Parts

_LAYERS: dict[int, tuple[Callable[..., nn.Module], Callable[[int], nn.Module]]] = {
    1: (nn.Conv1d, nn.MaxPool1d),
    2: (nn.Conv2d, nn.MaxPool2d),
}


class ResidualBlock(nn.Module):
    """x + scale · branch(x); while training, the branch is dropped for an example with probability ``drop``.

    A branch that stays is divided by 1 - drop, so its mean is that of evaluation.
    """

    def __init__(self, branch: nn.Module, scale: float | nn.Parameter) -> None:
        super().__init__()
        self.branch = branch
        self.scale = scale
        self.drop = 0.0

    def forward(self, inputs: Tensor) -> Tensor:
        """In the shape of the inputs."""
        change = self.branch(inputs) * self.scale
        if self.training and self.drop:
            shape = (len(inputs), *[1] * (inputs.ndim - 1))
            stays = torch.empty(shape, dtype=change.dtype, device=change.device).bernoulli_(1 - self.drop)
            change = change * stays.div_(1 - self.drop)
        outputs: Tensor = inputs + change
        return outputs


class Residual(nn.Sequential):
    """Maps examples of shape (features,), (channels, length) or (channels, height, width) to (batch, n_outputs)."""

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        parts: Parts,
        width: int,
        depth: int,
        scaling: str,
        kernel_size: int,
        pool: int,
    ) -> None:
        dimensions = len(shape) - 1
        weights: Callable[[int, int], nn.Module] = nn.Linear
        if dimensions:
            weights = partial(_LAYERS[dimensions][0], kernel_size=kernel_size, padding=kernel_size // 2)
        first = [weights(shape[0], width)]
        if dimensions and 1 < pool <= min(shape[1:]):
            first.append(_LAYERS[dimensions][1](pool))
        blocks = [_block(parts, weights, width, dimensions, _scale(scaling, depth)) for _ in range(depth)]
        last = [*parts.behind(width, dimensions), *([_Mean()] if dimensions else [])]
        super().__init__(*first, *blocks, *last, nn.Linear(width, n_outputs))


class _Mean(nn.Module):
    """The mean of each channel: (batch, channels, …) to (batch, channels)."""

    def forward(self, inputs: Tensor) -> Tensor:
        return inputs.flatten(2).mean(2)


def _block(
    parts: Parts, weights: Callable[[int, int], nn.Module], width: int, dimensions: int, scale: float | nn.Parameter
) -> ResidualBlock:
    """Two layers, each with its normalization, activation and extras before its weights."""
    layers = [[*parts.behind(width, dimensions), weights(width, width)] for _ in range(2)]
    return ResidualBlock(nn.Sequential(*layers[0], *layers[1]), scale)


def _scale(scaling: str, depth: int) -> float | nn.Parameter:
    """Of a branch: a learned number from 0 on, or the same for all."""
    if scaling == "rezero":
        return nn.Parameter(torch.zeros(()))
    return 1 / math.sqrt(depth) if scaling == "sqrt_depth" else 1.0
