"""The curve of a schedule without a training: what a run of so many epochs would do with the base rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from experiments.errors import InvalidInput, problems_of
from experiments.schedules import SCHEDULES, Schedule

NO_IMPROVEMENT = "the monitored metric never improves after the first epoch"


class PreviewRequest(BaseModel):
    """A schedule, and the run it is for."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        json_schema_extra={"examples": [{"schedule": {"name": "cosine", "warmup": 0.05}, "epochs": 20}]},
    )

    schedule: str | dict[str, Any] = Field(description="A name, or a mapping with name and fields.")
    epochs: int = Field(20, ge=1, le=10_000)
    steps_per_epoch: int = Field(25, ge=1, le=1_000_000, description="Optimizer steps of an epoch.")
    points: int = Field(201, ge=2, le=1000, description="Steps that are shown, evenly spaced, the last among them.")
    history: list[float] | None = Field(
        None, max_length=10_000, description="The monitored metric after each epoch, lower is better; for plateau."
    )

    @field_validator("schedule", mode="before")
    @classmethod
    def _name_or_mapping(cls, value: Any) -> Any:
        if isinstance(value, str | Mapping):
            return value
        raise ValueError("give the name of a schedule, or a mapping of its name and fields")


@dataclass(frozen=True)
class Preview:
    """Points of the curve; each is exact, between them nothing is said."""

    schedule: Schedule
    steps: int
    """Optimizer steps of the run."""
    points: tuple[tuple[int, float], ...]
    """Step and factor of the base rate."""
    assumption: str
    """What is assumed of a run that an adaptive schedule watches; empty otherwise."""


def preview(document: Mapping[str, Any]) -> Preview:
    """The curve that a ``PreviewRequest`` asks for.

    Raises:
        InvalidInput: naming the field, e.g. ``schedule.cosine.final``.
    """
    try:
        request = PreviewRequest.model_validate(document)
    except ValidationError as error:
        raise InvalidInput(problems_of(error, PreviewRequest.model_fields)) from error
    schedule: Schedule = SCHEDULES.parse(request.schedule)
    if getattr(schedule.at, "__isabstractmethod__", False):
        raise InvalidInput.at(
            f"schedule.{schedule.name}", "a user's own code, which only workers load, gives its curve"
        )
    steps = request.epochs * request.steps_per_epoch
    unwatched = [0.0] * request.epochs if schedule.adaptive else []
    history = unwatched if request.history is None else request.history

    def factor(step: int) -> float:
        past = history[: step // request.steps_per_epoch]
        return schedule.factor(step, steps, past, steps_per_epoch=request.steps_per_epoch)

    points = tuple((step, factor(step)) for step in _spread(steps, request.points))
    return Preview(schedule, steps, points, NO_IMPROVEMENT if schedule.adaptive and request.history is None else "")


def _spread(steps: int, count: int) -> Sequence[int]:
    """At most ``count`` steps, evenly spaced from the first to the last."""
    count = min(count, steps)
    return [round(index * (steps - 1) / max(1, count - 1)) for index in range(count)]
