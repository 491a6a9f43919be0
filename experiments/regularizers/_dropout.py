"""Dropout with one mask for all time steps."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class VariationalDropout(nn.Module):
    """Zeroes a feature of an example in all time steps or in none; inputs are (batch, …, features)."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, inputs: Tensor) -> Tensor:
        """The inputs times a mask of 0 and 1 / (1 - p), of shape (batch, 1, …, features); in evaluation, the inputs."""
        if not self.training or self.p == 0.0:
            return inputs
        shape = (inputs.shape[0], *[1] * (inputs.ndim - 2), inputs.shape[-1])
        kept = torch.empty(shape, dtype=inputs.dtype, device=inputs.device).bernoulli_(1 - self.p)
        return inputs * kept.div_(1 - self.p)

    def extra_repr(self) -> str:
        """The probability."""
        return f"p={self.p}"
