"""What normalizations do not go together with: the portions in which a run is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from experiments.config import ExperimentConfig
from experiments.conflicts.rule import Rule, having
from experiments.normalizations import NORMALIZATIONS


def normalization_rules() -> tuple[Rule, ...]:
    """All rules of the family, as ``experiments.conflicts`` lists them."""
    return tuple(rule for name in having(NORMALIZATIONS, "over_batch") for rule in _over_batches(name))


def _over_batches(name: str) -> Iterator[Rule]:
    def normalized(holds: Callable[[ExperimentConfig], bool]) -> Callable[[ExperimentConfig], bool]:
        return lambda config: getattr(config.normalization, "name", "") == name and holds(config)

    yield Rule(
        f"normalization.{name}",
        "training.batch_size",
        "training.batch_size",
        f"a batch of one example has no variance for {name} norm; take larger batches, or group or layer normalization",
        normalized(lambda config: config.training.batch_size == 1),
    )
    yield Rule(
        f"normalization.{name}",
        "training.accumulate",
        "training.accumulate",
        f"{name} norm still normalizes over the small batches, not over all that are accumulated",
        normalized(lambda config: config.training.accumulate > 1),
        refused=False,
    )
