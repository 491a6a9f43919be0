"""Parameters in groups: which are decayed, and how fast each layer learns."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any

from torch import nn
from torch.nn import Parameter
from torch.nn.utils import parametrize

Options = Mapping[str, Any]


def layers(model: nn.Module, among: Container[Parameter] | None = None) -> list[list[Parameter]]:
    """The trainable parameters by layer, or those ``among`` others, in the order in which the modules are registered.

    A module that owns a weight of two or more dimensions begins a layer. What has only vectors, such as a
    normalization, belongs to the layer before it. A parameter that several modules share belongs to the first.
    """
    chosen = trainable(model) if among is None else among
    found: list[list[Parameter]] = []
    seen: set[Parameter] = set()
    for module in model.modules():
        # The weight of a parametrized layer stands in a submodule, its bias does not: they belong together.
        own = module.parameters(recurse=parametrize.is_parametrized(module))
        new = [parameter for parameter in own if parameter in chosen and parameter not in seen]
        seen.update(new)
        if new and (not found or any(parameter.ndim > 1 for parameter in new)):
            found.append(new)
        elif new:
            found[-1].extend(new)
    return found


def trainable(model: nn.Module) -> dict[Parameter, Options]:
    """The parameters of a model that are not frozen, without options of their own."""
    return {parameter: {} for parameter in model.parameters() if parameter.requires_grad}


def head(model: nn.Module) -> set[Parameter]:
    """The trainable parameters of the output layer: the last that has a weight of two or more dimensions."""
    last = layers(model)[-1:]
    return {parameter for layer in last if any(each.ndim > 1 for each in layer) for parameter in layer}


def sparse(model: nn.Module) -> bool:
    """Whether the model has gradients that name the rows of an embedding that they change, and leave out the others."""
    return any(getattr(module, "sparse", False) is True for module in model.modules())


def groups(
    model: nn.Module,
    lr: float,
    layer_decay: float,
    options: Callable[[Parameter], Options],
    taken: Mapping[Parameter, Options] | None = None,
) -> list[dict[str, Any]]:
    """Parameter groups: parameters of one rate and the same ``options`` are together.

    They are those that are ``taken``, with options that go before the others, or all trainable ones. ``lr_scale`` is
    the factor of the base rate that a group has, if it is not 1; the schedule keeps to it. Where several things give a
    parameter a factor, it has their product. ``partner`` marks a group whose rate has a field of its own.
    """
    chosen = trainable(model) if taken is None else taken
    gathered: dict[tuple[tuple[str, Any], ...], dict[str, Any]] = {}
    for distance, parameters in enumerate(reversed(layers(model, chosen)) if layer_decay < 1 else [chosen]):
        for parameter in parameters:
            usual, own = dict(options(parameter)), dict(chosen[parameter])
            scale = usual.pop("lr_scale", 1.0) * own.pop("lr_scale", 1.0) * layer_decay**distance
            own = usual | own | ({"lr": lr * scale, "lr_scale": scale} if scale != 1 else {})
            gathered.setdefault(tuple(sorted(own.items())), {"params": [], **own})["params"].append(parameter)
    return list(gathered.values())
