"""The trials that may be among the k best by several objectives, kept as trials come.

Who is ranked by fronts comes behind every trial that dominates it. So a trial that k others dominate is none of the k
best, and need not be kept. All others are kept: the k-skyband (Papadias et al., 2005). Whether a trial is in it is seen
from the skyband alone, because what dominates a trial outside dominates what that one dominates too.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nsmallest
from itertools import compress
from typing import Generic, TypeVar

import numpy as np

from service.study.pareto import Losses

Trial = TypeVar("Trial")


class Skyband(Generic[Trial]):
    """The trials that fewer than ``k`` others dominate; which these are does not depend on the order they came in."""

    def __init__(self, k: int, n_objectives: int) -> None:
        self._k = k
        self._losses = np.empty((0, n_objectives))
        self._n_better = np.empty(0, dtype=np.int64)
        """How many others dominate each."""
        self._trials: list[Trial] = []

    def add(self, losses: Losses, trial: Trial) -> list[Trial]:
        """Take in a trial; those that are in it no more come back."""
        own = np.array(losses)
        differs = np.any(self._losses != own, axis=1)
        better, worse = (differs & np.all(each, axis=1) for each in (self._losses <= own, self._losses >= own))
        self._losses = np.vstack([self._losses, own])
        self._n_better = np.append(self._n_better + worse, np.count_nonzero(better))
        self._trials.append(trial)
        stays = self._n_better < self._k
        if stays.all():
            return []
        out = [*compress(self._trials, ~stays)]
        self._trials = [*compress(self._trials, stays)]
        self._losses, self._n_better = self._losses[stays], self._n_better[stays]
        return out

    def trials(self) -> Sequence[Trial]:
        """All that are in it."""
        return self._trials

    def split(self, n: int) -> tuple[list[Trial], list[Trial]]:
        """The ``n`` that the fewest dominate, of equally many the lowest, and the others."""
        if len(self._trials) <= n:
            return [*self._trials], []
        ranked = zip(self._n_better.tolist(), self._trials, range(len(self._trials)), strict=True)
        first = nsmallest(n, ranked)
        places = {place for *_, place in first}
        others = [trial for place, trial in enumerate(self._trials) if place not in places]
        return [trial for _, trial, _ in first], others
