"""Weights with a structure, filled in place; all have the shape (fan out, fan in, *kernel)."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def delta_orthogonal_(kernel: Tensor, gain: float) -> Tensor:
    """Zero but for the center of the kernel, which is (semi-)orthogonal."""
    kernel.zero_()
    _center(kernel).copy_(nn.init.orthogonal_(torch.empty_like(_center(kernel)), gain))
    return kernel


def identity_(weight: Tensor, gain: float = 1.0) -> Tensor:
    """Zero but for ``gain`` on the diagonal, in the center of the kernel; more rows than columns repeat it."""
    weight.zero_()
    rows = torch.arange(len(weight))
    _center(weight)[rows, rows % weight.shape[1]] = gain
    return weight


def sparse_(weight: Tensor, sparsity: float, gain: float) -> Tensor:
    """Gaussian weights of which each row keeps k, chosen at random; their deviation is gain / √k."""
    rows = weight.view(len(weight), -1)
    fan_in = rows.shape[1]
    kept = max(1, fan_in - round(sparsity * fan_in))
    chosen = torch.rand_like(rows).argsort(dim=1)[:, :kept]
    values = torch.randn_like(rows[:, :kept]) * (gain / kept**0.5)
    rows.zero_().scatter_(1, chosen, values)
    return weight


def _center(kernel: Tensor) -> Tensor:
    """The view of shape (fan out, fan in) on the kernel's central tap; a matrix is its own."""
    for _ in range(kernel.ndim - 2):
        kernel = kernel[:, :, kernel.shape[2] // 2]
    return kernel
