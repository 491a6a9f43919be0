"""Schedules that are set in advance and fall smoothly. In their formulas t is the share of the run that lies behind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from experiments.component import choice, hp, log_uniform, uniform
from experiments.schedules import FACTOR, SCHEDULES, Schedule


@SCHEDULES.add
class Constant(Schedule):
    """The base rate all along, after the warm-up."""

    stretched = False
    name: Literal["constant"] = "constant"
    formula = "factor(t) = 1"
    source = "Goyal et al., 2017, Accurate, Large Minibatch SGD, arXiv:1706.02677 (the warm-up)"

    def at(self, progress: float, history: Sequence[float]) -> float:
        """1."""
        return 1.0


@SCHEDULES.add
class Linear(Schedule):
    """A straight line from the base rate to ``final``, which theory favors among the schedules set in advance."""

    name: Literal["linear"] = "linear"
    aliases = ("linear_decay",)
    formula = "factor(t) = 1 + (final − 1)·t"
    source = "Defazio, Cutkosky, Mehta & Mishchenko, 2023, Optimal Linear Decay Schedules, arXiv:2310.07831"
    final: float = hp(
        0.0, ge=0, le=1, search=uniform(0.0, 0.1), bound_source=FACTOR, help="Factor at the end of the run."
    )

    def at(self, progress: float, history: Sequence[float]) -> float:
        """The line."""
        return 1 + (self.final - 1) * progress


@SCHEDULES.add
class Polynomial(Schedule):
    """Falls as a power of what is left of the run: slow at first below power 1, fast at first above."""

    name: Literal["polynomial"] = "polynomial"
    aliases = ("poly",)
    formula = "factor(t) = final + (1 − final)·(1 − t)^power"
    source = "Chen et al., 2016, DeepLab, arXiv:1606.00915, section 4.1 (power 0.9)"
    power: float = hp(
        0.9, gt=0, le=10, search=uniform(0.5, 2.0), bound_source="a power above 0 falls", help="Power of what is left."
    )
    final: float = hp(
        0.0, ge=0, le=1, search=uniform(0.0, 0.1), bound_source=FACTOR, help="Factor at the end of the run."
    )

    def at(self, progress: float, history: Sequence[float]) -> float:
        """The power of what is left."""
        return float(self.final + (1 - self.final) * (1 - progress) ** self.power)


@SCHEDULES.add
class InverseTime(Schedule):
    """The classical fall of stochastic approximation: fast at first, then ever slower, and never to zero.

    ``decay`` counts over the whole run, so it means the same for runs of any length: the last factor is about
    1 / (1 + decay) at power 1. A rate per step, as Keras writes it, is ``decay`` over the number of steps.
    """

    name: Literal["inverse_time"] = "inverse_time"
    aliases = ("inverse_time_decay", "robbins_monro")
    formula = "factor(t) = (1 + decay·t)^(−power)"
    source = "Robbins & Monro, 1951, A Stochastic Approximation Method, Annals of Mathematical Statistics 22"
    misconceptions = (
        "Any falling rate is said to converge. The proof wants the sum of the rates to be infinite and that of their "
        "squares finite: a power above 1/2 and at most 1. Exponential decay may stop short: its sum is finite.",
    )
    decay: float = hp(
        10.0, ge=0, le=1e9, search=log_uniform(1.0, 1e3), bound_source="the rate never rises", help="Fall over the run."
    )
    power: float = hp(
        1.0,
        gt=0,
        le=1,
        search=choice(0.5, 0.75, 1.0),
        bound_source="Robbins & Monro, 1951: above 1 the rates' sum is finite",
        help="1 is the classical fall, 0.5 that of the inverse square root.",
    )

    def at(self, progress: float, history: Sequence[float]) -> float:
        """The power of the time."""
        return float((1 + self.decay * progress) ** -self.power)


@SCHEDULES.add
class Exponential(Schedule):
    """The same relative fall at each step, to ``final`` at the end."""

    name: Literal["exponential"] = "exponential"
    aliases = ("exponential_decay",)
    formula = "factor(t) = final^t, which is γ^step with γ = final^(1 / steps)"
    source = "Li & Arora, 2020, An Exponential Learning Rate Schedule for Deep Learning, arXiv:1910.07454"
    misconceptions = (
        "A γ per epoch is handed on as a recipe. It means another fall in a run of another length: 0.95 leaves 0.6 "
        "after 10 epochs and 0.006 after 100. Here the end is chosen, and γ follows from it.",
    )
    final: float = hp(
        0.01, gt=0, le=1, search=log_uniform(1e-4, 0.5), bound_source=FACTOR, help="Factor at the end of the run."
    )

    def at(self, progress: float, history: Sequence[float]) -> float:
        """A straight line in the logarithm."""
        return float(self.final**progress)


@SCHEDULES.add
class Cosine(Schedule):
    """Half a cosine wave from the base rate to ``final``, without restarts."""

    name: Literal["cosine"] = "cosine"
    aliases = ("cosine_annealing", "cosine_decay")
    formula = "factor(t) = final + (1 − final)·(1 + cos(π·t)) / 2"
    source = "Loshchilov & Hutter, 2017, SGDR: Stochastic Gradient Descent with Warm Restarts, arXiv:1608.03983, eq. 5"
    misconceptions = (
        "It is called an adaptive schedule. It is set in advance and watches nothing of the run; only plateau adapts.",
    )
    final: float = hp(
        0.0, ge=0, le=1, search=uniform(0.0, 0.1), bound_source=FACTOR, help="Factor at the end of the run."
    )

    def at(self, progress: float, history: Sequence[float]) -> float:
        """Half a cosine wave from 1 to ``final``."""
        return self.final + (1 - self.final) * half_wave(progress)


def half_wave(share: float) -> float:
    """Half a cosine wave, from 1 at share 0 to 0 at share 1."""
    return (1 + math.cos(math.pi * share)) / 2
