"""What does not go together, declared once: read by the config, by search spaces and by the catalogue.

A rule is between two parts of a config, each named as the catalogue names it (``optimizer.lbfgs``, or ``schedule`` for
every schedule). Where it holds, the config is refused, or warned of when the combination is merely unwise.
"""

from __future__ import annotations

from collections.abc import Iterator

from experiments.catalogue import KINDS
from experiments.config import DEFAULTS, ExperimentConfig, metric_names
from experiments.conflicts.initializers import initializer_rules
from experiments.conflicts.normalizations import normalization_rules
from experiments.conflicts.optimizers import optimizer_rules
from experiments.conflicts.regularizers import regularizer_rules
from experiments.conflicts.rule import Rule
from experiments.errors import Problem, suggestion

RULES: tuple[Rule, ...] = (
    *initializer_rules(),
    *normalization_rules(),
    *regularizer_rules(),
    *optimizer_rules(),
)


def conflicts(config: ExperimentConfig) -> Iterator[Problem]:
    """What is wrong between components that are each right in themselves."""
    if config.fold is not None and config.fold >= config.folds:
        yield Problem("fold", f"there are {config.folds} folds, counted from 0; write at most {config.folds - 1}")
    yield from _foreign_conflicts(config) if config.model.foreign else _built_in_conflicts(config)
    yield from (Problem(rule.place, rule.reason) for rule in RULES if rule.refused and rule.holds(config))


def warnings(config: ExperimentConfig) -> Iterator[Problem]:
    """What may be done, but is unwise."""
    yield from (Problem(rule.place, rule.reason) for rule in RULES if not rule.refused and rule.holds(config))


def rules_of(kind: str, name: str) -> Iterator[Rule]:
    """The rules that a component takes part in."""
    yield from (rule for rule in RULES if rule.concerns(kind, name))


def _built_in_conflicts(config: ExperimentConfig) -> Iterator[Problem]:
    if config.data.foreign:
        yield Problem("model", f"{config.data.name} is a user's own data module; it needs a user's own model")
        return
    for kind in DEFAULTS:
        if getattr(config, kind) is None:
            yield Problem(kind, f"{config.model.name} needs one; name it or leave the field out")
    if len(config.data.shape) not in config.model.dimensions:
        fitting = [model.id() for model in KINDS["model"] if len(config.data.shape) in model.dimensions]
        yield Problem(
            "model", f"{config.model.name} cannot take data of shape {config.data.shape}; use {' or '.join(fitting)}"
        )
    known = metric_names(config.data.task)
    if config.monitor.metric not in known:
        yield Problem(
            "monitor.metric", f"unknown metric {config.monitor.metric!r}{suggestion(config.monitor.metric, known)}"
        )


def _foreign_conflicts(config: ExperimentConfig) -> Iterator[Problem]:
    name = config.model.name
    if config.activation is not None:
        yield Problem("activation", f"{name} is a user's own module and chooses its activations itself; leave it out")
    if config.normalization is not None:
        yield Problem("normalization", f"{name} is a user's own module and normalises itself; leave it out")
    if config.schedule is not None and config.optimizer is None:
        yield Problem("schedule", f"{name} uses its own optimizer and schedule; name an optimizer too")
    for regularizer in config.regularizers.values():
        if regularizer.needs:
            what = f"needs {regularizer.needs}, which a user's own module ({name}) does not offer"
            yield Problem(f"regularizers.{regularizer.name}", f"{what}; leave it out")
    if config.fold is not None and config.data.foreign and "fold" not in config.data.accepts:
        yield Problem(
            "fold", f"the data module of {config.data.name} takes no argument fold; it cannot be cross-validated"
        )
    if config.optimizer is None and config.training.lr_range_test:
        yield Problem("training.lr_range_test", f"{name} uses its own optimizer and rate; name an optimizer too")
    if config.optimizer is None and "weight_decay" in config.regularizers:
        yield Problem("regularizers.weight_decay", f"{name} uses its own optimizer; name an optimizer too")
