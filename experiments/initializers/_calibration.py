"""The frame of data-driven initializers: a copy to work on, and the weights that come back."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import nn

from experiments import seeding


def calibrate(model: nn.Module, adapt: Callable[[nn.Module], object]) -> None:
    """Let ``adapt`` change a copy of the model, and take over its parameters.

    Buffers and random number generators are afterward what they were.
    """
    draft = copy.deepcopy(model)
    # cuDNN's recurrent layers cannot be differentiated twice.
    with seeding.preserved(), torch.backends.cudnn.flags(enabled=False):
        adapt(draft)
    with torch.no_grad():
        for parameter, found in zip(model.parameters(), draft.parameters(), strict=True):
            parameter.copy_(found)
