"""Learning curves: what is asked of them, and what is answered as JSON."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from experiments.metrics import Direction
from service.analysis.curves.curve_groups import Band, Center, Survivors
from service.api.schemas.response import ResponseModel
from service.study.filters import LONGEST
from service.study.states import RunState

XAxis = Literal["epoch", "step", "wall_time", "training_time", "budget_share"]
CONTINUOUS = frozenset({"wall_time", "training_time", "budget_share"})
"""Axes on which two runs hardly ever meet."""
MOST_GROUPS = 1000


MOST_POINTS = 2_000_000


class CurveRequest(BaseModel):
    """Which curves are meant, in the address or, of thousands of runs, in the body of a POST."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    metric: str = Field(examples=["val_loss"])
    study: list[str] = Field([], max_length=100, description="Names or ids of studies: all their runs.")
    run: list[str] = Field([], max_length=10_000, description="Ids of runs.")
    filter: str | None = Field(
        None,
        max_length=LONGEST,
        description="Only runs of trials that it chooses: `optimizer in (sgd, adamw) and val_loss < 0.2`.",
    )


class CurvesRequest(CurveRequest):
    """Curves, each as it is."""

    x: list[XAxis] = Field(
        ["step", "epoch", "wall_time", "training_time"],
        min_length=1,
        max_length=5,
        description="The axes that are sent. `wall_time` counts the seconds since the run began; `budget_share` the "
        "epochs as a part of those that were planned.",
    )
    x_from: float | None = Field(None, description="Only points of the first axis from here on, and one before.")
    x_to: float | None = Field(None, description="Only points of the first axis up to here, and one behind.")
    max_points: int = Field(
        MOST_POINTS,
        ge=1,
        le=MOST_POINTS,
        description="Points of all runs together beyond which each keeps the least and the greatest of every pixel "
        "column; no spike is lost, and `columns` says so.",
    )
    width: int = Field(1000, ge=2, le=10_000, description="Pixel columns that the first axis has, if it comes to that.")
    max_runs: int = Field(10_000, ge=1, le=10_000, description="More are counted, not sent.")
    after: str | None = Field(
        None,
        max_length=5000,
        description="`cursor` of an answer before: only what has changed since. `begin` of a series says behind which "
        "of its points the new ones stand; where `complete` is true again, too much has changed, and all is sent.",
    )


class AggregateRequest(CurveRequest):
    """Groups of curves, each put together over all its runs."""

    x: XAxis = Field(
        "epoch",
        description="`wall_time` counts the seconds since the run began; `budget_share` the epochs as a part of those "
        "that were planned.",
    )
    group_by: list[str] = Field(
        [],
        max_length=20,
        description="Parameters by their paths (`optimizer`, `optimizer.adamw.lr`), or `study`, `trial`, `seed`, "
        "`fold`, `state`; left out, everything but seed and fold: runs of one configuration form a group.",
    )
    center: Center = "mean"
    band: Band | None = Field(
        None,
        description="Standard deviation, standard error, 95 % interval (t) of the mean, least and greatest, or "
        "quartiles; left out, `ci95` around a mean and `quartiles` around a median.",
    )
    survivors: Survivors = Field(
        "as_is",
        description="`as_is`: each run counts as far as it came, so that the rest is of those that were not pruned. "
        "`reached_x`: only runs that reached `reached`. `carry_last`: a run that ended counts on with its last value.",
    )
    reached: float | None = Field(None, description="For `reached_x`; left out, as far as a run of the group came.")
    best_so_far: Direction | None = Field(
        None, description="Each run counts with the best value up to each x, in this direction, not with the one there."
    )
    x_from: float | None = Field(None, description="Only values of x from here on.")
    x_to: float | None = Field(None, description="Only values of x up to here.")
    max_points: int = Field(500, ge=2, le=10_000, description="Values of x in a group; of more, evenly spread ones.")
    max_groups: int = Field(200, ge=1, le=MOST_GROUPS, description="Runs of further groups are only counted.")


