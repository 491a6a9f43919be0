"""Quantiles of Student's t for whole degrees of freedom, where loading scipy for them would cost 150 MB."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

LARGE = 200
"""Degrees of freedom from which the expansion around the normal distribution is exact to ten digits."""


def two_sided(level: float, freedom: NDArray[np.int_]) -> NDArray[np.float64]:
    """How many standard errors around the mean hold it at this level (.95), for each of the degrees of freedom.

    NaN where there are none: of a single value nothing is known.
    """
    distinct, places = np.unique(freedom, return_inverse=True)
    return np.array([_quantile(level, int(each)) for each in distinct], float)[places]


@lru_cache(maxsize=4096)
def _quantile(level: float, freedom: int) -> float:
    if freedom < 1:
        return math.nan
    if freedom >= LARGE:
        return _expanded(NormalDist().inv_cdf((1 + level) / 2), freedom)
    low, high = 0.0, 1.0
    while _within(high, freedom) < level:
        low, high = high, 2 * high
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < level else (low, middle)
    return high


def _within(t: float, freedom: int) -> float:
    """The probability that |T| is at most ``t`` (Abramowitz and Stegun, 26.7.3 and 26.7.4)."""
    angle = math.atan(t / math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term, total = (cosine, cosine) if odd else (1.0, 1.0)
    for k in range(1 + odd, freedom - 2, 2):
        term *= cosine**2 * k / (k + 1)
        total += term
    if not odd:
        return sine * total
    return 2 / math.pi * (angle + (sine * total if freedom > 1 else 0.0))


def _expanded(z: float, freedom: int) -> float:
    """The quantile from that of the normal distribution (Abramowitz and Stegun, 26.7.5)."""
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    n = float(freedom)
    return z + sum(term / n**power for power, term in enumerate(terms, 1))
