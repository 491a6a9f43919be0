"""Noise on the inputs."""

from __future__ import annotations

import torch
from torch import Tensor


def add_noise(inputs: Tensor, generator: torch.Generator, std: float) -> Tensor:
    """x + std · n with n ~ N(0, 1) for every entry."""
    noise = torch.empty_like(inputs).normal_(std=std, generator=generator)
    return noise.add_(inputs)
