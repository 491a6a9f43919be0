"""The ways of pulling weights towards zero, in place and for all tensors at once."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def add_sign(weights: Sequence[Tensor], strength: float) -> None:
    """g ← g + strength · sign(w); the subgradient at 0 is 0."""
    if trained := _trained(weights):
        torch._foreach_add_(_gradients(weights), torch._foreach_sign(trained), alpha=strength)


def add_weights(weights: Sequence[Tensor], strength: float) -> None:
    """g ← g + strength · w."""
    if trained := _trained(weights):
        torch._foreach_add_(_gradients(weights), trained, alpha=strength)


def add_both(weights: Sequence[Tensor], strength: float, l1_ratio: float) -> None:
    """g ← g + strength · (l1_ratio · sign(w) + (1 - l1_ratio) · w)."""
    add_sign(weights, strength * l1_ratio)
    add_weights(weights, strength * (1 - l1_ratio))


def shrink(weights: Sequence[Tensor], lr: float, strength: float) -> None:
    """w ← (1 - lr · strength) · w."""
    if trained := _trained(weights):
        torch._foreach_mul_(trained, 1 - lr * strength)


def threshold(weights: Sequence[Tensor], lr: float, strength: float) -> None:
    """w ← sign(w) · max(|w| - lr · strength, 0), the proximal map of lr · strength · |w|."""
    stepped = [weight.detach() for weight in weights]
    if stepped:
        sizes = torch._foreach_abs(stepped)
        torch._foreach_sub_(sizes, lr * strength)
        torch._foreach_clamp_min_(sizes, 0.0)
        torch._foreach_sign_(stepped)
        torch._foreach_mul_(stepped, sizes)


def _trained(weights: Sequence[Tensor]) -> list[Tensor]:
    """The weights that take part in the step, outside of autograd: none, where an optimizer's are all frozen."""
    return [weight.detach() for weight in weights if weight.grad is not None]


def _gradients(weights: Sequence[Tensor]) -> list[Tensor]:
    return [weight.grad for weight in weights if weight.grad is not None]
