"""Schedules that are set in advance and rise again. In their formulas t is the share of the run that lies behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from experiments.component import choice, hp, integers, log_uniform, uniform
from experiments.schedules import FACTOR, SCHEDULES, Schedule, due
from experiments.schedules.decay import half_wave


@SCHEDULES.add
class Cyclic(Schedule):
    """Triangles between ``low`` and the base rate.

    ``triangular2`` halves the height after each cycle; ``exp_range`` multiplies it by ``gamma`` over the run. Momentum
    is left alone: optimizers without one have none to cycle.
    """

    name: Literal["cyclic"] = "cyclic"
    aliases = ("clr", "cyclical")
    formula = "factor(t) = low + (1 − low)·height·(1 − |2·frac(cycles·t) − 1|);\n"
    formula += "height = 1 (triangular), 2^(−⌊cycles·t⌋) (triangular2) or γ^t (exp_range)"
    source = "Smith, 2017, Cyclical Learning Rates for Training Neural Networks, arXiv:1506.01186"
    misconceptions = (
        "It is called an adaptive schedule. The cycles are set in advance and watch nothing; only plateau adapts.",
        "The paper's exp_range has γ per step (0.99994). Here γ is the factor of the height over the whole run.",
    )
    low: float = hp(0.1, gt=0, le=1, search=log_uniform(0.01, 0.33), bound_source=FACTOR, help="Lowest factor.")
    cycles: int = hp(
        2, ge=1, le=1000, search=integers(1, 8), bound_source="whole cycles in a run", help="Number of triangles."
    )
    mode: Literal["triangular", "triangular2", "exp_range"] = hp(
        "triangular", search=choice("triangular", "triangular2", "exp_range"), help="How the height changes."
    )
    gamma: float = hp(0.1, gt=0, le=1, bound_source=FACTOR, help="Factor of the height at the end, in exp_range.")

    def at(self, progress: float, history: Sequence[float]) -> float:
        """``low`` plus the triangle at this point, times the height of its cycle."""
        cycle = due(progress * self.cycles)
        position = progress * self.cycles - cycle
        height = {"triangular": 1.0, "triangular2": 0.5**cycle, "exp_range": self.gamma**progress}[self.mode]
        return self.low + (1 - self.low) * float(height) * (1 - abs(2 * position - 1))


@SCHEDULES.add
class CosineRestarts(Schedule):
    """Cosine waves one after the other, each ``growth`` times as long as the one before; together they fill the run.

    Only the end of a wave is a good place to stop, so the number of waves is chosen and the run ends with the last.
    """

    name: Literal["cosine_restarts"] = "cosine_restarts"
    aliases = ("sgdr", "warm_restarts", "cosine_annealing_warm_restarts")
    formula = "factor = final + (1 − final)·(1 + cos(π·u)) / 2, u = share of the present wave;\n"
    formula += "wave i (from 0) has the length growthⁱ·T₀, T₀ = run / (1 + growth + … + growth^(cycles − 1))"
    source = "Loshchilov & Hutter, 2017, SGDR: Stochastic Gradient Descent with Warm Restarts, arXiv:1608.03983"
    misconceptions = (
        "Its warm restarts are confused with a warm-up. A restart returns to the base rate at once, with the weights "
        "kept; a warm-up approaches it slowly.",
    )
    cycles: int = hp(
        3, ge=1, le=1000, search=integers(2, 5), bound_source="whole waves in a run", help="Number of waves."
    )
    growth: float = hp(
        2.0,
        ge=1,
        le=100,
        search=choice(1.0, 2.0),
        bound_source="Loshchilov & Hutter, 2017, section 3: T_mult of at least 1",
        help="Length of a wave over that of the one before; the paper's T_mult.",
    )
    final: float = hp(
        0.0, ge=0, le=1, search=uniform(0.0, 0.1), bound_source=FACTOR, help="Factor at the end of each wave."
    )

    def at(self, progress: float, history: Sequence[float]) -> float:
        """The present wave; one that is due within rounding error has begun."""
        lengths = [self.growth ** (cycle - self.cycles + 1) for cycle in range(self.cycles)]
        rest, wave = progress * sum(lengths), 0
        while wave < self.cycles - 1 and rest >= lengths[wave] * (1 - 1e-9):  # the first lengths may round to 0
            rest, wave = rest - lengths[wave], wave + 1
        return self.final + (1 - self.final) * half_wave(max(0.0, rest / lengths[wave]))
