"""Which trials cannot be told from the best of the study, by the study's own runs.

The best was chosen by the very values it is compared with, among many: whoever leads of equals leads by luck. Tukey's
studentized range is made for that: with it, of equal trials the best and the worst are told apart in 5 % of studies.
The noise is that of runs without what a seed does to all trials alike, pooled over the trials, because three seeds
tell little of one pair; where a pair scatters more than that, its own counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from service.analysis.statistics.differences import RESIDUE

ALPHA = 0.05
Units = Mapping[object, float]
"""Seed or fold to value."""


@dataclass(frozen=True)
class Noise:
    """How far one run scatters, and from how many independent differences that is known."""

    spread: float
    freedom: int

    @property
    def is_known(self) -> bool:
        """Whether anything is told apart by it."""
        return self.freedom > 0 and self.spread > 0


def noise_of(trials: Sequence[Units], *, paired: bool, folds: bool = False) -> Noise:
    """Of the runs of trials: about their trial's mean, and if they are ``paired`` about their seed's too."""
    if paired:
        units = max((list(trial) for trial in trials), key=len, default=[])
        whole = [[trial[unit] for unit in units] for trial in trials if trial.keys() >= set(units)]
        values = np.array(whole, float)
        if len(values) < 2 or len(units) < 2:
            return Noise(0.0, 0)
        rest = values - values.mean(1, keepdims=True) - values.mean(0, keepdims=True) + values.mean()
        freedom = (values.shape[0] - 1) * (values.shape[1] - 1)
        inflated = math.sqrt(1 + len(units) / (len(units) - 1)) if folds else 1.0
        spread = math.sqrt(float((rest**2).sum()) / freedom)
        return Noise(inflated * spread if spread > RESIDUE * float(np.abs(values).max()) else 0.0, freedom)
    several = [np.array(list(trial.values()), float) for trial in trials if len(trial) > 1]
    freedom = sum(len(values) - 1 for values in several)
    squares = sum(float(((values - values.mean()) ** 2).sum()) for values in several)
    return Noise(math.sqrt(squares / freedom) if freedom else 0.0, freedom)


def is_behind(leader: Units, other: Units, noise: Noise, n: int, *, paired: bool) -> bool | None:
    """Whether another of ``n`` trials can be told from the leader; nothing where there is nothing to tell it by."""
    if not noise.is_known:
        return None
    shared = [unit for unit in leader if unit in other]
    if paired and len(shared) < 2:
        return None
    if paired:
        pairs = np.array([leader[unit] - other[unit] for unit in shared])
        distance = abs(float(pairs.mean()))
        error = max(noise.spread, float(pairs.std(ddof=1)) / math.sqrt(2)) / math.sqrt(len(shared))
    else:
        distance = abs(_mean(leader) - _mean(other))
        error = noise.spread * math.sqrt((1 / len(leader) + 1 / len(other)) / 2)
    return distance > critical(n, noise.freedom) * error


@lru_cache(maxsize=64)
def critical(n: int, freedom: int) -> float:
    """How many errors apart the best and the worst of ``n`` equal trials are in 5 % of studies."""
    return float(stats.studentized_range.isf(ALPHA, n, min(freedom, 10_000)))


def _mean(units: Units) -> float:
    values: NDArray[np.float64] = np.fromiter(units.values(), float)
    return float(values.mean())
