"""A config's optimizer in the place of the one that a user's own module configures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytorch_lightning as pl
import torch
from torch import nn
from torch.nn import Parameter

from experiments.config import ExperimentConfig
from experiments.errors import TrainingError
from experiments.optimizers import Optimizer
from experiments.optimizers._groups import Options
from experiments.training.module import attached

Log = Callable[[str], None]


def replace_optimizer(module: pl.LightningModule, config: ExperimentConfig, log: Log) -> None:
    """Let the module's ``configure_optimizers`` give the config's optimizer.

    Unless ``training.own_groups`` is off, the module's own is called too, once and under the trainer, which it may
    need: its parameter groups are taken over, and what it leaves out stays as it is.

    Raises:
        TrainingError: the module optimizes by hand.
    """
    own, name, component = module.configure_optimizers, config.model.name, config.optimizer
    assert component  # noqa: S101 - its callers have seen to it

    def configure_optimizers() -> torch.optim.Optimizer:
        _refuse_by_hand(module, name)  # the module may have decided so when it was set up
        taken = _taken_over(module, own, config, log) if config.training.own_groups else None
        # An optimizer of a user's own need not know of parameters that are taken over where there are none.
        return attached(
            component.for_model(module, taken) if taken is not None else component.for_model(module), module
        )

    _refuse_by_hand(module, name)
    module.configure_optimizers = configure_optimizers  # type: ignore[method-assign]


def _refuse_by_hand(module: pl.LightningModule, name: str) -> None:
    if not module.automatic_optimization:
        raise TrainingError(f"{name} optimizes by hand, with optimizers of its own; leave the optimizer out")


def _taken_over(
    module: pl.LightningModule, own: Callable[[], Any], config: ExperimentConfig, log: Log
) -> dict[Parameter, Options] | None:
    """The options of each parameter that the module's own optimizer trains; nothing if it has none.

    Raises:
        TrainingError: it has several.
    """
    name, component = config.model.name, config.optimizer
    assert component  # noqa: S101 - ``replace_optimizer`` has seen to it
    try:
        parts = list(_parts(own()))
    except Exception as error:  # a user's code may raise anything
        log(
            f"configure_optimizers of {name} failed ({type(error).__name__}: {error}), so its parameter groups are not "
            f"known; {component.name} trains all parameters that are not frozen"
        )
        return None
    optimizers = [part for part in parts if isinstance(part, torch.optim.Optimizer)]
    if len(optimizers) < len(parts):
        log(f"the schedule of {name} itself is left out: the config's stands in its place")
    if len(optimizers) > 1:
        raise TrainingError(
            f"{name} has {len(optimizers)} optimizers, and {component.name} cannot take the place of several: leave "
            "the optimizer out, or set training.own_groups to false, and it trains all parameters that are not frozen"
        )
    if not optimizers:
        return None
    taken = options_of(optimizers[0], module, component)
    if told := _summary(taken, module, component.layer_decay):
        log(f"{component.name} takes over the parameter groups of {name}: {told}")
    return taken


def _parts(configured: Any) -> Iterator[Any]:
    """The optimizers and schedules in what ``configure_optimizers`` gives, in any form that Lightning takes."""
    if isinstance(configured, Mapping):
        for key in ("optimizer", "lr_scheduler", "scheduler"):
            yield from _parts(configured.get(key))
    elif isinstance(configured, list | tuple):
        for part in configured:
            yield from _parts(part)
    elif configured is not None:
        yield configured


def options_of(own: torch.optim.Optimizer, model: nn.Module, component: Optimizer) -> dict[Parameter, Options]:
    """What the groups of a module's own optimizer say of its parameters, in the order of the module.

    ``lr_scale`` is a group's rate relative to the one that the optimizer was made with, if a group has that, otherwise
    to that of the first group. A schedule has changed rates already; those it starts from count. A group without
    weight decay beside others with it is spared that of ``component`` too.
    """
    base = _base_rate(own)
    decays = getattr(component, "weight_decay", 0.0) and any(group.get("weight_decay") for group in own.param_groups)
    found: dict[Parameter, Options] = {}
    for group in own.param_groups:
        options: dict[str, Any] = {"lr_scale": _rate(group) / base if base else 1.0}
        if decays and not group.get("weight_decay"):
            options["weight_decay"] = 0.0
        found |= dict.fromkeys(group["params"], options)
    return {parameter: found[parameter] for parameter in model.parameters() if parameter in found}


def _base_rate(own: torch.optim.Optimizer) -> float:
    """What the rates of its groups are measured by; 0 if all of them are 0."""
    rates = [rate for group in own.param_groups if (rate := _rate(group)) > 0]
    default = own.defaults.get("lr")
    return float(default) if default in rates else next(iter(rates), 0.0)


def _rate(group: Mapping[str, Any]) -> float:
    """That it starts from; 1 where the optimizer finds its rate itself."""
    rate = group.get("initial_lr", group.get("lr"))
    return 1.0 if rate is None else float(rate)


def _summary(taken: Mapping[Parameter, Options], model: nn.Module, layer_decay: float) -> str:
    """What they say that an optimizer of all parameters would not; empty if nothing."""
    left_out = sum(parameter.requires_grad for parameter in model.parameters() if parameter not in taken)
    scales = dict.fromkeys(options["lr_scale"] for options in taken.values())
    n_spared = sum("weight_decay" in options for options in taken.values())
    rates = f"their rates are {', '.join(f'{scale:g}' for scale in scales)} times its own"
    told = [
        rates + (", and layer_decay multiplies them" if layer_decay < 1 else "") if {*scales} - {1.0} else "",
        f"{n_spared} tensors are not decayed" if n_spared else "",
        f"{left_out} tensors that it leaves out stay as they are" if left_out else "",
    ]
    return "; ".join(filter(None, told))
