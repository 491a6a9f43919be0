"""Which values of a config can be others from an epoch on, and what is wrong with the changes that a config names.

A training in which values change is a chain: each part is set up anew with its values, and goes on from the checkpoint
of the part before. So what is set up for a training and kept in no checkpoint takes its new value by itself. What an
optimizer keeps beside its parameters takes it after the checkpoint is loaded (`training.optimizer_step`).
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from experiments.component import Component
from experiments.config import ExperimentConfig
from experiments.errors import Problem, problems_of, suggestion

CHANGING = ("optimizer", "schedule", "regularizers")
"""The sections of a config in which numbers can change."""
AT_ZERO = "at 0 an optimizer keeps another state, which none can go on from"
_BUILT = "the network is built before the training, and its weights fit no other"
_REASONS = {
    "initializer": "weights are drawn once, before the training",
    "training": "a training is cut into epochs and batches once, before it begins",
    "model": _BUILT,
    "activation": _BUILT,
    "normalization": _BUILT,
    "data": "the data are those that the training began with",
}


def why_constant(section: str, component: type[Component] | None, field: str) -> str:
    """Why a field of a component cannot change in a training; empty if it can."""
    if section not in CHANGING:
        return _REASONS.get(section, f"numbers of {', '.join(CHANGING)} can change, and nothing else")
    if component is None:
        return "the config has no such component; write a place such as optimizer.lr or regularizers.dropout.p"
    known = component.hyperparameters()
    if field not in known:
        return f"{component.id()} has no such field{suggestion(field, known)}"
    if known[field].annotation not in (int, float):
        return "only numbers change in a training"
    return f"{component.id()} reads it only where a training begins" if field in component.unchanging else ""


def change_problems(config: ExperimentConfig) -> Iterator[Problem]:
    """What is wrong with the changes that a config names, each right in itself."""
    changed, last = config, -1
    for index, change in enumerate(config.training.changes):
        place = f"training.changes.{index}"
        if change.after_epoch <= last:
            yield Problem(f"{place}.after_epoch", f"it comes after the change at {last}; write changes in their order")
        if change.after_epoch >= config.training.epochs:
            message = f"the training is over after {config.training.epochs} epochs; leave it out"
            yield Problem(f"{place}.after_epoch", message)
        last = change.after_epoch
        for path, value in change.values.items():
            reason, changed = _tried(changed, path, value)
            if reason:
                yield Problem(f"{place}.values.{path}", reason)
    paths = {path for change in config.training.changes for path in change.values}
    if config.training.lr_range_test and "optimizer.lr" in paths:
        yield Problem("training.lr_range_test", "it finds a rate that training.changes replaces; leave it out")


def _tried(config: ExperimentConfig, path: str, value: float) -> tuple[str, ExperimentConfig]:
    """What is wrong with a value at a path, and the config with it."""
    component, section, field = config.part(path), path.partition(".")[0], path.rpartition(".")[2]
    if reason := why_constant(section, type(component) if component is not None else None, field):
        return f"it cannot change: {reason}", config
    before = getattr(component, field)
    if section == "optimizer" and bool(before) != bool(value):
        return f"it cannot change from {before:g} to {value:g}: {AT_ZERO}", config
    try:
        return "", config.with_value(path, value)
    except ValidationError as error:
        return "; ".join(problem.message for problem in problems_of(error)), config
