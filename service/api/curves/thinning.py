"""Many points made few so that the picture stays: of each run and pixel column the least and the greatest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from service.analysis.curves.curve_groups import Numbers

Places = NDArray[np.intp]


def kept_points(x: Numbers, y: Numbers, starts: Places, span: tuple[float, float], columns: int) -> Places:
    """Which points of some runs are kept, in order; each run begins at one of ``starts``.

    Of each run and pixel column of the span: the least, the greatest and the first value that is not finite, which is a
    gap; and the first and last point of each run.
    """
    n = len(y)
    if not n:
        return np.zeros(0, np.intp)
    low, high = span
    column = np.floor((x - low) * (columns / ((high - low) or 1.0))).clip(0, columns - 1)
    begins = np.zeros(n, bool)
    begins[starts] = True
    begins[1:] |= column[1:] != column[:-1]
    first = np.flatnonzero(begins)
    group = np.cumsum(begins) - 1
    finite = np.isfinite(y)
    known = np.where(finite, y, np.nan)
    kept = np.zeros(n, bool)
    kept[starts] = True
    kept[np.append(starts[1:], n) - 1] = True
    for extreme in (np.fmin, np.fmax):
        _keep_first(kept, group, known == extreme.reduceat(known, first)[group])
    _keep_first(kept, group, ~finite)
    return np.flatnonzero(kept)


def _keep_first(kept: NDArray[np.bool_], group: Places, chosen: NDArray[np.bool_]) -> None:
    """Keep the first of the chosen points of each group."""
    places = np.flatnonzero(chosen)
    kept[places[np.unique(group[places], return_index=True)[1]]] = True


def inside(x: NDArray[np.generic], low: float | None, high: float | None) -> slice:
    """The points from ``low`` to ``high``, with one more on each side, so that lines go on to the edge."""
    first = 0 if low is None else max(int(np.searchsorted(x, low)) - 1, 0)
    last = len(x) if high is None else int(np.searchsorted(x, high, side="right")) + 1
    return slice(first, last)
