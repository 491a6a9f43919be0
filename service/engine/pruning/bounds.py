"""A run ends by its own values alone, or is spared for their sake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.engine.pruning.rules import Curve, Looks, NoRule, PruningRule, best_of, is_due
from service.study.definitions.objectives import Objective
from service.study.definitions.pruners import PatientPruner, ThresholdPruner


class ThresholdRule(NoRule):
    """A trial ends whose value leaves the bounds."""

    def __init__(self, part: ThresholdPruner, looks: Looks) -> None:
        self._part = part
        self._looks = looks

    def judge(self, trial: int, curve: Curve, epoch: int) -> str:
        value, lower, upper = curve[epoch], self._part.lower, self._part.upper
        if not is_due(curve, epoch, first=self._looks.first, every=self._looks.every):
            return ""
        if lower is not None and value < lower:
            return f"pruned at {self._looks.by} {epoch}: {value:.4g}, below the bound {lower:g}"
        if upper is not None and value > upper:
            return f"pruned at {self._looks.by} {epoch}: {value:.4g}, above the bound {upper:g}"
        return ""


class PatientRule:
    """Another rule is asked only when a trial's last values have stayed behind the best of those before them."""

    def __init__(self, part: PatientPruner, inner: PruningRule, objective: Objective) -> None:
        self._part = part
        self._inner = inner
        self._objective = objective

    def judge(self, trial: int, curve: Curve, epoch: int) -> str:
        behind = self._behind(curve)
        reason = self._inner.judge(trial, curve, epoch) if behind else ""
        return f"{reason}; {behind}" if reason else ""

    def _behind(self, curve: Curve) -> str:
        """How the trial has stopped to gain; empty if it has not."""
        epochs = sorted(curve)
        earlier, last = epochs[: -self._part.patience - 1], epochs[-self._part.patience - 1 :]
        if not earlier:
            return ""
        before, since = (best_of({each: curve[each] for each in part}, self._objective) for part in (earlier, last))
        sign = -1.0 if self._objective.direction == "maximize" else 1.0
        if not self._objective.better(before + sign * self._part.min_delta, since):
            return ""
        return f"its last {len(last)} values came to {since:.4g} at best, those before to {before:.4g}"

    def passed(self, trial: int, curve: Curve, epoch: int) -> None:
        if self._behind(curve):
            self._inner.passed(trial, curve, epoch)

    def complete(self, curve: Curve) -> None:
        self._inner.complete(curve)

    def attributes(self, trial: int) -> Mapping[str, Any]:
        return self._inner.attributes(trial)

    def forget(self, trial: int) -> None:
        self._inner.forget(trial)

    def remember(self, trial: int, attributes: Mapping[str, Any]) -> None:
        self._inner.remember(trial, attributes)
