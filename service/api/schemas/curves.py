"""Learning curves as JSON."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from service.api.schemas.response import ResponseModel
from service.study.states import RunState

Attempt = Annotated[
    list[int], Field(min_length=2, max_length=2, description="An attempt's number, and the index at which it begins.")
]


class Series(ResponseModel):
    """One run's curve of one metric. The lists are equally long; ``epoch`` … ``y`` belong to ``step``."""

    run_id: str
    study: str = Field(description="The study's id.")
    trial: int
    replicate: int
    fold: int | None
    state: RunState
    value: float | None = Field(description="The run's objective.")
    step: list[int] = Field(description="Optimizer steps.")
    epoch: list[int]
    wall_time: list[float] = Field(description="Seconds since 1970.")
    training_time: list[float] = Field(description="Seconds spent in training.")
    y: list[float | None] = Field(description="The metric; null where it was measured as NaN or infinite.")
    n_points: int = Field(description="Points that are stored, of which the lists may hold fewer.")
    attempts: list[Attempt]


class Curves(ResponseModel):
    """One metric's curves of many runs."""

    metric: str = Field(examples=["val_loss"])
    series: list[Series]
    n_runs: int = Field(description="Runs that were asked for and have this metric.")
    n_runs_left_out: int = Field(description="Of these, how many are not in the answer; 0 unless `max_runs` cut them.")


class RunCurves(ResponseModel):
    """All metrics of one run; a null is a metric that was not measured at that step, or not as a finite number."""

    run_id: str
    step: list[int]
    epoch: list[int]
    wall_time: list[float]
    training_time: list[float]
    metrics: dict[str, list[float | None]]
    not_finite: dict[str, list[int]] = Field(
        description="Where a null was measured, as NaN or infinite: the indices, by metric; others were not measured."
    )
    attempts: list[Attempt]


class Summaries(ResponseModel):
    """What the curves of one metric came to. The lists are equally long; runs without a finite value are left out."""

    metric: str = Field(examples=["val_loss"])
    run_id: list[str]
    trial: list[int]
    low: list[float] = Field(description="The least value.")
    low_step: list[int] = Field(description="The first step that has it.")
    high: list[float] = Field(description="The greatest value.")
    high_step: list[int]
    last: list[float]
    last_step: list[int]
