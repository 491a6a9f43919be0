"""From an optimizer's declaration to a torch optimizer over a model's parameters."""

from __future__ import annotations

import inspect
from typing import Any

from torch import nn
from torch.optim import Optimizer as TorchOptimizer

from experiments.errors import TrainingError
from experiments.optimizers import OPTIMIZERS, Optimizer
from experiments.optimizers._groups import groups


def over(component: Optimizer, model: nn.Module) -> TorchOptimizer:
    """The optimizer of all trainable parameters of a model, grouped as the component asks."""
    sparse = any(getattr(module, "sparse", False) is True for module in model.modules())
    if sparse and not component.sparse:
        able = ", ".join(member.id() for member in OPTIMIZERS if member.sparse)
        raise TrainingError(
            f"{component.name} takes no sparse gradients: build the embedding with sparse=False, or use one of {able}"
        )
    decays = bool(getattr(component, "weight_decay", 0.0)) and not getattr(component, "decay_biases", False)
    grouped = groups(model, component.lr, component.layer_decay, {"weight_decay": 0.0} if decays else {})
    optimizer: TorchOptimizer = component.build(grouped, **_form(component.resolved(), model, sparse))
    # Under a gradient scaler, a fused form would get scaled gradients and unscale them itself: clipping and penalties
    # before it would act on numbers that are thousands of times too large.
    optimizer._step_supports_amp_scaling = False  # type: ignore[attr-defined]
    return optimizer


def _form(target: type[TorchOptimizer], model: nn.Module, sparse: bool) -> dict[str, Any]:
    """On the CPU the fused form where there is one, which takes a fifth of the time; it has no sparse gradients."""
    on_cpu = all(parameter.device.type == "cpu" for parameter in model.parameters())
    return {"fused": True} if on_cpu and not sparse and "fused" in inspect.signature(target).parameters else {}
