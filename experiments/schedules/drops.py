"""Schedules that are set in advance and fall at once, at chosen points of the run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, field_validator

from experiments.component import choice, hp, uniform
from experiments.schedules import FACTOR, SCHEDULES, SHARE, Schedule, due

Share = Annotated[float, Field(gt=0, lt=1)]


@SCHEDULES.add
class Step(Schedule):
    """A drop at regular points of the run."""

    name: Literal["step"] = "step"
    aliases = ("step_decay",)
    formula = "factor(t) = γ^⌊t / every⌋"
    source = "Krizhevsky, Sutskever & Hinton, 2012, ImageNet Classification, section 5 (drops by ten)"
    misconceptions = (
        "It is called an adaptive schedule. The drops are set in advance; only plateau waits for the metric.",
    )
    gamma: float = hp(0.1, gt=0, le=1, search=uniform(0.05, 0.7), bound_source=FACTOR, help="Factor of each drop.")
    every: float = hp(0.3, gt=0, le=1, search=uniform(0.1, 0.5), bound_source=SHARE, help="Share between drops.")

    def at(self, progress: float, history: Sequence[float]) -> float:
        """gamma to the number of drops so far."""
        return self.gamma ** due(min(progress / self.every, 1e9))  # a share near 0 has more drops than a float can hold


@SCHEDULES.add
class MultiStep(Schedule):
    """A drop at each of the milestones; the defaults are those of the ResNets on CIFAR-10."""

    name: Literal["multistep"] = "multistep"
    aliases = ("multi_step", "piecewise_constant")
    formula = "factor(t) = γ^(number of milestones ≤ t)"
    source = "He, Zhang, Ren & Sun, 2016, Deep Residual Learning, arXiv:1512.03385, section 4.2"
    gamma: float = hp(0.1, gt=0, le=1, search=uniform(0.05, 0.7), bound_source=FACTOR, help="Factor of each drop.")
    milestones: tuple[Share, ...] = hp(
        (0.5, 0.75),
        min_length=1,
        max_length=100,
        search=choice([0.5, 0.75], [0.3, 0.6, 0.8], [0.6, 0.8]),
        bound_source="shares of the run, each above the one before",
        help="Where the drops are, as shares of the run after the warm-up.",
    )

    @field_validator("milestones")
    @classmethod
    def _rising(cls, milestones: tuple[float, ...]) -> tuple[float, ...]:
        if any(earlier >= later for earlier, later in pairwise(milestones)):
            raise ValueError("milestones rise; sort them and write each once")
        return milestones

    def at(self, progress: float, history: Sequence[float]) -> float:
        """gamma to the number of milestones reached."""
        return self.gamma ** sum(due(progress / milestone) >= 1 for milestone in self.milestones)
