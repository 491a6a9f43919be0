"""What does not go together, declared once: read by the config, by search spaces and by the catalogue.

A rule is between two parts of a config, each named as the catalogue names it (``optimizer.lbfgs``, or ``schedule`` for
every schedule). Where it holds, the config is refused, or warned of when the combination is merely unwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from experiments.catalogue import KINDS
from experiments.config import DEFAULTS, ExperimentConfig, metric_names
from experiments.errors import Problem, suggestion


@dataclass(frozen=True)
class Rule:
    """Two parts that do not go together, where ``holds`` says so of a config.

    ``place`` is the path of the part that has to change; ``reason`` says why, and what to do instead.
    """

    first: str
    second: str
    place: str
    reason: str
    holds: Callable[[ExperimentConfig], object]
    refused: bool = True

    def concerns(self, kind: str, name: str) -> bool:
        """Whether the catalogue's entry of this component mentions the rule."""
        return bool({self.first, self.second} & {kind, f"{kind}.{name}"})


def _has(regularizer: str) -> Callable[[ExperimentConfig], bool]:
    return lambda config: regularizer in config.regularizers


def _decays_twice(config: ExperimentConfig) -> bool:
    return bool(getattr(config.optimizer, "weight_decay", 0.0)) and "weight_decay" in config.regularizers


RULES: tuple[Rule, ...] = (
    Rule(
        "optimizer",
        "regularizer.weight_decay",
        "regularizers.weight_decay",
        "the optimizer decays weights already: set its weight_decay to 0, or leave the regularizer out",
        _decays_twice,
    ),
    Rule(
        "regularizer.label_smoothing",
        "data",
        "regularizers.label_smoothing",
        "the data have no classes; leave it out",
        lambda config: _has("label_smoothing")(config) and config.data.task != "classification",
    ),
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
    if config.optimizer is None and "weight_decay" in config.regularizers:
        yield Problem("regularizers.weight_decay", f"{name} uses its own optimizer; name an optimizer too")
