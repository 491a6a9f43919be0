"""Parameters in groups: which are decayed, and how fast each layer learns."""

from __future__ import annotations

from typing import Any

from torch import nn
from torch.nn import Parameter
from torch.nn.utils import parametrize


def layers(model: nn.Module) -> list[list[Parameter]]:
    """The trainable parameters by layer, in the order in which the modules are registered.

    A module that owns a weight of two or more dimensions begins a layer. What has only vectors, such as a
    normalisation, belongs to the layer before it. A parameter that several modules share belongs to the first.
    """
    found: list[list[Parameter]] = []
    seen: set[Parameter] = set()
    for module in model.modules():
        # The weight of a parametrized layer stands in a submodule, its bias does not: they belong together.
        own = module.parameters(recurse=parametrize.is_parametrized(module))
        new = [parameter for parameter in own if parameter.requires_grad and parameter not in seen]
        seen.update(new)
        if new and (not found or any(parameter.ndim > 1 for parameter in new)):
            found.append(new)
        elif new:
            found[-1].extend(new)
    return found


def groups(model: nn.Module, lr: float, layer_decay: float, spared: dict[str, Any]) -> list[dict[str, Any]]:
    """Parameter groups; those of vectors have ``spared`` as options of their own.

    Where layers learn at different rates, ``lr_scale`` is the factor of a group, which the schedule keeps to.
    """
    gathered: dict[tuple[int, bool], dict[str, Any]] = {}
    for distance, parameters in enumerate(reversed(layers(model)) if layer_decay < 1 else [_trainable(model)]):
        scale = layer_decay**distance
        for parameter in parameters:
            vector = bool(spared) and parameter.ndim <= 1
            options = {"lr": lr * scale, "lr_scale": scale} if layer_decay < 1 else {}
            group = gathered.setdefault((distance, vector), {"params": [], **options, **(spared if vector else {})})
            group["params"].append(parameter)
    return list(gathered.values())


def _trainable(model: nn.Module) -> list[Parameter]:
    return [parameter for parameter in model.parameters() if parameter.requires_grad]
