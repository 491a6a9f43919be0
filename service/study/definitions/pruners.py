"""When a hopeless run ends before its time: the pruners that a study may name, with their settings.

All but ``wilcoxon`` judge a run by its curve, epoch by epoch or every so many steps; of a trial with several runs they
see the first alone.
``wilcoxon`` judges such a trial by the values of those of its runs that have completed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)

from service.study.definitions.parts import StrictModel, by_name


class NoPruner(StrictModel):
    """Every run trains to its end."""

    name: Literal["none"] = "none"


class StepInterval(StrictModel):
    """Looks at a run within its epochs, for trainings that have few long ones. The run is measured as often."""

    steps: int = Field(ge=1, description="Optimizer steps between two looks.")
    first: int | None = Field(
        None, ge=1, description="Steps before the first look, a multiple of `steps`; left out, as many as these."
    )

    @field_validator("first")
    @classmethod
    def _at_a_look(cls, first: int | None, info: ValidationInfo) -> int | None:
        steps = info.data.get("steps")
        if first is not None and steps is not None and first % steps:
            raise ValueError(f"{first} is no multiple of steps, {steps}; give {-(-first // steps) * steps}")
        return first

    @property
    def first_look(self) -> int:
        """Steps before the first look."""
        return self.first or self.steps


def _by_steps(value: Any) -> str:
    return "steps" if isinstance(value, Mapping | StepInterval) else "epochs"


Interval = Annotated[
    Annotated[Annotated[int, Field(ge=1)], Tag("epochs")] | Annotated[StepInterval, Tag("steps")],
    Discriminator(_by_steps),
]
"""Epochs between two looks, or `{steps: 500}`."""


class _AtIntervals(StrictModel):
    """A pruner that looks at a run every few epochs, or every so many steps."""

    warmup_epochs: int = Field(1, ge=0, description="Epochs of each run during which it is never pruned.")
    interval: Interval = Field(1, description="Epochs between two looks; or `{steps: 500}`, optimizer steps.")

    @model_validator(mode="after")
    def _warmed_up_in_steps(self) -> Self:
        _refuse_epochs(self, self.interval, "warmup_epochs")
        return self


class MedianPruner(_AtIntervals):
    """Stop a run whose best value so far is worse than the median of earlier runs there (Golovin et al., 2017)."""

    name: Literal["median"] = "median"
    n_startup_trials: int = Field(5, ge=0, description="Completed trials before anything is pruned.")


class PercentilePruner(_AtIntervals):
    """Stop a run whose best value so far is not among the best share of earlier runs there, as Optuna does it."""

    name: Literal["percentile"] = "percentile"
    percentile: float = Field(
        25.0, ge=0, le=100, description="That share in percent: 25 keeps the best quarter, 50 is the median pruner."
    )
    n_startup_trials: int = Field(5, ge=0, description="Completed trials before anything is pruned.")
    n_min_trials: int = Field(1, ge=1, description="Completed trials with a value at an epoch before it is judged.")


class AshaPruner(StrictModel):
    """Asynchronous successive halving (Li et al., 2020): at each rung only the best share goes on."""

    name: Literal["asha"] = "asha"
    min_epochs: int = Field(1, ge=1, description="Epochs of the first rung.")
    reduction_factor: int = Field(3, ge=2, description="One in this many goes on at each rung.")
    interval: StepInterval | None = Field(
        None,
        description="With `{steps: 500}` rungs count optimizer steps: after 500, `reduction_factor` times as many …",
    )

    @model_validator(mode="after")
    def _first_rung_in_steps(self) -> Self:
        _refuse_epochs(self, self.interval, "min_epochs")
        return self


class HyperbandPruner(StrictModel):
    """Successive halving in several brackets, whose first rungs lie further and further up (Li et al., 2018).

    The trial's number and the study's seed say which bracket it is in. Those that prune early get more of the trials.
    """

    name: Literal["hyperband"] = "hyperband"
    min_epochs: int = Field(1, ge=1, description="Epochs of the first rung, in the bracket that prunes earliest.")
    reduction_factor: int = Field(3, ge=2, description="One in this many goes on at each rung.")
    max_epochs: int | None = Field(
        None, ge=1, description="Epochs of a whole run, for the number of brackets. Left out, the most that a run has."
    )

    @field_validator("max_epochs")
    @classmethod
    def _not_below_the_least(cls, most: int | None, info: ValidationInfo) -> int | None:
        least = info.data.get("min_epochs")
        if most is not None and least is not None and most < least:
            raise ValueError(f"{most} lies below min_epochs, {least}; raise it, or leave it out")
        return most


class ThresholdPruner(_AtIntervals):
    """Stop a run whose value leaves the given bounds, whatever other runs do."""

    name: Literal["threshold"] = "threshold"
    warmup_epochs: int = Field(0, ge=0, description="Epochs of each run during which it is never pruned.")
    lower: float | None = Field(None, description="A run with a value below ends.")
    upper: float | None = Field(None, description="A run with a value above ends.")

    @field_validator("upper")
    @classmethod
    def _above_the_lower(cls, upper: float | None, info: ValidationInfo) -> float | None:
        lower = info.data.get("lower")
        if upper is not None and lower is not None and upper <= lower:
            raise ValueError(f"{upper:g} does not lie above lower, {lower:g}; exchange them, or leave one out")
        return upper

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
        if self.lower is None and self.upper is None:
            raise ValueError("give `lower`, `upper` or both; e.g. {name: threshold, upper: 2.5} ends what comes above")
        return self


def _refuse_epochs(part: StrictModel, interval: int | StepInterval | None, name: str) -> None:
    """What counts epochs means nothing beside an interval of steps."""
    if isinstance(interval, StepInterval) and getattr(part, name) != type(part).model_fields[name].default:
        raise ValueError(
            f"{name} counts epochs, and the interval counts steps; leave {name} out, and write how many steps come "
            f"before the first look as `interval: {{steps: {interval.steps}, first: …}}`"
        )


CurvePruner = Annotated[
    MedianPruner | PercentilePruner | AshaPruner | HyperbandPruner | ThresholdPruner,
    Field(discriminator="name"),
    BeforeValidator(by_name),
]
"""Those that judge a run by its curve alone, each time anew."""


class PatientPruner(StrictModel):
    """Let another pruner decide only about a run that has stopped gaining, as Optuna does it."""

    name: Literal["patient"] = "patient"
    pruner: CurvePruner = Field(description="The pruner that then decides.")
    patience: int = Field(3, ge=0, description="Of a run that gains within its last this many values, nothing is said.")
    min_delta: float = Field(
        0.0, ge=0, description="How far these must stay behind the best value before them, in the objective's units."
    )


class WilcoxonPruner(StrictModel):
    """Stop a trial whose runs are worse than those of the best trial, by the signed-rank test (Wilcoxon, 1945).

    Runs of the same seed and fold are compared in pairs, each time that a run of the trial has completed. A trial whose
    runs are on average as good as the best goes on whatever the test says.
    """

    name: Literal["wilcoxon"] = "wilcoxon"
    p_threshold: float = Field(
        0.1, gt=0, lt=1, description="The trial ends when its runs would be so much worse by chance less often than so."
    )
    n_startup_runs: int = Field(2, ge=2, description="Completed runs of a trial before it is judged.")

    @property
    def n_decisive(self) -> int:
        """The fewest runs that can decide: when all of n are worse, that happens by chance once in 2 ** n times."""
        return max(self.n_startup_runs, math.floor(-math.log2(self.p_threshold)) + 1)


Pruner = Annotated[
    NoPruner
    | MedianPruner
    | PercentilePruner
    | AshaPruner
    | HyperbandPruner
    | ThresholdPruner
    | PatientPruner
    | WilcoxonPruner,
    Field(discriminator="name"),
    BeforeValidator(by_name),
]


def step_interval(part: Pruner) -> StepInterval | None:
    """How many steps lie between two looks of a pruner, if it counts steps."""
    if isinstance(part, PatientPruner):
        return step_interval(part.pruner)
    interval = getattr(part, "interval", None)
    return interval if isinstance(interval, StepInterval) else None
