"""How far a number may lie from what it stands for: of an accuracy, of runs' mean, of the best of many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy import stats

CONFIDENCE = 0.95


def of_accuracy(accuracy: float, examples: int) -> tuple[float, float]:
    """Where the accuracy on new examples lies, of one measured on so many; Wilson's (1927).

    The usual p ± 1.96 √(p (1 − p) / n) misses it far too often near 1, where accuracies are (Brown et al., 2001).
    """
    right = round(accuracy * examples)
    found = stats.binomtest(right, examples).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)


def of_mean(values: Sequence[float], *, folds: bool) -> tuple[float, float] | None:
    """Where the mean of runs lies, by t; nothing for one run, or for runs that do not scatter at all.

    Folds share most of their training data, so their mean scatters more than its runs show (Nadeau and Bengio, 2003).
    """
    n = len(values)
    spread = float(np.std(values, ddof=1)) if n > 1 else 0.0
    if not spread:
        return None
    share = 1 / n + (1 / (n - 1) if folds else 0.0)
    half = _quantile(n - 1) * spread * math.sqrt(share)
    mean = float(np.mean(values))
    return mean - half, mean + half


@lru_cache(maxsize=256)
def _quantile(freedom: int) -> float:
    return float(stats.t.isf((1 - CONFIDENCE) / 2, freedom))


def of_best(n: int) -> float:
    """By how many standard deviations the largest of ``n`` draws of a normal distribution lies above its mean."""
    x = np.linspace(-8.0, 8.0, 1601)
    density = n * stats.norm.pdf(x) * stats.norm.cdf(x) ** (n - 1)
    return float(np.trapezoid(x * density, x))
