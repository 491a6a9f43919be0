"""From numbers to places in a picture, and which numbers are written beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from service.analysis.curves.curve_groups import Numbers

SPREAD = 30.0
"""Positive values that are further apart than this factor are drawn over a logarithmic axis."""
MOST_DECADES = 3
"""Over more of them only powers of ten are written."""


@dataclass(frozen=True)
class Scale:
    """An axis from ``low`` to ``high``, drawn from ``start`` to ``end``."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, values: Numbers) -> Numbers:
        """Where values are drawn; what lies beyond the axis, at its end."""
        kept, ends = np.clip(values, self.low, self.high), np.array([self.low, self.high])
        if self.log:
            kept, ends = np.log10(kept), np.log10(ends)
        places: Numbers = self.start + (kept - ends[0]) / (ends[1] - ends[0]) * (self.end - self.start)
        return places

    def ticks(self) -> list[float]:
        """Round numbers within the axis."""
        if self.log:
            first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
            digits = (1, 2, 5) if self.high / self.low <= 10**MOST_DECADES else (1,)
            found = [digit * 10.0**power for power in range(first, last + 1) for digit in digits]
            return [each for each in found if self.low <= each <= self.high]
        step = _round_step((self.high - self.low) / 8)
        return [n * step for n in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]


def axis(low: float, high: float, start: float, end: float) -> Scale:
    """A linear axis; a single value stands in its middle."""
    if low == high:
        low, high = low - (abs(low) or 1.0) / 2, high + (abs(high) or 1.0) / 2
    return Scale(low, high, start, end)


def value_axis(mids: Numbers, bands: Numbers, start: float, end: float, *, may_be_log: bool) -> Scale:
    """An axis for lines and their bands: a band that is far wider than the lines are apart is cut off."""
    low, high = float(mids.min()), float(mids.max())
    if may_be_log and low > 0 and high / low > SPREAD:
        return Scale(low / 1.2, high * 1.2, start, end, log=True)
    room = (high - low) / 2 or abs(high) / 10 or 1.0
    least, most = np.nanmin(np.append(bands, low)), np.nanmax(np.append(bands, high))
    margin = room / 10
    return axis(float(max(least, low - room)) - margin, float(min(most, high + room)) + margin, start, end)


def _round_step(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= step * (1 - 1e-9))
