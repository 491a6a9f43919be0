"""From an optimizer's declaration to a torch optimizer over a model's parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from torch import nn
from torch.optim import Optimizer


def over(build: Callable[..., Any], target: type[Optimizer], model: nn.Module, decay: float) -> Optimizer:
    """The optimizer of all trainable parameters; a decay of its own acts only on those with two or more dimensions.

    On the CPU the fused form is taken where there is one: a step of a small network then takes a fifth of the time.
    """
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    form = {}
    if (
        all(parameter.device.type == "cpu" for parameter in parameters)
        and "fused" in inspect.signature(target).parameters
    ):
        form = {"fused": True}
    groups: list[Any] = parameters
    if decay:
        weights = [parameter for parameter in parameters if parameter.ndim > 1]
        others = [parameter for parameter in parameters if parameter.ndim <= 1]
        groups = [{"params": weights}, {"params": others, "weight_decay": 0.0}]
    optimizer: Optimizer = build(groups, **form)
    return optimizer
