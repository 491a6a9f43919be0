"""Schedules: the learning rate as a factor of the optimizer's base rate.

A schedule is a pure function of the progress of the run and of the monitored metric so far, so it has no state to save.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from experiments.component import Component, Kind, hp, uniform


class Schedule(Component):
    """The factor by which the base rate is multiplied, step by step.

    Warm-up is linear (Goyal et al., 2017): step s of w warm-up steps has the factor (s + 1) / (w + 1) of the schedule's
    first value. What follows is stretched over the remaining steps.
    """

    warmup: float = hp(0.0, ge=0, lt=1, search=uniform(0.0, 0.1), help="Share of the run's steps spent warming up.")

    def factor(self, step: int, total: int, history: Sequence[float] = ()) -> float:
        """The factor at optimizer step ``step`` (from 0) of ``total``.

        ``history`` is the monitored metric after each finished epoch, turned so that lower is better.
        """
        n_warmup = round(self.warmup * total)
        if step < n_warmup:
            return self.shape(0.0, history) * (step + 1) / (n_warmup + 1)
        return self.shape(min(1.0, (step - n_warmup) / max(1, total - n_warmup)), history)

    @abstractmethod
    def shape(self, progress: float, history: Sequence[float]) -> float:
        """The factor at ``progress``: the share of the steps after the warm-up that lies behind, from 0 to below 1."""


SCHEDULES: Kind[Schedule] = Kind("schedule", Schedule, "The learning rate over the run, as a factor of the base rate")  # type: ignore[type-abstract]
