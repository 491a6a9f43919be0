"""When a run is pruned: the rules of Optuna's pruners, on values that are kept sorted where they are compared.

Optuna reads every trial at each decision. Here the values of other trials are kept in order, at each epoch or at each
rung, so a decision costs the same at trial 10 and at trial 10,000. Each rule decides as its namesake in Optuna does.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from service.study.definition import Objective
from service.study.pruners import AshaPruner, MedianPruner, Pruner

RUNGS = "rungs"
"""Among a trial's attributes: its value at each rung it was judged at."""


@dataclass(frozen=True)
class DecisionEpochs:
    """At which epochs a run waits for the pruner; ``every = 0`` is never."""

    first: int = 1
    every: int = 0


def decision_epochs(part: Pruner) -> DecisionEpochs:
    """Where the pruner can act: nowhere else does a run wait."""
    if isinstance(part, MedianPruner):
        return DecisionEpochs(first=part.warmup_epochs + 1, every=part.interval)
    if isinstance(part, AshaPruner):
        return DecisionEpochs(first=part.min_epochs, every=1)
    return DecisionEpochs()


class PruningRule(Protocol):
    """What a study's pruner knows of its trials."""

    def judge(self, trial: int, curve: Mapping[int, float], epoch: int) -> str:
        """Why the trial with this number ends at this epoch, the last of its curve so far; empty if it goes on.

        The reason is one a person reads, e.g. ``pruned at epoch 4: 0.71, below the median 0.83 of 12 trials``.
        """
        ...

    def complete(self, curve: Mapping[int, float]) -> None:
        """A trial has completed with this curve."""
        ...

    def attributes(self, trial: int) -> Mapping[str, Any]:
        """What must be stored with the trial, for `remember` to know it again."""
        ...

    def forget(self, trial: int) -> None:
        """The trial has ended: it will not be judged again."""
        ...

    def remember(self, attributes: Mapping[str, Any]) -> None:
        """The stored attributes of a trial that has ended."""
        ...


def pruning_rule(part: Pruner, objective: Objective) -> PruningRule:
    """The rule of a study that no trial has met yet."""
    if isinstance(part, MedianPruner):
        return MedianRule(part, objective)
    if isinstance(part, AshaPruner):
        return HalvingRule(part, objective)
    return NoRule()


class NoRule:
    """Every run trains to its end."""

    def judge(self, trial: int, curve: Mapping[int, float], epoch: int) -> str:
        return ""

    def complete(self, curve: Mapping[int, float]) -> None:
        pass

    def attributes(self, trial: int) -> Mapping[str, Any]:
        return {}

    def forget(self, trial: int) -> None:
        pass

    def remember(self, attributes: Mapping[str, Any]) -> None:
        pass


class MedianRule(NoRule):
    """A trial ends whose best value so far is worse than the median of the completed trials at this epoch."""

    def __init__(self, part: MedianPruner, objective: Objective) -> None:
        self._part = part
        self._objective = objective
        self._n_completed = 0
        self._at_epoch: dict[int, array[float]] = {}
        """The values of the completed trials at each epoch, sorted."""

    def judge(self, trial: int, curve: Mapping[int, float], epoch: int) -> str:
        others = self._at_epoch.get(epoch)
        if not others or self._n_completed < self._part.n_startup_trials or not self._is_due(curve, epoch):
            return ""
        best, middle = _best(curve, self._objective), _median(others)
        if not self._objective.better(middle, best):
            return ""
        side = "below" if self._objective.direction == "maximize" else "above"
        return f"pruned at epoch {epoch}: {best:.4g}, {side} the median {middle:.4g} of {len(others)} trials"

    def _is_due(self, curve: Mapping[int, float], epoch: int) -> bool:
        """Whether the trial has no value yet since the last epoch at which it is looked at."""
        first, every = self._part.warmup_epochs + 1, self._part.interval
        since = (epoch - first) // every * every + first
        return epoch >= first and not any(since <= other < epoch for other in curve)

    def complete(self, curve: Mapping[int, float]) -> None:
        self._n_completed += 1
        for epoch, value in curve.items():
            insort(self._at_epoch.setdefault(epoch, array("d")), value)


class HalvingRule(NoRule):
    """A trial ends that is not among the best share of those that were judged at the same rung before it."""

    def __init__(self, part: AshaPruner, objective: Objective) -> None:
        self._part = part
        self._objective = objective
        self._sign = -1.0 if objective.direction == "maximize" else 1.0
        self._rungs: list[array[float]] = []
        """The values at each rung, whatever became of their trials; sorted, the best first (maximized ones negated)."""
        self._own: dict[int, list[float]] = {}

    def judge(self, trial: int, curve: Mapping[int, float], epoch: int) -> str:
        value, own = curve[epoch], self._own.setdefault(trial, [])
        while epoch >= self._part.min_epochs * self._part.reduction_factor ** len(own):
            own.append(value)
            rung = self._enter(len(own) - 1, value)
            if not self._goes_on(value, rung):
                return self._reason(value, curve, epoch, len(rung))
        return ""

    def _goes_on(self, value: float, rung: array[float]) -> bool:
        """Among the best share; as long as that is less than one trial, among the very best."""
        last = max(0, len(rung) // self._part.reduction_factor - 1)
        return self._sign * value <= rung[last]

    def _enter(self, index: int, value: float) -> array[float]:
        while len(self._rungs) <= index:
            self._rungs.append(array("d"))
        rung = self._rungs[index]
        rung.insert(bisect_left(rung, self._sign * value), self._sign * value)
        return rung

    def _reason(self, value: float, curve: Mapping[int, float], epoch: int, n_trials: int) -> str:
        best = _best(curve, self._objective)
        before = f" (its best was {best:.4g})" if best != value else ""
        return (
            f"pruned at epoch {epoch}: {value:.4g}, not among the best 1/{self._part.reduction_factor} of {n_trials} "
            f"trials at this rung{before}"
        )

    def attributes(self, trial: int) -> Mapping[str, Any]:
        own = self._own.get(trial)
        return {RUNGS: list(own)} if own else {}

    def forget(self, trial: int) -> None:
        self._own.pop(trial, None)

    def remember(self, attributes: Mapping[str, Any]) -> None:
        for index, value in enumerate(attributes.get(RUNGS, ())):
            self._enter(index, value)


def _best(curve: Mapping[int, float], objective: Objective) -> float:
    return (max if objective.direction == "maximize" else min)(curve.values())


def _median(ordered: array[float]) -> float:
    """As numpy interpolates: of two in the middle, half the way down from the upper one."""
    below, above = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return above - (above - below) * 0.5
