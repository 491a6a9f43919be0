"""Random changes of images and sequences that leave their meaning."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional


def augment_images(
    inputs: Tensor,
    generator: torch.Generator,
    rotation: float,
    flip: float,
    crop: float,
    brightness: float,
    noise: float,
) -> Tensor:
    """Images of shape (n, channels, height, width), each changed by its own draw."""
    n, draw = len(inputs), _Draw(generator)
    if rotation or flip or crop:
        angles = draw.within(n, rotation * math.pi / 180)
        mirrored = draw.uniform(n) < flip
        sides = 1 - crop * draw.uniform(n)
        places = draw.within((n, 2), 1.0) * (1 - sides[:, None])
        inputs = moved(inputs, angles, mirrored, sides, places)
    if brightness:
        inputs = inputs + draw.within((n, 1, 1, 1), brightness).to(inputs.dtype)
    return inputs + noise * draw.normal(inputs) if noise else inputs


def augment_series(inputs: Tensor, generator: torch.Generator, jitter: float, scale: float, shift: float) -> Tensor:
    """Sequences of shape (n, channels, length), each changed by its own draw."""
    n, draw = len(inputs), _Draw(generator)
    if shift:
        inputs = shifted(inputs, (draw.within(n, shift) * inputs.shape[2]).round().long())
    if scale:
        inputs = inputs * (1 + scale * draw.normal(inputs[:, :, :1]))
    return inputs + jitter * draw.normal(inputs) if jitter else inputs


def moved(inputs: Tensor, angles: Tensor, mirrored: Tensor, sides: Tensor, places: Tensor) -> Tensor:
    """What a window shows that is turned by ``angles`` (radians), mirrored, and ``sides`` of the image wide and high.

    ``places`` is its center, (n, 2) with (0, 0) in the middle of the image and 1 half a side. Values between pixels are
    interpolated linearly; outside of the image are those of its border.
    """
    height, width = inputs.shape[2:]
    cosine, sine = sides * angles.cos(), sides * angles.sin()
    direction = 1 - 2 * mirrored.to(sides.dtype)
    rows = [
        torch.stack([cosine * direction, -sine * height / width, places[:, 0]], 1),
        torch.stack([sine * width / height * direction, cosine, places[:, 1]], 1),
    ]
    window = torch.stack(rows, 1).to(inputs.dtype)
    grid = functional.affine_grid(window, list(inputs.shape), align_corners=False)
    return functional.grid_sample(inputs, grid, padding_mode="border", align_corners=False)


def shifted(inputs: Tensor, steps: Tensor) -> Tensor:
    """Each sequence ``steps`` places later; what is missing repeats the value at the end."""
    length = inputs.shape[2]
    places = (torch.arange(length, device=inputs.device) - steps[:, None]).clamp(0, length - 1)
    return inputs.gather(2, places[:, None].expand_as(inputs))


class _Draw:
    """Random numbers of one generator, on its device."""

    def __init__(self, generator: torch.Generator) -> None:
        self._generator = generator

    def uniform(self, shape: int | tuple[int, ...]) -> Tensor:
        """From 0 to 1."""
        return torch.rand(shape, generator=self._generator, device=self._generator.device)

    def within(self, shape: int | tuple[int, ...], bound: float) -> Tensor:
        """From -bound to bound."""
        return (2 * self.uniform(shape) - 1) * bound

    def normal(self, like: Tensor) -> Tensor:
        """Standard normal, in the shape and type of ``like``."""
        return torch.empty_like(like).normal_(generator=self._generator)
