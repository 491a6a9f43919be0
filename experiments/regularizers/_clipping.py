"""Ways of bounding the gradient, in place."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def clip_norm(parameters: Sequence[Tensor], norm: Tensor, bound: float) -> None:
    """g ← g · min(1, bound / norm), for all parameters together."""
    torch.nn.utils.clip_grads_with_norm_(parameters, bound, norm)


def clip_value(parameters: Sequence[Tensor], bound: float) -> None:
    """g ← min(max(g, -bound), bound), entry by entry."""
    torch.nn.utils.clip_grad_value_(parameters, bound)


def clip_adaptively(parameters: Sequence[Tensor], ratio: float, smallest: float) -> None:
    """g ← g · min(1, ratio · max(‖w‖, smallest) / ‖g‖) for every unit: a row of a matrix, a filter, a whole bias."""
    for parameter in parameters:
        if parameter.grad is not None:
            allowed = ratio * _unit_norms(parameter.detach()).clamp(min=smallest)
            norms = _unit_norms(parameter.grad)
            parameter.grad.mul_(torch.where(norms > allowed, allowed / norms, torch.ones_like(norms)))


def _unit_norms(values: Tensor) -> Tensor:
    """The norm of each unit's part, in a shape that multiplies ``values``."""
    if values.ndim <= 1:
        whole: Tensor = torch.linalg.vector_norm(values)
        return whole
    norms: Tensor = torch.linalg.vector_norm(values.flatten(1), dim=1)
    return norms.reshape(-1, *[1] * (values.ndim - 1))
