"""What those who train elsewhere say, and what they are answered, as JSON."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from experiments.exact import Exact
from service.api.schemas.response import ResponseModel
from service.study.states import RunState, StudyState

MOST_POINTS = 10_000
Metrics = Annotated[dict[Annotated[str, Field(min_length=1, max_length=250)], float | None], Field(max_length=500)]
"""Null is NaN, which JSON does not have."""
AskId = Annotated[
    str, Field(description="That with which the trial came: who does not have it any more changes nothing.")
]


class Asked(ResponseModel):
    """A trial to be trained, or why there is none now."""

    ask: str | None = Field(description="Goes with each report and the result; null without a trial.")
    trial: int | None = Field(description="Its number.")
    configuration: dict[str, Any] = Field(
        description="What to train: the study's space with a value at every range.",
        examples=[{"lr": 0.003, "net": {"width": 64}}],
    )
    parameters: dict[str, Any] = Field(description="What varies of it, by dotted path.")
    seed: int | None = Field(description="That of this run; a trial of several runs is given once for each.")
    fold: int | None
    lease: float = Field(description="Seconds after which the run is taken to be lost if nothing is heard.")
    state: StudyState = Field(description="The study's; of one that has ended no trial comes any more.")
    reason: str


class TrialPoint(Exact):
    """What was measured at a step."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    step: int = Field(ge=0, lt=2**53, description="Rises from point to point; to pruners and budgets it is an epoch.")
    metrics: Metrics = Field(description="Null is NaN.")
    epoch: int | None = Field(None, ge=0, lt=2**53, description="If steps are finer than what pruners shall count.")
    training_time: float | None = Field(None, ge=0, description="Seconds spent in training so far.")


class TrialReport(Exact):
    """Points of a trial's curves; none is a sign of life."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"ask": "as_…", "points": [{"step": 1, "metrics": {}}]}]}
    )

    ask: AskId
    points: tuple[TrialPoint, ...] = Field(
        (), max_length=MOST_POINTS, description="Points up to the last recorded step are left out: one may repeat them."
    )

    @model_validator(mode="after")
    def _rising(self) -> Self:
        steps = [point.step for point in self.points]
        if any(later <= step for step, later in pairwise(steps)):
            raise ValueError("the steps of points must rise; send them in their order, each once")
        return self


class TrialResult(Exact):
    """What a trial came to: a value, a failure, or neither, and then the value is that of its curve."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    ask: AskId
    value: float | None = Field(None, description="The objective; left out, it is that of the curve.")
    metrics: Metrics = Field(default_factory=dict, description="Final metrics beside it.")
    failure: Annotated[str, Field(min_length=1, max_length=10_000)] | None = Field(
        None, description="Why there is no value."
    )
    diverged: bool = Field(False, description="With a failure: the loss became NaN or infinite, so the sampler learns.")

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if self.failure is not None and self.value is not None:
            raise ValueError("a trial has a value or a failure; leave one of them out")
        if self.diverged and self.failure is None:
            raise ValueError("say with `failure` what happened to a trial that diverged")
        return self


class Reported(ResponseModel):
    """How a trial goes on after a report."""

    decision: Literal["continue", "prune", "stop"] = Field(
        description="`prune`: it is not worth more and has ended; `stop`: it has ended, or is somebody else's now."
    )
    state: RunState
    reason: str = Field(examples=["pruned at epoch 4: 0.71, below the median 0.83 of 12 trials"])


class Told(ResponseModel):
    """How a trial ended; the same result again is answered like the first."""

    trial: int
    state: RunState
    value: float | None
    reason: str
