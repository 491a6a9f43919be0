"""Mixing the examples of a batch with each other."""

from __future__ import annotations

import torch
from torch import Tensor


def mixup(inputs: Tensor, targets: Tensor, generator: torch.Generator, alpha: float) -> tuple[Tensor, Tensor]:
    """x' = λ x + (1 - λ) x_j and y' = λ y + (1 - λ) y_j, with j a permutation of the batch and one λ for all."""
    share = _share(alpha, generator).to(inputs.dtype)
    others = torch.randperm(len(inputs), generator=generator, device=inputs.device)
    return torch.lerp(inputs[others], inputs, share), torch.lerp(targets[others], targets, share)


def cutmix(inputs: Tensor, targets: Tensor, generator: torch.Generator, alpha: float) -> tuple[Tensor, Tensor]:
    """A box of x is replaced by that of x_j, and y' = λ y + (1 - λ) y_j, where 1 - λ is the box's share of x.

    The box has sides of (1 - λ')^(1/k) of those of the ``k`` spatial dimensions, λ' ~ Beta(alpha, alpha), and a center
    that may lie anywhere; what reaches beyond the border is cut off.
    """
    drawn = _share(alpha, generator)
    center = torch.rand(inputs.ndim - 2, generator=generator, device=inputs.device, dtype=torch.float64)
    others = torch.randperm(len(inputs), generator=generator, device=inputs.device)
    inside = _box(inputs.shape[2:], center, drawn)
    share = 1 - inside.to(inputs.dtype).mean()
    return torch.where(inside, inputs[others], inputs), torch.lerp(targets[others], targets, share)


def _share(alpha: float, generator: torch.Generator) -> Tensor:
    """λ ~ Beta(alpha, alpha), drawn in double precision because small ``alpha`` need it."""
    both = torch.full((2,), alpha, dtype=torch.float64, device=generator.device)
    return torch._sample_dirichlet(both, generator=generator)[0]


def _box(sides: torch.Size, center: Tensor, share: Tensor) -> Tensor:
    """True inside of the box, in the shape of the ``sides``."""
    half = (1 - share) ** (1 / len(sides)) / 2
    inside = torch.ones(sides, dtype=torch.bool, device=center.device)
    for dimension, side in enumerate(sides):
        low = ((center[dimension] - half) * side).floor().clamp(min=0)
        high = ((center[dimension] + half) * side).floor().clamp(max=side)
        places = torch.arange(side, device=center.device)
        within = (places >= low) & (places < high)
        inside &= within.reshape([-1 if other == dimension else 1 for other in range(len(sides))])
    return inside
