"""Ways of bounding the gradient, in place."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def clip_norm(parameters: Sequence[Tensor], norm: Tensor, bound: float) -> None:
    """g ← g · min(1, bound / norm), for all parameters together."""
    torch.nn.utils.clip_grads_with_norm_(parameters, bound, norm)
