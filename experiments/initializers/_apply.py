"""Which tensors of a model an initializer fills."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

_LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)


def initialize(model: nn.Module, fill: Callable[[Tensor], object]) -> None:
    """Call ``fill`` on the weight of every linear and convolutional layer, in order, and zero their biases."""
    with torch.no_grad():
        for layer in model.modules():
            if isinstance(layer, _LAYERS):
                fill(layer.weight)
                if layer.bias is not None:
                    layer.bias.zero_()
