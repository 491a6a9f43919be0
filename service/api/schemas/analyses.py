"""What analyses of a study say, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from service.api.schemas.response import ResponseModel
from service.study.states import RunState


class TrialsUsed(ResponseModel):
    """Which of the study's trials an analysis learned from, and how many it left out."""

    completed: int = Field(description="Used, with their value.")
    beaten: int = Field(description="Pruned, diverged, past their time or infeasible: none of the best.")
    failed: int = Field(description="Left out: they failed for other reasons, which say nothing of the configuration.")
    cancelled: int = Field(description="Left out.")
    excluded: int = Field(description="Left out, in whatever state.")
    unended: int = Field(description="Left out: they wait or run.")


class JudgedBy(ResponseModel):
    """An objective, which values are of."""

    metric: str = Field(examples=["val_loss"])
    direction: Literal["minimize", "maximize"]


Notes = list[str]


class Importance(ResponseModel):
    """How much one parameter decides whether a trial is among the best."""

    parameter: str = Field(examples=["optimizer.adamw.lr"])
    importance: float = Field(ge=0, le=1, description="Its share; those of all parameters make 1.")
    n_trials: int = Field(description="In how many of the trials it was drawn; in others its condition did not hold.")


class Importances(ResponseModel):
    """Every parameter that was drawn, the most important first."""

    method: Literal["ped-anova"]
    objective: JudgedBy
    n_best: int = Field(description="The trials that count as the best: a tenth of all.")
    trials: TrialsUsed
    items: list[Importance] = Field(description="Empty where there is nothing to compare.")
    notes: Notes = Field(description="What a reader must know of this answer.")


class Stretch(ResponseModel):
    """One choice of a parameter, or a stretch of its range."""

    choice: Any = Field(description="Of a parameter with choices; null for a stretch of numbers.")
    low: float | None = Field(description="The least number that was drawn in the stretch; null for a choice.")
    high: float | None = Field(description="The greatest; equal to `low` where a level is a single number.")


class Level(Stretch):
    """One choice of a parameter, or a stretch of its range, and what trials came to there."""

    n: int = Field(description="Completed trials.")
    median: float | None = Field(description="Of their objective; null without any.")
    median_low: float | None = Field(
        description="Where the interval begins that holds the median at 95 % however the values are spread (sign "
        "test); null for fewer than six trials."
    )
    median_high: float | None
    quartile_1: float | None = Field(description="A quarter of the trials lies below, in the objective's own unit.")
    quartile_3: float | None
    n_beaten: int = Field(description="Trials there that were pruned, diverged, took too long or are infeasible.")


class Effect(ResponseModel):
    """What trials came to by the values of one parameter."""

    parameter: str = Field(examples=["optimizer.adamw.lr"])
    categorical: bool
    log: bool = Field(description="Whether the parameter is drawn on a logarithmic scale, and so best shown on one.")
    levels: list[Level] = Field(description="Choices in their order, or stretches with about equally many trials.")


class Interaction(ResponseModel):
    """How much the effect of one parameter depends on another."""

    parameters: list[str] = Field(min_length=2, max_length=2)
    strength: float = Field(
        ge=0,
        le=1,
        description="Of the variance of the trials' ranks, the share that both explain together beyond the sum of "
        "their effects (omega squared of a two-way analysis of variance); 0 where that is no more than chance gives.",
    )
    p: float = Field(description="Of its F test, corrected for all pairs that were looked at (Holm).")
    n: int = Field(description="Completed trials that have both.")


class Effects(ResponseModel):
    """What trials came to by the values of each parameter, and which effects depend on each other."""

    objective: JudgedBy
    trials: TrialsUsed
    items: list[Effect] = Field(description="In the order of drawing; parameters that cannot vary are left out.")
    pairs: list[Interaction] = Field(description="The strongest 20, strongest first; of 30 common trials at least.")
    notes: Notes = Field(description="What a reader must know of this answer.")


class ContourAxis(ResponseModel):
    """One of the two parameters, in choices or in stretches with about equally many trials."""

    parameter: str = Field(examples=["optimizer.adamw.lr"])
    categorical: bool
    log: bool = Field(description="Whether the parameter is drawn on a logarithmic scale, and so best shown on one.")
    levels: list[Stretch]


class ContourCell(ResponseModel):
    """What trials came to whose two parameters lie in the same levels."""

    across: int = Field(description="The place of the first parameter's level.")
    up: int = Field(description="The place of the second parameter's level.")
    n: int = Field(description="Completed trials.")
    median: float | None = Field(description="Of their objective; null without any.")
    n_beaten: int = Field(description="Trials there that were pruned, diverged, took too long or are infeasible.")


class Contour(ResponseModel):
    """What trials came to by the values of two parameters together."""

    objective: JudgedBy
    trials: TrialsUsed
    n: int = Field(description="Completed trials that have both parameters.")
    axes: list[ContourAxis] = Field(min_length=2, max_length=2, description="The one across, and the one upwards.")
    cells: list[ContourCell] = Field(description="Those that have any trial.")
    notes: Notes = Field(description="What a reader must know of this answer.")


class Axis(ResponseModel):
    """A parameter as an axis: its choices, or its range."""

    parameter: str
    choices: list[Any] | None
    low: float | None
    high: float | None
    log: bool


class Parallel(ResponseModel):
    """Trials column by column; the lists are equally long. The best come first, those without a value last."""

    objective: JudgedBy
    trials: TrialsUsed
    axes: list[Axis] = Field(description="In the order of drawing.")
    trial: list[int]
    state: list[RunState]
    value: list[float | None]
    columns: dict[str, list[Any]] = Field(description="By parameter; null in a trial whose condition did not hold.")
    n_left_out: int = Field(description="Trials that `limit` cut off.")


class ParetoItem(ResponseModel):
    """A trial that no other is better than in all objectives."""

    trial: int
    values: list[float] = Field(description="In the order of the objectives.")
    parameters: dict[str, Any]


class Growth(ResponseModel):
    """A trial that made the hypervolume larger."""

    trial: int
    n_completed: int = Field(description="How many completed trials have this number or a lower one.")
    hypervolume: float


class Pareto(ResponseModel):
    """The Pareto set, and how it came about."""

    trials: TrialsUsed
    objectives: list[JudgedBy]
    items: list[ParetoItem] = Field(description="By number; of trials with equal values, all.")
    reference: list[float] = Field(description="The point from which the hypervolume is measured.")
    reference_is: Literal["worst", "given"] = Field(
        description="`worst`: of each objective the worst value that a trial came to, so that volumes of different "
        "studies do not compare. `given`: the point that was asked for."
    )
    hypervolume: float = Field(
        description="What lies between the set and the reference point: the product of the objectives' units. A trial "
        "that is no better than the point in some objective adds nothing."
    )
    history: list[Growth] = Field(description="By the trials' numbers.")


class Improvement(ResponseModel):
    """A trial that was better than all that had completed before it."""

    trial: int
    value: float
    n_completed: int = Field(description="How many trials had completed by then, this one among them.")
    at: datetime
    seconds: float = Field(description="Since the study began.")


class History(ResponseModel):
    """How the best value came about."""

    objective: JudgedBy
    trials: TrialsUsed
    items: list[Improvement]
