"""What regularizers do not go together with: each other, the data, the model or the optimizer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from experiments.config import ExperimentConfig
from experiments.rule import Rule

_CLIPPINGS = ("clip_norm", "clip_value", "adaptive_clipping")


def regularizer_rules() -> tuple[Rule, ...]:
    """All rules of the family, as ``experiments.conflicts`` lists them."""
    return (*_pairs(), *_with_optimizer(), *_with_data())


def pair(first: str, second: str, reason: str, refused: bool = True) -> Rule:
    """A rule between two regularizers, at the place of the second."""

    def holds(config: ExperimentConfig) -> bool:
        return first in config.regularizers and second in config.regularizers

    return Rule(f"regularizer.{first}", f"regularizer.{second}", f"regularizers.{second}", reason, holds, refused)


def _pairs() -> Iterator[Rule]:
    for first, second in combinations(_CLIPPINGS, 2):
        yield pair(first, second, f"{first} clips the gradient already; leave one of them out")
    for other in ("l1", "l2"):
        yield pair(other, "elastic_net", f"elastic_net contains the penalty of {other}; leave one of them out")
    yield pair("l2", "weight_decay", "l2 pulls the weights towards zero already; one of them is enough", refused=False)


def _decays_twice(config: ExperimentConfig) -> bool:
    return bool(getattr(config.optimizer, "weight_decay", 0.0)) and "weight_decay" in config.regularizers


def _with_optimizer() -> Iterator[Rule]:
    yield Rule(
        "optimizer",
        "regularizer.weight_decay",
        "regularizers.weight_decay",
        "the optimizer decays weights already: set its weight_decay to 0, or leave the regularizer out",
        _decays_twice,
    )


def _with_data() -> Iterator[Rule]:
    yield Rule(
        "regularizer.label_smoothing",
        "data",
        "regularizers.label_smoothing",
        "the data have no classes; leave it out",
        lambda config: "label_smoothing" in config.regularizers and config.data.task != "classification",
    )
