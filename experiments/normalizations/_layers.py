"""The layers that normalize, for inputs of shape (n, width, …)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
"""By the number of spatial dimensions."""


def batch_norm(width: int, dimensions: int, momentum: float, eps: float) -> nn.Module:
    """torch's batch norm for that many spatial dimensions."""
    return _BATCH_NORMS[dimensions](width, eps=eps, momentum=momentum)


def layer_norm(width: int, eps: float) -> nn.Module:
    """Over channels and positions together, with one γ and β per channel."""
    return nn.GroupNorm(1, width, eps=eps)


def group_norm(width: int, dimensions: int, groups: int, eps: float) -> nn.Module:
    """With the largest number of groups, up to ``groups``, that divides the width.

    Without spatial dimensions a group has two features or more: centring a single one would leave 0 of it.
    """
    most = min(groups, width if dimensions else max(1, width // 2))
    fitting = max(number for number in range(1, most + 1) if width % number == 0)
    return nn.GroupNorm(fitting, width, eps=eps)


class RMSNorm(nn.Module):
    """γ · x / √(mean(x²) + eps), the mean over everything but the batch; torch's own takes the last dimensions only."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, inputs: Tensor) -> Tensor:
        """The scaled inputs, of the same shape."""
        scale = torch.rsqrt(inputs.square().flatten(1).mean(1) + self.eps)
        ones = (1,) * (inputs.ndim - 2)
        return inputs * scale.reshape(-1, 1, *ones) * self.weight.reshape(1, -1, *ones)
