"""Parameters in groups: which are decayed, and how fast each layer learns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import nn
from torch.nn import Parameter
from torch.nn.utils import parametrize

Options = Mapping[str, Any]


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


def sparse(model: nn.Module) -> bool:
    """Whether the model has gradients that name the rows of an embedding that they change, and leave out the others."""
    return any(getattr(module, "sparse", False) is True for module in model.modules())


def groups(
    model: nn.Module, lr: float, layer_decay: float, options: Callable[[Parameter], Options]
) -> list[dict[str, Any]]:
    """Parameter groups: parameters of one rate and the same ``options`` are together.

    ``lr_scale`` is the factor of the base rate that a group has, if it is not 1; the schedule keeps to it.
    """
    gathered: dict[tuple[tuple[str, Any], ...], dict[str, Any]] = {}
    for distance, parameters in enumerate(reversed(layers(model)) if layer_decay < 1 else [_trainable(model)]):
        for parameter in parameters:
            own = dict(options(parameter))
            scale = own.pop("lr_scale", 1.0) * layer_decay**distance
            own |= {"lr": lr * scale, "lr_scale": scale} if scale != 1 else {}
            gathered.setdefault(tuple(sorted(own.items())), {"params": [], **own})["params"].append(parameter)
    return list(gathered.values())


def _trainable(model: nn.Module) -> list[Parameter]:
    return [parameter for parameter in model.parameters() if parameter.requires_grad]
