"""What a user's own modules leave unread of what was written: whoever wrote it is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from experiments.config import ExperimentConfig
from experiments.conflicts.rule import Clash
from experiments.data import Data
from experiments.models import Model
from experiments.training_fields import Training

RATES = ("lr", "learning_rate")
"""What modules call the argument that is the rate of their own optimizer."""


def takes(data: type[Data], argument: str) -> bool:
    """Whether a run on these data heeds the batch size, or the fold of a cross-validation."""
    return not data.from_plugin or argument in data.accepts


def sets(model: type[Model], rate: str, value: Any) -> bool:
    """Whether a value of the module's rate was chosen: it is neither the default nor one that has to be given."""
    field = model.hyperparameters()[rate]
    return not field.is_required() and bool(value != field.default)


def unread_batch_size(data: type[Data]) -> str:
    """Why the batch size does nothing, and what would change that."""
    does = f"the data module of {data.id()} takes no argument batch_size, so that this does nothing"
    return f"{does}; give it one, or leave this out"


def unread_rate(model: type[Model], rate: str, optimizer: str) -> str:
    """Why the rate of a module's own optimizer does nothing beside an optimizer of the config."""
    return (
        f"the optimizer {optimizer} takes the place of {model.id()}'s own, so that the module's {rate} does nothing "
        f"there; give optimizer.{optimizer}.lr instead, or leave the optimizer out"
    )


def ignored(config: ExperimentConfig) -> Iterator[Clash]:
    """What a single config sets to something else than its default, and nothing reads."""
    data, model, optimizer = type(config.data), type(config.model), config.optimizer
    default = Training.model_fields["batch_size"].default
    if not takes(data, "batch_size") and config.training.batch_size != default:
        parts = ("training.batch_size", f"data.{data.id()}")
        yield Clash("training.batch_size", unread_batch_size(data), parts)
    if not model.from_plugin or optimizer is None:
        return
    for rate in model.hyperparameters().keys() & RATES:
        if sets(model, rate, getattr(config.model, rate)):
            parts = (f"model.{model.id()}", f"optimizer.{optimizer.name}")
            yield Clash(f"model.{model.id()}.{rate}", unread_rate(model, rate, optimizer.name), parts)
