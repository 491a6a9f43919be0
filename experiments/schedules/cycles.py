"""Schedules that rise and fall."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from experiments.component import choice, hp, integers, log_uniform, uniform
from experiments.schedules import SCHEDULES, Schedule


@SCHEDULES.add
class Cyclic(Schedule):
    """Triangles between ``low`` and the base rate (Smith, 2017).

    ``triangular2`` halves the height after each cycle; ``exp_range`` multiplies it by ``gamma`` over the run.
    """

    name: Literal["cyclic"] = "cyclic"
    aliases = ("clr",)
    low: float = hp(0.1, gt=0, le=1, search=log_uniform(0.01, 0.33), help="Lowest factor.")
    cycles: int = hp(2, ge=1, le=1000, search=integers(1, 8), help="Number of triangles in the run.")
    mode: Literal["triangular", "triangular2", "exp_range"] = hp(
        "triangular", search=choice("triangular", "triangular2", "exp_range"), help="How the height changes."
    )
    gamma: float = hp(0.1, gt=0, le=1, help="Factor of the height at the end, in exp_range.")

    def shape(self, progress: float, history: Sequence[float]) -> float:
        """``low`` plus the triangle at this point, times the height of its cycle."""
        cycle, position = divmod(progress * self.cycles, 1.0)
        height = {"triangular": 1.0, "triangular2": 0.5**cycle, "exp_range": self.gamma**progress}[self.mode]
        return self.low + (1 - self.low) * float(height) * (1 - abs(2 * position - 1))


@SCHEDULES.add
class OneCycle(Schedule):
    """Up to the base rate and down to almost nothing, both along a cosine (Smith & Topin, 2018)."""

    name: Literal["one_cycle"] = "one_cycle"
    aliases = ("onecycle",)
    pct_start: float = hp(0.3, gt=0, lt=1, search=uniform(0.1, 0.5), help="Share of the run spent rising.")
    div_factor: float = hp(25.0, ge=1, search=log_uniform(5.0, 100.0), help="Base rate over first rate.")
    final_div_factor: float = hp(1e4, ge=1, help="First rate over last rate.")

    def shape(self, progress: float, history: Sequence[float]) -> float:
        """Half a cosine wave up, then half a one down."""
        first = 1 / self.div_factor
        if progress < self.pct_start:
            return _cosine(first, 1.0, progress / self.pct_start)
        return _cosine(1.0, first / self.final_div_factor, (progress - self.pct_start) / (1 - self.pct_start))


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
