"""What normalizations do not go together with: the portions in which a run is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from experiments.config import ExperimentConfig
from experiments.conflicts.rule import Rule


def normalization_rules() -> tuple[Rule, ...]:
    """All rules of the family, as ``experiments.conflicts`` lists them."""
    return tuple(_of_batches())


def _normalized(holds: Callable[[ExperimentConfig], bool]) -> Callable[[ExperimentConfig], bool]:
    return lambda config: getattr(config.normalization, "name", "") == "batch" and holds(config)


def _of_batches() -> Iterator[Rule]:
    yield Rule(
        "normalization.batch",
        "training.batch_size",
        "training.batch_size",
        "a batch of one example has no variance for batch norm; take larger batches, or group or layer normalization",
        _normalized(lambda config: config.training.batch_size == 1),
    )
    yield Rule(
        "normalization.batch",
        "training.accumulate",
        "training.accumulate",
        "batch norm still normalizes over the small batches, not over all that are accumulated",
        _normalized(lambda config: config.training.accumulate > 1),
        refused=False,
    )