class AggregateSelection(AggregateRequest):
    """The same, or groups of one's own."""

    groups: dict[str, list[str]] = Field(
        {},
        max_length=MOST_GROUPS,
        description="What each group is called, and the ids of its runs, instead of `study`, `run` and `group_by`; the "
        "key of such a group is `{group: name}`.",
    )


Attempt = Annotated[
    list[int], Field(min_length=2, max_length=2, description="An attempt's number, and the index at which it begins.")
]


class Series(ResponseModel):
    """One run's curve of one metric. The lists are equally long."""

    run_id: str
    study: str = Field(description="The study's id.")
    trial: int
    replicate: int
    seed: int
    fold: int | None
    state: RunState
    value: float | None = Field(description="The run's objective.")
    began_at: float = Field(description="When the run began, in seconds since 1970: where its `wall_time` is 0.")
    x: dict[XAxis, list[float | None]] = Field(description="Where the points stand on each axis that was asked for.")
    y: list[float | None] = Field(description="The metric; null where it was measured as NaN or infinite.")
    begin: int = Field(description="Points of the curve that stand before these.")
    n_points: int = Field(description="Points that are stored, of which the lists may hold fewer.")
    attempts: list[Attempt]


class Curves(ResponseModel):
    """One metric's curves of many runs."""

    metric: str = Field(examples=["val_loss"])
    series: list[Series]
    n_runs: int = Field(description="Runs that were asked for and have this metric.")
    n_runs_left_out: int = Field(description="Of these, how many are not in the answer; 0 unless `max_runs` cut them.")
    n_points: int = Field(description="Points that these runs have stored.")
    columns: int | None = Field(
        description="Of how many pixel columns each run keeps the least and the greatest; null where all points are "
        "here. Many runs share `max_points`, so that there may be fewer than `width`."
    )
    cursor: str = Field(description="For `after`.")
    complete: bool = Field(description="False where only what has changed since `after` is here.")
    gone: list[str] = Field(description="Runs that `filter` has chosen before and may not choose any more.")


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


class CurveGroup(ResponseModel):
    """The runs of one group put together. The lists are equally long."""

    key: dict[str, Any] = Field(description="What its runs have in common; null where they lack the parameter.")
    x: list[float] = Field(description="Where at least one of its runs counts.")
    n: list[int] = Field(description="How many of its runs count at each x.")
    n_carried: list[int] = Field(description="Of these, those that had ended before, with `survivors=carry_last`.")
    mid: list[float | None]
    low: list[float | None] = Field(description="Null where the band is not defined, as the deviation of a single run.")
    high: list[float | None]
    runs: list[str] = Field(description="Ids of its runs.")


class RunAccount(ResponseModel):
    """What became of every run that was asked for; all but `total` add up to it."""

    total: int
    aggregated: int
    filtered: int = Field(description="The filter did not choose their trials.")
    unmeasured: int = Field(description="They have no point of the metric yet, or nowhere to put it on this axis.")
    never_finite: int = Field(description="All their points are NaN or infinite.")
    not_reached: int = Field(description="`survivors=reached_x` left them out.")
    in_further_groups: int = Field(description="`max_groups` left them out.")


class CurveGroups(ResponseModel):
    """Groups of curves, in the order of their first runs."""

    metric: str
    x_axis: XAxis
    center: Center
    band: Band
    survivors: Survivors
    groups: list[CurveGroup]
    bounds: tuple[float, float] | None = Field(
        description="Beyond which there is no value of the metric, though a band may reach; null if unknown."
    )
    n_groups: int = Field(description="Groups that there are; more than are listed where `max_groups` cut them off.")
    runs: RunAccount
    n_points_not_finite: int = Field(description="Points of the aggregated runs that are NaN or infinite, left out.")


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
