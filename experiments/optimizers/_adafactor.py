"""Adafactor's step. torch's reads two norms of every tensor from the device; here they stay where the weights are."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from experiments.optimizers._rule import Rule, States, Tensors, average, count, decay

_LEAST_SIZE = 1e-3
"""Smallest root mean square of a tensor that its steps are measured by."""
_LEAST_MEAN, _LEAST_SQUARE = 1e-15, 1e-30
"""What keeps denominators from being zero; the second is the paper's."""


class Adafactor(Rule):
    """Shazeer & Stern (2018), algorithms 4 and 5."""

    def __init__(self, params: Any, lr: float, decay_rate: float, clip: float, weight_decay: float) -> None:
        super().__init__(params, lr=lr, decay_rate=decay_rate, clip=clip, weight_decay=weight_decay)

    def update(self, parameters: Tensors, gradients: Tensors, states: States, group: dict[str, Any]) -> None:
        """One step, relative to the size of each tensor as it was before it decays."""
        steps = count(states)
        lengths = _root_mean_squares(parameters)
        torch._foreach_clamp_min_(lengths, _LEAST_SIZE)
        torch._foreach_mul_(lengths, [min(group["lr"], step**-0.5) for step in steps])
        decay(parameters, group)
        shares = [1 - step ** -group["decay_rate"] for step in steps]
        changes = [_mean_square(*each) for each in zip(gradients, states, shares, strict=True)]
        torch._foreach_clamp_min_(changes, _LEAST_SQUARE)
        torch._foreach_rsqrt_(changes)
        torch._foreach_mul_(changes, gradients)
        sizes = _root_mean_squares(changes)
        torch._foreach_div_(sizes, group["clip"])
        torch._foreach_clamp_min_(sizes, 1.0)
        torch._foreach_div_(lengths, sizes)
        torch._foreach_mul_(changes, lengths)
        torch._foreach_sub_(parameters, changes)


def _root_mean_squares(tensors: Tensors) -> Tensors:
    """Of each tensor, as a number that stays on the device."""
    norms = torch._foreach_norm(tensors)
    torch._foreach_mul_(norms, [tensor.numel() ** -0.5 for tensor in tensors])
    return norms


def _mean_square(gradient: Tensor, state: dict[str, Any], share: float) -> Tensor:
    """A new tensor: the average of each entry's square, of which ``share`` is old; of a matrix by rows and columns."""

    def averaged(name: str, value: Tensor) -> Tensor:
        return average([state], name, [value], share)[0]

    if gradient.ndim < 2:
        return averaged("square", gradient.square()).clone()
    rows, columns = (averaged(name, _mean_along(gradient, side)) for name, side in (("rows", -1), ("columns", -2)))
    mean: Tensor = (rows @ columns) / rows.mean(dim=-2, keepdim=True).clamp(min=_LEAST_MEAN)
    return mean


def _mean_along(gradient: Tensor, side: int) -> Tensor:
    """The mean square along a side, without a tensor of all squares."""
    mean: Tensor = torch.linalg.vector_norm(gradient, dim=side, keepdim=True).square() / gradient.shape[side]
    return mean
