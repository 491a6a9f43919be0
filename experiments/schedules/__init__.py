"""Schedules: the learning rate as a factor of the optimizer's base rate.

A schedule is a pure function of the progress of the run and of the monitored metric so far, so it has no state to save
and never touches the optimizer when it is made.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal

from experiments.component import Component, Kind, declare, hp, uniform

SHARE = "a share of the run"
FACTOR = "a factor of the base rate, which is the highest"


class Schedule(Component):
    """The factor by which the base rate is multiplied, step by step or epoch by epoch.

    Warm-up is linear (Goyal et al., 2017): step s of w warm-up steps has the factor (s + 1) / (w + 1) of the schedule's
    first value, so that the first step moves and the first one after the warm-up has that value itself. What follows is
    stretched over the remaining steps. With ``interval: epoch`` the same holds of epochs, and every step of an epoch
    has the factor of its first.
    """

    adaptive: ClassVar[bool] = False
    """Whether it watches the run; otherwise it is set in advance."""
    stretched: ClassVar[bool] = True
    """Whether its factor after the warm-up depends on the share of the run that is over."""

    warmup: float = hp(
        0.0, ge=0, lt=1, search=uniform(0.0, 0.1), bound_source=SHARE, help="Share of the run spent warming up."
    )
    interval: Literal["step", "epoch"] = hp("step", help="How often the factor changes: at each step, or each epoch.")

    @property
    def counts_steps(self) -> bool:
        """Whether it must know how many steps the run has; epochs are always known."""
        return self.interval == "step" and (self.stretched or self.warmup > 0)

    def factor(self, step: int, total: int, history: Sequence[float] = (), *, steps_per_epoch: int = 1) -> float:
        """The factor at optimizer step ``step`` (from 0) of ``total``, ``steps_per_epoch`` of them in each epoch.

        ``history`` is the monitored metric after each epoch that has a finite one, turned so that lower is better.
        """
        unit = steps_per_epoch if self.interval == "epoch" else 1
        now, end = step // unit, math.ceil(total / unit)
        n_warmup = round(self.warmup * end)
        if now < n_warmup:
            return self.at(0.0, history) * (now + 1) / (n_warmup + 1)
        return self.at(min(1.0, (now - n_warmup) / max(1, end - n_warmup)), history)

    @abstractmethod
    def at(self, progress: float, history: Sequence[float]) -> float:
        """The factor at ``progress``: the share of the steps after the warm-up that lies behind, from 0 to below 1."""


def due(count: float) -> int:
    """How many events have happened; one that is due within rounding error has."""
    return math.floor(count + 1e-9)


SCHEDULES: Kind[Schedule] = Kind("schedule", Schedule, "The learning rate over the run, as a factor of the base rate")  # type: ignore[type-abstract]

declare(__name__)
