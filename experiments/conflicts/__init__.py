"""What does not go together, declared once: read by the config, by search spaces and by the catalog.

A rule is between two parts of a config, each named as the catalog names it (``optimizer.lbfgs``, or ``schedule`` for
every schedule). Where it holds, the config is refused, or warned of when the combination is merely unwise. Most rules
are about whatever has a trait, so that a user's own component takes part in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from experiments.catalog import KINDS
from experiments.config import DEFAULTS, ExperimentConfig, metric_names
from experiments.conflicts.initializers import initializer_rules
from experiments.conflicts.models import model_rules
from experiments.conflicts.normalizations import normalization_rules
from experiments.conflicts.optimizers import optimizer_rules
from experiments.conflicts.regularizers import regularizer_rules
from experiments.conflicts.rule import Clash, Rule
from experiments.errors import suggestion


def rules() -> tuple[Rule, ...]:
    """All rules, about the components that there are now: by its traits, a user's own takes part in them."""
    return _rules_of_versions(*(kind.version for kind in KINDS.values()))


@lru_cache(maxsize=1)
def _rules_of_versions(*_: int) -> tuple[Rule, ...]:
    """Written anew when a component has come or gone."""
    return (*initializer_rules(), *normalization_rules(), *regularizer_rules(), *optimizer_rules(), *model_rules())


def conflicts(config: ExperimentConfig) -> Iterator[Clash]:
    """What is wrong between components that are each right in themselves."""
    if config.fold is not None and config.fold >= config.folds:
        message = f"there are {config.folds} folds, counted from 0; write at most {config.folds - 1}"
        yield Clash("fold", message, ("fold", "folds"))
    yield from structural(config)
    yield from (rule.clash for rule in rules() if rule.refused and rule.holds(config))


def warnings(config: ExperimentConfig) -> Iterator[Clash]:
    """What may be done, but is unwise."""
    yield from (rule.clash for rule in rules() if not rule.refused and rule.holds(config))


def structural(config: ExperimentConfig) -> Iterator[Clash]:
    """What is wrong because of what the model is, and not by a rule between two parts."""
    yield from _plugin_conflicts(config) if config.model.from_plugin else _built_in_conflicts(config)


def rules_of(kind: str, name: str) -> Iterator[Rule]:
    """The rules that a component takes part in."""
    yield from (rule for rule in rules() if rule.concerns(kind, name))


def _built_in_conflicts(config: ExperimentConfig) -> Iterator[Clash]:
    data, model = f"data.{config.data.name}", f"model.{config.model.name}"
    if not config.training.keep_pretrained:
        message = f"{config.model.name} comes without pretrained weights; leave it out"
        yield Clash("training.keep_pretrained", message, ("training.keep_pretrained", model))
    if config.data.from_plugin:
        message = f"{config.data.name} is a user's own data module; it needs a user's own model"
        yield Clash("model", message, (data, model))
        return
    for kind in DEFAULTS:
        if getattr(config, kind) is None:
            yield Clash(kind, f"{config.model.name} needs one; name it or leave the field out", (kind, model))
    if len(config.data.shape) not in config.model.dimensions:
        fitting = [model.id() for model in KINDS["model"] if len(config.data.shape) in model.dimensions]
        message = f"{config.model.name} cannot take data of shape {config.data.shape}; use {' or '.join(fitting)}"
        yield Clash("model", message, (data, model))
    if not config.training.own_groups:
        message = f"{config.model.name} has no parameter groups of a user's own; leave own_groups out"
        yield Clash("training.own_groups", message, ("training.own_groups", model))
    known = metric_names(config.data.task)
    if config.monitor.metric not in known:
        message = f"unknown metric {config.monitor.metric!r}{suggestion(config.monitor.metric, known)}"
        yield Clash("monitor.metric", message, ("monitor", data))


def _plugin_conflicts(config: ExperimentConfig) -> Iterator[Clash]:
    name, model = config.model.name, f"model.{config.model.name}"
    if not config.data.from_plugin:
        message = f"{name} is a user's own module; it needs a user's own data module"
        yield Clash("data", message, (f"data.{config.data.name}", model))
    if config.activation is not None:
        message = f"{name} is a user's own module and chooses its activations itself; leave it out"
        yield Clash("activation", message, ("activation", model))
    if config.normalization is not None:
        message = f"{name} is a user's own module and normalizes itself; leave it out"
        yield Clash("normalization", message, ("normalization", model))
    for regularizer in config.regularizers.values():
        if regularizer.needs:
            message = f"needs {regularizer.needs}, which a user's own module ({name}) does not offer; leave it out"
            yield Clash(f"regularizers.{regularizer.name}", message, (f"regularizer.{regularizer.name}", model))
    refusal = config.data.refusal_of_folds()
    if config.fold is not None and refusal:
        yield Clash("fold", refusal, ("fold", f"data.{config.data.name}"))
    if config.initializer is None and not config.training.keep_pretrained:
        message = f"nothing draws the weights of {name} anew but an initializer; name one too"
        yield Clash("training.keep_pretrained", message, ("training.keep_pretrained", "initializer", model))
    if config.optimizer is None:
        yield from _without_optimizer(config)


def _without_optimizer(config: ExperimentConfig) -> Iterator[Clash]:
    """What a user's own module cannot have where its own optimizer is used."""
    name, parts = config.model.name, ("optimizer", f"model.{config.model.name}")
    if config.schedule is not None:
        message = f"{name} uses its own optimizer and schedule; name an optimizer too"
        yield Clash("schedule", message, ("schedule", *parts))
    if config.training.lr_range_test:
        message = f"{name} uses its own optimizer and rate; name an optimizer too"
        yield Clash("training.lr_range_test", message, ("training.lr_range_test", *parts))
    if not config.training.own_groups:
        message = f"{name} uses its own optimizer, so there is none to take over its groups; name an optimizer too"
        yield Clash("training.own_groups", message, ("training.own_groups", *parts))
    if "weight_decay" in config.regularizers:
        message = f"{name} uses its own optimizer; name an optimizer too"
        yield Clash("regularizers.weight_decay", message, ("regularizer.weight_decay", *parts))
