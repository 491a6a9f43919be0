"""How far two arms are apart: an effect, its interval at any level, and the p-value that belongs to that interval.

Below ``FEWEST_RANKED`` units a t interval is given: a rank test cannot come below p = .0625 with five pairs. From there
on ranks decide, with the Hodges-Lehmann interval: it is the same test turned round, so that interval and verdict never
contradict each other, and its level is exact however few runs there are, which that of a bootstrap of ten is not. Equal
values (an accuracy on 270 examples has many) count for both sides, which makes the test careful rather than false.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]
FEWEST_RANKED = 6
"""Pairs, or units of the smaller arm, from which ranks are used."""
MOST_RANKED, MOST_UNPAIRED = 300, 100
"""Pairs, or units of the larger arm, up to which they are: beyond, a mean is as good and far less work."""
RESIDUE = 1e-12
"""What rounding leaves of the largest difference, and more."""
NORMAL = "the differences are normally distributed, which so few runs cannot show"
ALIKE = "the differences lie evenly about their center"
SHIFTED = "one arm is the other one shifted"
MANY = "the mean of so many runs is normally distributed, as it nearly always is"


@dataclass(frozen=True)
class Difference:
    """What one arm has over the other; more is better."""

    effect: float
    mean: float
    """Of the differences; where few large ones lie on one side, ranks tell less of it than of most."""
    spread: float
    """The standard deviation of one unit's difference, from which it is judged how many runs would decide."""
    n: int
    """Pairs, or units of the smaller arm."""
    test: str
    assumption: str
    p: float
    interval: Callable[[float], tuple[float, float]]
    """From a level such as .05 to the interval that misses the truth so often; infinite where nothing is known."""


def paired(differences: Sequence[float]) -> Difference:
    """Of the differences of pairs."""
    values = np.asarray(differences, float)
    if FEWEST_RANKED <= len(values) <= MOST_RANKED:
        walsh = (values[:, None] + values[None, :])[np.triu_indices(len(values))] / 2
        found = _ranked(walsh, signed_rank(len(values)), _spread(values), len(values), "signed-rank", ALIKE)
        return replace(found, mean=float(values.mean()))
    error = _spread(values) / math.sqrt(len(values)) if len(values) else math.inf
    return _by_t(values, error, len(values) - 1, "paired t")


def over_folds(differences: Sequence[float]) -> Difference:
    """Of the differences of folds, which share most of their training data (Nadeau and Bengio, 2003)."""
    values = np.asarray(differences, float)
    n = len(values)
    error = _spread(values) * math.sqrt(1 / n + 1 / (n - 1)) if n > 1 else math.inf
    return _by_t(values, error, n - 1, "corrected paired t")


def unpaired(candidate: Sequence[float], reference: Sequence[float]) -> Difference:
    """Of two arms whose units have nothing to do with each other."""
    a, b = np.asarray(candidate, float), np.asarray(reference, float)
    n, most = min(len(a), len(b)), max(len(a), len(b))
    spread = math.hypot(_spread(a), _spread(b))
    if n >= FEWEST_RANKED and most <= MOST_UNPAIRED:
        steps = (a[:, None] - b[None, :]).ravel()
        found = _ranked(steps, rank_sum(len(a), len(b)), spread, n, "Mann-Whitney", SHIFTED)
        return replace(found, mean=float(a.mean() - b.mean()))
    if n < 2:
        return _by_t(a[:1] - b[:1] if n else np.zeros(0), math.inf, 0, "Welch")
    parts = np.array([_spread(a) ** 2 / len(a), _spread(b) ** 2 / len(b)])
    error = math.sqrt(parts.sum())
    freedom = parts.sum() ** 2 / (parts**2 / [len(a) - 1, len(b) - 1]).sum() if error else 0.0
    return _t(float(a.mean() - b.mean()), spread, n, error, freedom, "Welch")


def _by_t(values: Array, error: float, freedom: float, test: str) -> Difference:
    effect = float(values.mean()) if len(values) else 0.0
    return _t(effect, _spread(values), len(values), error, freedom, test)


def _t(effect: float, spread: float, n: int, error: float, freedom: float, test: str) -> Difference:
    assumption = NORMAL if n < MOST_UNPAIRED else MANY
    # Differences that are equal to the last digit say that values are few, not that nothing scatters.
    if freedom <= 0 or not 0 < error < math.inf:
        return Difference(effect, effect, spread, n, test, assumption, 1.0, lambda _: (-math.inf, math.inf))
    p = 2 * float(stats.t.sf(abs(effect) / error, freedom))

    def interval(alpha: float) -> tuple[float, float]:
        half = error * float(stats.t.isf(alpha / 2, freedom))
        return effect - half, effect + half

    return Difference(effect, effect, spread, n, test, assumption, p, interval)


def _ranked(steps: Array, null: Array, spread: float, n: int, test: str, assumption: str) -> Difference:
    """By the values that a shift takes at which the rank statistic makes a step, and its distribution without shift."""
    # Opposite differences leave 1e-17, which is neither an effect nor on one side of none.
    steps = np.sort(np.where(np.abs(steps) <= RESIDUE * np.abs(steps).max(initial=0.0), 0.0, steps))
    below = np.cumsum(null)
    least = min(int((steps <= 0).sum()), int((steps >= 0).sum()))
    p = min(1.0, 2 * float(below[least])) if least < len(below) else 1.0

    def interval(alpha: float) -> tuple[float, float]:
        outside = int(np.searchsorted(below, alpha / 2, side="right"))
        if outside == 0:
            return -math.inf, math.inf
        return float(steps[outside - 1]), float(steps[-outside])

    middle = float(np.median(steps))
    return Difference(middle, middle, spread, n, test, assumption, p, interval)


@lru_cache(maxsize=512)
def signed_rank(n: int) -> Array:
    """The probability of each value of the signed-rank statistic of ``n`` pairs without a difference."""
    null = np.ones(1)
    for rank in range(1, n + 1):
        null = (np.pad(null, (0, rank)) + np.pad(null, (rank, 0))) / 2
    return null


@lru_cache(maxsize=64)
def rank_sum(n: int, m: int) -> Array:
    """The probability of each value of the Mann-Whitney statistic of ``n`` and ``m`` units without a difference.

    The largest of all is one of the ``n`` with probability n / (n + m), and then above all ``m`` (Mann and Whitney).
    """
    row = [np.ones(1) for _ in range(m + 1)]
    for i in range(1, n + 1):
        above, row = row, [np.ones(1)]
        for j in range(1, m + 1):
            row.append((i * np.pad(above[j], (j, 0)) + j * np.pad(row[j - 1], (0, i))) / (i + j))
    return row[m]


def _spread(values: Array) -> float:
    """The standard deviation, of which rounding alone leaves none."""
    if len(values) < 2:
        return math.inf
    spread = float(values.std(ddof=1))
    return spread if spread > RESIDUE * float(np.abs(values).max()) else 0.0
