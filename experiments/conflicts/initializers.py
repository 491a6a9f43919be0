"""What initializers do not go together with: a model without their layers, activations, normalizations."""

from __future__ import annotations

from collections.abc import Iterator

from experiments.config import ExperimentConfig
from experiments.conflicts.rule import Rule, having
from experiments.initializers import INITIALIZERS
from experiments.models import MODELS
from experiments.normalizations import NORMALIZATIONS


def initializer_rules() -> tuple[Rule, ...]:
    """All rules of the family, as ``experiments.conflicts`` lists them; none of them is refused."""
    return (*_with_models(), *_with_activations(), *_with_normalizations())


def _has(config: ExperimentConfig, kind: str, name: str) -> bool:
    part = getattr(config, kind)
    return part is not None and part.name == name


def _unwise(name: str, kind: str, second: str, reason: str) -> Rule:
    """A warning of the initializer ``name`` where the config has ``kind: second``."""

    def holds(config: ExperimentConfig) -> bool:
        return _has(config, "initializer", name) and _has(config, kind, second)

    return Rule(f"initializer.{name}", f"{kind}.{second}", "initializer", reason, holds, refused=False)


def _with_models() -> Iterator[Rule]:
    for name in having(INITIALIZERS, "for_kernels"):
        for model in _without("spatial"):
            reason = f"{model} has no convolution, so every layer gets orthogonal instead of {name}; name that"
            yield _unwise(name, "model", model, reason)
        yield _of_rows(name)
    for name in having(INITIALIZERS, "for_recurrent"):
        for model in _without("recurrent"):
            reason = f"{model} has no recurrent layer, so every layer gets the initializer that {name} names as ih"
            yield _unwise(name, "model", model, reason)


def _without(trait: str) -> Iterator[str]:
    """Models of ours without a trait; what a user's own module is made of, nobody knows."""
    yield from (model.id() for model in MODELS if not model.from_plugin and model.id() not in having(MODELS, trait))


def _of_rows(name: str) -> Rule:
    def holds(config: ExperimentConfig) -> bool:
        rows = not config.data.from_plugin and len(config.data.shape) == 1
        return _has(config, "initializer", name) and config.model.name == "residual" and rows

    reason = f"residual has no convolution on rows of features, so every layer gets orthogonal instead of {name}"
    return Rule(f"initializer.{name}", "model.residual", "initializer", f"{reason}; name that", holds, refused=False)


def _with_activations() -> Iterator[Rule]:
    for name in having(INITIALIZERS, "breaks_selu"):
        reason = "selu keeps mean 0 and variance 1 with weights of variance 1/fan_in only; choose lecun_normal"
        yield _unwise(name, "activation", "selu", reason)


def _with_normalizations() -> Iterator[Rule]:
    for form in having(NORMALIZATIONS, "bounds_scale"):
        reason = f"{form} normalization decides the scale of every weight, so there is nothing to scale"
        for name in having(INITIALIZERS, "rescales"):
            yield _unwise(name, "normalization", form, f"{reason}; choose one of both")
