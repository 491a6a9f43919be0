"""What a pruner does for its study, whichever it is.

Each rule decides as its namesake in Optuna does, which reads every trial at each decision. Here the values of other
trials are kept in order where they are compared, so a decision costs the same at trial 10 and at trial 10,000.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from service.study.definitions.objectives import Objective

Curve = Mapping[int, float]
"""Epoch, or step, to the objective's metric, where it is finite."""


@dataclass(frozen=True)
class Looks:
    """Where on its curve a run waits for the pruner, counted ``by`` epochs or steps; ``every = 0`` is never."""

    first: int = 1
    every: int = 0
    by: Literal["epoch", "step"] = "epoch"

    def place(self, step: int, epoch: int) -> int:
        """Where a row stands on the curve that the pruner sees: by steps, at the look it comes with or behind.

        So trials whose steps do not fall on a look are compared all the same. The first row at a look counts there.
        """
        return step // self.every * self.every if self.by == "step" else epoch


class PruningRule(Protocol):
    """What a study's pruner knows of its trials."""

    def judge(self, trial: int, curve: Curve, epoch: int) -> str:
        """Why the trial with this number ends at this epoch (or step), the last of its curve; empty if it goes on.

        The reason is one a person reads, e.g. ``pruned at epoch 4: 0.71, below the median 0.83 of 12 trials``.
        """
        ...

    def passed(self, trial: int, curve: Curve, epoch: int) -> None:
        """The trial was judged at this epoch before the engine was restarted, and went on.

        Judged anew it might not: it is compared with others that came after it.
        """
        ...

    def complete(self, curve: Curve) -> None:
        """A trial has completed with this curve."""
        ...

    def attributes(self, trial: int) -> Mapping[str, Any]:
        """What must be stored with the trial, for `remember` to know it again."""
        ...

    def forget(self, trial: int) -> None:
        """The trial has ended: it will not be judged again."""
        ...

    def remember(self, trial: int, attributes: Mapping[str, Any]) -> None:
        """The stored attributes of a trial that has ended."""
        ...


class NoRule:
    """Every run trains to its end, and nothing need be known."""

    def judge(self, trial: int, curve: Curve, epoch: int) -> str:
        return ""

    def passed(self, trial: int, curve: Curve, epoch: int) -> None:
        pass

    def complete(self, curve: Curve) -> None:
        pass

    def attributes(self, trial: int) -> Mapping[str, Any]:
        return {}

    def forget(self, trial: int) -> None:
        pass

    def remember(self, trial: int, attributes: Mapping[str, Any]) -> None:
        pass


def is_due(curve: Curve, epoch: int, *, first: int, every: int) -> bool:
    """Whether the curve has no value yet since the last of the epochs ``first``, ``first + every`` …, before this."""
    since = (epoch - first) // every * every + first
    return epoch >= first and not any(since <= other < epoch for other in curve)


def best_of(curve: Curve, objective: Objective) -> float:
    """The best value of a curve."""
    return (max if objective.direction == "maximize" else min)(curve.values())
