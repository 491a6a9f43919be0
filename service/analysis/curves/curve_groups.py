"""Curves of many runs put together: a line with a band, over every run that is in the group, and how many those are.

Runs that end early are what makes this hard: where a pruner has ended the bad ones, the mean of those that are left
improves although no run did. So the number of runs stands beside each value, and ``survivors`` says who counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from experiments.metrics import Direction, is_share
from service.analysis.curves.student_t import two_sided

Numbers = NDArray[np.float64]
Counts = NDArray[np.int_]
Center = Literal["mean", "median"]
Band = Literal["sd", "se", "ci95", "minmax", "quartiles"]
Survivors = Literal["as_is", "reached_x", "carry_last"]
OF_THE_MEAN = frozenset({"sd", "se", "ci95"})
"""Bands that lie around a mean, and say nothing around a median."""


@dataclass(frozen=True)
class Line:
    """One run's points: ``x`` rises strictly, ``y`` is NaN where nothing finite was measured."""

    run_id: str
    x: Numbers
    y: Numbers
    ended: bool = True
    """Whether nothing more will be measured."""

    @property
    def last(self) -> int:
        """The index of its last finite value, which there must be."""
        return int(np.flatnonzero(np.isfinite(self.y))[-1])


@dataclass(frozen=True)
class GroupLine:
    """What a group's runs come to; the columns are equally long, and NaN where a number is not defined."""

    x: Numbers
    n: Counts
    """Runs that count at each x."""
    n_carried: Counts
    """Of these, those that had ended before and stand there with their last value."""
    mid: Numbers
    low: Numbers
    high: Numbers


def line_of(run_id: str, x: NDArray[np.generic], y: Numbers, *, ended: bool = True) -> Line:
    """The points of a run; where several stand at one x (an epoch has many steps), the last of them.

    A clock that was set back, or an attempt that began again, leaves an x below one before; it counts as equal.
    """
    rising, finite = x.astype(float), np.where(np.isfinite(y), y, np.nan)
    if (rising[1:] > rising[:-1]).all():
        return Line(run_id, rising, finite, ended)
    rising = np.maximum.accumulate(rising)
    kept = np.append(rising[1:] != rising[:-1], True)
    return Line(run_id, rising[kept], finite[kept], ended)


def best_so_far(values: Numbers, direction: Direction | None) -> Numbers:
    """The best value up to each one; the values themselves without a direction. What is not finite stays so."""
    if direction is None:
        return values
    finite = np.where(np.isfinite(values), values, np.nan)
    best: Numbers = (np.fmin if direction == "minimize" else np.fmax).accumulate(finite)
    return np.where(np.isfinite(finite), best, np.nan)


EVERYWHERE = (-np.inf, np.inf)


def shared_x(
    lines: Sequence[Line], max_points: int, *, continuous: bool, stretch: tuple[float, float] = EVERYWHERE
) -> Numbers:
    """The x at which groups are compared: all in the stretch at which a run measured, or so many of them, evenly.

    Times are never equal in two runs, so of ``continuous`` x an even grid is taken.
    """
    distinct = list({line.x.tobytes(): line.x for line in lines}.values())
    if not distinct:
        return np.zeros(0)
    if continuous and len(distinct) > 1:
        low, high = min(float(x[0]) for x in distinct), max(float(x[-1]) for x in distinct)
        low, high = max(low, stretch[0]), min(high, stretch[1])
        return np.unique(np.linspace(low, high, max_points)) if low <= high else np.zeros(0)
    every = np.unique(np.concatenate(distinct))
    every = every[(every >= stretch[0]) & (every <= stretch[1])]
    if len(every) <= max_points:
        return every
    return every[np.linspace(0, len(every) - 1, max_points).round().astype(np.intp)]


def reaching(lines: Sequence[Line], reached: float | None) -> list[Line]:
    """The lines that have a finite value at ``reached`` or beyond; by default as far on as any of them comes."""
    ends = [float(line.x[line.last]) for line in lines]
    least = max(ends, default=0.0) if reached is None else reached
    return [line for line, end in zip(lines, ends, strict=True) if end >= least]


def group_line(lines: Sequence[Line], x: Numbers, center: Center, band: Band, *, carry: bool) -> GroupLine:
    """The line and band of a group at each x at which one of its runs counts; every line has a finite value.

    Between two of its points a run counts with what lies between them, next to a value that is not finite it does not
    count. With ``carry`` a run that has ended counts with its last value as far as ``x`` goes.
    """
    values = np.array([_at(line, x) for line in lines])
    carried = np.zeros(values.shape, bool)
    if carry:
        for row, line in ((row, line) for row, line in enumerate(lines) if line.ended):
            carried[row] = x > line.x[line.last]
            values[row, carried[row]] = line.y[line.last]
    n = np.isfinite(values).sum(axis=0)
    there = np.flatnonzero(n)
    mid, low, high = _summary(values[:, there], n[there], center, band)
    return GroupLine(x[there], n[there], carried.sum(axis=0)[there], mid, low, high)


def bounds_of(metric: str, lines: Sequence[GroupLine]) -> tuple[float, float] | None:
    """Beyond which there is no value of the metric, so that a band is drawn up to there; None where none is known."""
    found = is_share(metric) and all(0 <= value <= 1 for line in lines for value in line.mid)  # not one in percent
    return (0.0, 1.0) if found else None


def _at(line: Line, x: Numbers) -> Numbers:
    """The line's value at each x; NaN before its first point, behind its last, and beside one that is not finite."""
    if np.array_equal(line.x, x):
        return line.y
    found: Numbers = np.interp(x, line.x, line.y, left=np.nan, right=np.nan)
    return found


def _summary(values: Numbers, n: Counts, center: Center, band: Band) -> tuple[Numbers, Numbers, Numbers]:
    """Middle, lower and upper edge of each column, of which ``n`` values are finite."""
    ordered = np.sort(values, axis=0) if center == "median" or band == "quartiles" else values
    mean = np.nansum(values, axis=0) / n
    mid = mean if center == "mean" else _quantile(ordered, n, 0.5)
    match band:
        case "minmax":
            return mid, np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)
        case "quartiles":
            return mid, _quantile(ordered, n, 0.25), _quantile(ordered, n, 0.75)
        case _:
            half = _half_width(values, n, mean, band)
            return mid, mid - half, mid + half


def _half_width(values: Numbers, n: Counts, mean: Numbers, band: Band) -> Numbers:
    """The sample standard deviation (n - 1), or what of it is the mean's; NaN of a single value."""
    freedom = np.where(n > 1, n - 1, 1)
    spread = np.where(n > 1, np.sqrt(np.nansum((values - mean) ** 2, axis=0) / freedom), np.nan)
    if band == "sd":
        return spread
    error = spread / np.sqrt(n)
    return error if band == "se" else error * two_sided(0.95, n - 1)


def _quantile(ordered: Numbers, n: Counts, share: float) -> Numbers:
    """Of each column the quantile of its first ``n`` values, in between two of them by their distance."""
    place = share * (n - 1)
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, n - 1)
    columns = np.arange(ordered.shape[1])
    low, high = ordered[below, columns], ordered[above, columns]
    found: Numbers = low + (high - low) * (place - below)
    return found
