"""From an optimizer's declaration to a torch optimizer over a model's parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import Parameter
from torch.optim import Optimizer as TorchOptimizer

from experiments.errors import TrainingError
from experiments.optimizers import OPTIMIZERS, Optimizer
from experiments.optimizers._groups import Options, groups, sparse

_FUSED = (torch.float32, torch.float64)


def for_model(
    component: Optimizer,
    model: nn.Module,
    taken: Mapping[Parameter, Options] | None = None,
    options: Callable[[Parameter], Options] | None = None,
) -> TorchOptimizer:
    """The optimizer of all trainable parameters of a model, or of those that are ``taken``, with options of their own.

    ``options`` are those that every parameter has by its kind, apart from its rate.

    Raises:
        TrainingError: the model has sparse gradients, which the optimizer does not take.
    """
    if sparse(model) and not component.sparse:
        able = ", ".join(member.id() for member in OPTIMIZERS if member.sparse)
        raise TrainingError(
            f"{component.name} takes no sparse gradients: build the embedding with sparse=False, or use one of {able}"
        )
    grouped = groups(model, component.lr, component.layer_decay, options or spared(component), taken)
    optimizer: TorchOptimizer = component.build(grouped, **_form(component.resolved(), model))
    _put_to_rest(optimizer)
    return optimizer


def _put_to_rest(optimizer: TorchOptimizer) -> None:
    """Begin every velocity of torch's fused SGD at 0, which leaves each step as it is.

    It takes all velocities or none, but a parameter may get its first gradient when others have long had theirs.
    """
    for group in optimizer.param_groups:
        if group.get("fused") and group.get("momentum"):
            for parameter in group["params"]:
                optimizer.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)


def spared(component: Optimizer) -> Callable[[Parameter], Options]:
    """The options of a parameter: a decay of the optimizer's own spares vectors, unless it is asked not to."""
    decays = bool(getattr(component, "weight_decay", 0.0)) and not getattr(component, "decay_biases", False)
    return lambda parameter: {"weight_decay": 0.0} if decays and parameter.ndim <= 1 else {}


def _form(target: type[TorchOptimizer], model: nn.Module) -> dict[str, Any]:
    """The fused form where there is one for weights on the CPU, otherwise that for lists; neither has sparse gradients.

    Fused it takes a fifth of the time. Not in bfloat16, where torch 2.13's fused SGD leaves all but the last few
    entries of a tensor as they are. Not on a GPU: under a gradient scaler it gets gradients that are still scaled, and
    unscales them itself, so clipping and penalties before it would act on numbers that are thousands of times too
    large.
    """
    offered = inspect.signature(target).parameters
    fits = all(weight.device.type == "cpu" and weight.dtype in _FUSED for weight in model.parameters())
    form = "fused" if fits and "fused" in offered else "foreach"
    return {form: True} if form in offered and not sparse(model) else {}
