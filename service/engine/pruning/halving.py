"""At each rung, a number of epochs, only the best share of the runs goes on."""

from __future__ import annotations

import math
from array import array
from binascii import crc32
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from service.engine.pruning.rules import Curve, NoRule, best_of
from service.study.definitions.objectives import Objective
from service.study.definitions.pruners import HyperbandPruner

RUNGS = "rungs"
"""Among a trial's attributes: its value at each rung it was judged at."""


class HalvingRule(NoRule):
    """A trial ends that is not among the best share of those that were judged at the same rung before it."""

    def __init__(
        self, first: int, reduction_factor: int, objective: Objective, place: str = "rung", *, by: str = "epoch"
    ) -> None:
        """``first`` counts epochs or steps; ``place`` is what a rung is called where a reason is given."""
        self._first = first
        self._by = by
        self._reduction_factor = reduction_factor
        self._objective = objective
        self._place = place
        self._sign = -1.0 if objective.direction == "maximize" else 1.0
        self._rungs: list[array[float]] = []
        """The values at each rung, whatever became of their trials; sorted, the best first (maximized ones negated)."""
        self._own: dict[int, list[float]] = {}

    def judge(self, trial: int, curve: Curve, epoch: int) -> str:
        value = curve[epoch]
        while self._reaches_rung(trial, epoch):
            rung = self._climb(trial, value)
            if not self._goes_on(value, rung):
                return self._reason(value, curve, epoch, len(rung))
        return ""

    def passed(self, trial: int, curve: Curve, epoch: int) -> None:
        while self._reaches_rung(trial, epoch):
            self._climb(trial, curve[epoch])

    def _reaches_rung(self, trial: int, epoch: int) -> bool:
        climbed = len(self._own.get(trial, ()))
        return bool(epoch >= self._first * self._reduction_factor**climbed)

    def _climb(self, trial: int, value: float) -> array[float]:
        """The trial's next rung, with its value in it."""
        own = self._own.setdefault(trial, [])
        own.append(value)
        return self._enter(len(own) - 1, value)

    def _goes_on(self, value: float, rung: array[float]) -> bool:
        """Among the best share; as long as that is less than one trial, among the very best."""
        last = max(0, len(rung) // self._reduction_factor - 1)
        return self._sign * value <= rung[last]

    def _enter(self, index: int, value: float) -> array[float]:
        while len(self._rungs) <= index:
            self._rungs.append(array("d"))
        rung = self._rungs[index]
        rung.insert(bisect_left(rung, self._sign * value), self._sign * value)
        return rung

    def _reason(self, value: float, curve: Curve, epoch: int, n_trials: int) -> str:
        best = best_of(curve, self._objective)
        before = f" (its best was {best:.4g})" if best != value else ""
        return (
            f"pruned at {self._by} {epoch}: {value:.4g}, not among the best 1/{self._reduction_factor} of {n_trials} "
            f"trials at this {self._place}{before}"
        )

    def attributes(self, trial: int) -> Mapping[str, Any]:
        own = self._own.get(trial)
        return {RUNGS: list(own)} if own else {}

    def forget(self, trial: int) -> None:
        self._own.pop(trial, None)

    def remember(self, trial: int, attributes: Mapping[str, Any]) -> None:
        for index, value in enumerate(attributes.get(RUNGS, ())):
            self._enter(index, value)


class HyperbandRule:
    """A trial is judged within its bracket, where the first rung lies so many rungs further up.

    What Optuna takes from the study's name, the seed says here: under another name a study prunes the same trials.
    """

    def __init__(self, part: HyperbandPruner, objective: Objective, seed: int, most_epochs: int) -> None:
        factor, most = part.reduction_factor, part.max_epochs or most_epochs
        n = math.floor(math.log(most / part.min_epochs, factor)) + 1  # rounded as Optuna rounds it
        shares = [math.ceil(n * factor ** (n - 1 - index) / (n - index)) for index in range(n)]
        self._seed = seed
        self._ends = list(accumulate(shares))
        """Of as many lots as the last of them, those below each fall to its bracket."""
        self._brackets = [
            HalvingRule(part.min_epochs * factor**index, factor, objective, f"rung of bracket {index + 1} of {n}")
            for index in range(n)
        ]

    def _bracket(self, trial: int) -> HalvingRule:
        lot = crc32(f"{self._seed}_{trial}".encode()) % self._ends[-1]
        return self._brackets[bisect_right(self._ends, lot)]

    def judge(self, trial: int, curve: Curve, epoch: int) -> str:
        return self._bracket(trial).judge(trial, curve, epoch)

    def passed(self, trial: int, curve: Curve, epoch: int) -> None:
        self._bracket(trial).passed(trial, curve, epoch)

    def complete(self, curve: Curve) -> None:
        pass

    def attributes(self, trial: int) -> Mapping[str, Any]:
        return self._bracket(trial).attributes(trial)

    def forget(self, trial: int) -> None:
        self._bracket(trial).forget(trial)

    def remember(self, trial: int, attributes: Mapping[str, Any]) -> None:
        self._bracket(trial).remember(trial, attributes)
