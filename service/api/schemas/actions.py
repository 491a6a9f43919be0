"""What is asked of a study that exists, and what is answered, as JSON."""

from __future__ import annotations

from collections.abc import Set
from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator

from experiments.exact import Exact
from service.api.schemas.response import ResponseModel
from service.study.definitions.definition import LONGEST_QUEUE
from service.study.definitions.parts import Budget, Notes, Priority, Tags
from service.study.states import Desired, RunState, StudyState


class StudyPatch(Exact):
    """What may change after a study was created."""

    model_config = ConfigDict(
        extra="forbid", allow_inf_nan=False, json_schema_extra={"examples": [{"max_trials": 100}]}
    )

    max_trials: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    max_concurrent_trials: Annotated[int, Field(ge=1, le=10_000)] | None = None
    priority: Priority | None = None
    budget: Budget | None = None
    notes: Notes | None = None
    tags: Tags | None = None

    @model_validator(mode="before")
    @classmethod
    def _with_values(cls, changes: Any) -> Any:
        return refuse_null(changes, nullable={"max_trials", "budget"})


class TrialPatch(Exact):
    """What may change of a trial."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"tags": ["baseline"]}]})

    notes: Notes | None = None
    tags: Tags | None = None

    @model_validator(mode="before")
    @classmethod
    def _with_values(cls, changes: Any) -> Any:
        return refuse_null(changes)


def refuse_null(changes: Any, nullable: Set[str] = frozenset()) -> Any:
    """The changes, none of which may be to nothing.

    Raises:
        ValueError: one is; it says what to write.
    """
    empty = [name for name, value in changes.items() if value is None and name not in nullable]
    if empty:
        raise ValueError(f"{empty[0]} cannot be null; leave it out, or give another value")
    return changes


class TrialQueue(Exact):
    """Configurations to be tried next."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    queue: Annotated[tuple[dict[str, Any], ...], Field(min_length=1, max_length=LONGEST_QUEUE)] = Field(
        description="Each as the study's space is written, with a value at every range, or by its parameters' paths."
    )


class Queued(ResponseModel):
    """What waits in a study's queue now."""

    waiting: int = Field(description="Configurations that no trial has had, those of this request among them.")


class ActionResult(ResponseModel):
    """What an action found: the state now, and what is wanted."""

    state: StudyState
    desired: Desired
    reason: str


class TrialActionResult(ResponseModel):
    """What an action on a trial found."""

    trial: int = Field(description="Its number.")
    state: RunState
    excluded: bool
    retried_as: int | None = Field(description="The number of the newest trial that repeats it.")
    reason: str
