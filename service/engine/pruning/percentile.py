"""A run ends that has fallen behind the median, or another percentile, of the runs before it."""

from __future__ import annotations

from array import array
from bisect import insort
from collections.abc import Sequence

from service.engine.pruning.rules import Curve, Looks, NoRule, best_of, is_due
from service.study.definitions.objectives import Objective
from service.study.definitions.pruners import MedianPruner, PercentilePruner

MEDIAN = 50.0


class PercentileRule(NoRule):
    """A trial ends whose best value so far is worse than a percentile of the completed trials at this epoch."""

    def __init__(self, part: MedianPruner | PercentilePruner, objective: Objective, looks: Looks) -> None:
        self._part = part
        self._looks = looks
        self._objective = objective
        self._kept = part.percentile if isinstance(part, PercentilePruner) else MEDIAN
        self._n_min_trials = part.n_min_trials if isinstance(part, PercentilePruner) else 1
        self._n_completed = 0
        self._at_epoch: dict[int, array[float]] = {}
        """The values of the completed trials at each epoch, sorted."""

    def judge(self, trial: int, curve: Curve, epoch: int) -> str:
        others = self._at_epoch.get(epoch, ())
        if len(others) < self._n_min_trials or self._n_completed < self._part.n_startup_trials:
            return ""
        if not is_due(curve, epoch, first=self._looks.first, every=self._looks.every):
            return ""
        maximize = self._objective.direction == "maximize"
        best, bound = best_of(curve, self._objective), percentile(others, 100 - self._kept if maximize else self._kept)
        if not self._objective.better(bound, best):
            return ""
        side = "below" if maximize else "above"
        return f"pruned at {self._looks.by} {epoch}: {best:.4g}, {side} {self._named(bound)} of {len(others)} trials"

    def _named(self, bound: float) -> str:
        if isinstance(self._part, MedianPruner):
            return f"the median {bound:.4g}"
        return f"{bound:.4g}, the bound of the best {self._kept:g} %"

    def complete(self, curve: Curve) -> None:
        self._n_completed += 1
        for epoch, value in curve.items():
            insort(self._at_epoch.setdefault(epoch, array("d")), value)


def percentile(ordered: Sequence[float], percent: float) -> float:
    """As numpy computes it, to the last digit: in a straight line between the two nearest of the sorted values."""
    place = percent / 100 * (len(ordered) - 1)
    index = int(place)
    below, above, share = ordered[index], ordered[min(index + 1, len(ordered) - 1)], place - index
    return above - (above - below) * (1 - share) if share >= 0.5 else below + (above - below) * share
