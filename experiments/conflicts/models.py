"""What would change nothing in a model: it is refused, or told, so that no search spends trials on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from experiments.config import DEFAULTS, ExperimentConfig
from experiments.conflicts.rule import Rule, having
from experiments.models.mlp import MLP
from experiments.models.residual import Residual
from experiments.models.rnn import RNN
from experiments.normalizations import NORMALIZATIONS, Normalization
from experiments.regularizers import REGULARIZERS


def model_rules() -> tuple[Rule, ...]:
    """All rules of the family, as ``experiments.conflicts`` lists them."""
    return (*_without_hidden_layers(), *_recurrent(), *_of_rows())


def _activated(config: ExperimentConfig) -> bool:
    """Whether somebody has chosen an activation: every config has one, and the default stands where none was named."""
    return config.activation is not None and config.activation.name != DEFAULTS["activation"]


def _normalized_in_layers(config: ExperimentConfig) -> bool:
    return config.normalization is not None and type(config.normalization).layer is not Normalization.layer


def _regularized(name: str, config: ExperimentConfig) -> bool:
    return name in config.regularizers


def _without_hidden_layers() -> Iterator[Rule]:
    yield _in_linear_models("activation", "activation", _activated)
    yield _in_linear_models("normalization", "normalization", _normalized_in_layers)
    for name in having(REGULARIZERS, "drops"):
        yield _in_linear_models(f"regularizer.{name}", f"regularizers.{name}", partial(_regularized, name))
    yield Rule(
        "activation",
        "model.rnn",
        "activation",
        "the cell of rnn brings its own non-linearities, and without a width in model.rnn.dense there is nothing else "
        "that has one; give it a width, or leave this out",
        lambda config: isinstance(config.model, RNN) and not config.model.dense and _activated(config),
    )


def _in_linear_models(part: str, place: str, acts: Callable[[ExperimentConfig], bool]) -> Rule:
    """What acts on hidden layers, in a model without any."""
    return Rule(
        part,
        "model.mlp",
        place,
        "without a width in model.mlp.hidden there is no hidden layer for it; give it a width, or leave this out",
        lambda config: isinstance(config.model, MLP) and not config.model.hidden and acts(config),
    )


def _recurrent() -> Iterator[Rule]:
    for form in having(NORMALIZATIONS, "reparametrizes"):
        yield Rule(
            f"normalization.{form}",
            "model.rnn",
            "normalization",
            "it is of the dense layers and the output alone; the weights of recurrent layers stay as they are",
            partial(_parametrized, form),
            refused=False,
        )


def _parametrized(form: str, config: ExperimentConfig) -> bool:
    return isinstance(config.model, RNN) and getattr(config.normalization, "name", "") == form


def _of_rows() -> Iterator[Rule]:
    """The fields of the residual network that are about the places of a sequence or an image."""
    defaults = {field: Residual.model_fields[field].default for field in ("kernel_size", "pool")}

    def holds(config: ExperimentConfig) -> bool:
        rows = not config.data.from_plugin and len(config.data.shape) == 1
        chosen = {field: getattr(config.model, field, default) for field, default in defaults.items()}
        return isinstance(config.model, Residual) and rows and chosen != defaults

    reason = "a row of features has neither kernels nor places to pool; leave kernel_size and pool out"
    yield Rule("model.residual", "data", "model.residual", reason, holds)
