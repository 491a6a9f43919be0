"""Schedules in several parts, set in advance. In their formulas t is the share of the run that lies behind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from experiments.component import choice, hp, log_uniform, uniform
from experiments.schedules import FACTOR, SCHEDULES, SHARE, Schedule
from experiments.schedules.decay import half_wave

RATIO = "a ratio of a higher rate to a lower one"


@SCHEDULES.add
class OneCycle(Schedule):
    """Up to the base rate and down to almost nothing, both along a cosine. Momentum is left alone.

    The base rate is the highest of the run, so it wants to be higher than that of a constant schedule.
    """

    name: Literal["one_cycle"] = "one_cycle"
    aliases = ("onecycle", "1cycle")
    formula = "t < pct_start: from 1/div_factor to 1; then to 1/(div_factor·final_div_factor);\n"
    formula += "each along end + (start − end)·(1 + cos(π·u)) / 2, u = share of the part"
    source = "Smith & Topin, 2018, Super-Convergence, arXiv:1708.07120; the cosines: Howard & Gugger, 2020, fastai"
    misconceptions = (
        "The base rate is taken for the first rate. It is the peak, which torch calls max_lr; the first rate is the "
        "base rate over div_factor.",
        "The paper's parts are straight lines, of equal length, before a last short fall. The cosines and the early "
        "peak in use today are fastai's.",
    )
    pct_start: float = hp(
        0.3, gt=0, lt=1, search=uniform(0.1, 0.5), bound_source=SHARE, help="Share of the run spent rising."
    )
    div_factor: float = hp(
        25.0, ge=1, le=1e9, search=log_uniform(5.0, 100.0), bound_source=RATIO, help="Base rate over first rate."
    )
    final_div_factor: float = hp(1e4, ge=1, le=1e9, bound_source=RATIO, help="First rate over last rate.")

    def at(self, progress: float, history: Sequence[float]) -> float:
        """Half a cosine wave up, then half a one down."""
        first = 1 / self.div_factor
        if progress < self.pct_start:
            return 1 + (first - 1) * half_wave(progress / self.pct_start)
        last = first / self.final_div_factor
        return last + (1 - last) * half_wave((progress - self.pct_start) / (1 - self.pct_start))


@SCHEDULES.add
class WarmupStableDecay(Schedule):
    """Warm up, stay at the base rate, and fall in the last part: a trapezoid.

    Unlike that of a cosine, the middle does not depend on the length of the run: a run can be prolonged from a
    checkpoint taken before the fall. ``decay`` is a share of what follows the warm-up.
    """

    name: Literal["warmup_stable_decay"] = "warmup_stable_decay"
    aliases = ("wsd", "trapezoidal")
    formula = "factor(t) = 1 while t < 1 − decay, then final + (1 − final)·g(u), u = (t − 1 + decay) / decay;\n"
    formula += "g(u) = 1 − u (linear), (1 + cos(π·u)) / 2 (cosine) or 1 − √u (one_minus_sqrt)"
    source = "Hu et al., 2024, MiniCPM, arXiv:2404.06395; Hägele et al., 2024, arXiv:2405.18392 (1 − √u)"
    misconceptions = (
        "A higher loss than a cosine's in the middle of the run is taken for a worse schedule. While the rate is high "
        "the loss stays high; most of the gain comes in the fall, so only the ends may be compared.",
    )
    warmup: float = hp(
        0.05, ge=0, lt=1, search=uniform(0.0, 0.1), bound_source=SHARE, help="Share of the run spent warming up."
    )
    decay: float = hp(
        0.2, gt=0, le=1, search=uniform(0.1, 0.5), bound_source=SHARE, help="Share of the rest spent falling."
    )
    form: Literal["linear", "cosine", "one_minus_sqrt"] = hp(
        "one_minus_sqrt", search=choice("linear", "cosine", "one_minus_sqrt"), help="The form of the fall."
    )
    final: float = hp(
        0.0, ge=0, le=1, search=uniform(0.0, 0.1), bound_source=FACTOR, help="Factor at the end of the run."
    )

    def at(self, progress: float, history: Sequence[float]) -> float:
        """1, then the fall."""
        fallen = max(0.0, (progress - 1 + self.decay) / self.decay)
        left = {"linear": 1 - fallen, "cosine": half_wave(fallen), "one_minus_sqrt": 1 - math.sqrt(fallen)}[self.form]
        return self.final + (1 - self.final) * left
