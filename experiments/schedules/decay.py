"""Schedules that are set in advance and only fall."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from experiments.component import hp, log_uniform, uniform
from experiments.schedules import SCHEDULES, Schedule


@SCHEDULES.add
class Constant(Schedule):
    """The base rate all along, after the warm-up (Goyal et al., 2017)."""

    name: Literal["constant"] = "constant"

    def shape(self, progress: float, history: Sequence[float]) -> float:
        """1."""
        return 1.0


@SCHEDULES.add
class Step(Schedule):
    """gamma^floor(progress / every): a drop at regular points of the run (He et al., 2016, train so)."""

    name: Literal["step"] = "step"
    gamma: float = hp(0.1, gt=0, le=1, search=uniform(0.05, 0.7), help="Factor of each drop.")
    every: float = hp(0.3, gt=0, le=1, search=uniform(0.1, 0.5), help="Share of the run between drops.")

    def shape(self, progress: float, history: Sequence[float]) -> float:
        """gamma to the number of drops so far; a drop that is due within rounding error has happened."""
        return self.gamma ** math.floor(progress / self.every + 1e-9)


@SCHEDULES.add
class Exponential(Schedule):
    """final^progress: the same relative fall at each step, to ``final`` at the end (Li & Arora, 2020, study it)."""

    name: Literal["exponential"] = "exponential"
    final: float = hp(0.01, gt=0, le=1, search=log_uniform(1e-4, 0.5), help="Factor at the end of the run.")

    def shape(self, progress: float, history: Sequence[float]) -> float:
        """A straight line in the logarithm."""
        return float(self.final**progress)


@SCHEDULES.add
class Cosine(Schedule):
    """final + (1 - final) · (1 + cos(π · progress)) / 2, without restarts (Loshchilov & Hutter, 2017)."""

    name: Literal["cosine"] = "cosine"
    aliases = ("cosine_annealing",)
    final: float = hp(0.0, ge=0, le=1, search=uniform(0.0, 0.1), help="Factor at the end of the run.")

    def shape(self, progress: float, history: Sequence[float]) -> float:
        """Half a cosine wave from 1 to ``final``."""
        return self.final + (1 - self.final) * (1 + math.cos(math.pi * progress)) / 2
