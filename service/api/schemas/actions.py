"""What is asked of a study that exists, and what is answered, as JSON."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from experiments.exact import Exact
from service.api.schemas.response import ResponseModel
from service.study.definition import LONGEST_QUEUE
from service.study.states import Desired, StudyState


class StudyPatch(Exact):
    """What may change after a study was created."""

    model_config = ConfigDict(
        extra="forbid", allow_inf_nan=False, json_schema_extra={"examples": [{"max_trials": 100}]}
    )

    max_trials: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    max_concurrent_trials: Annotated[int, Field(ge=1, le=10_000)] | None = None
    priority: Annotated[int, Field(ge=-1000, le=1000)] | None = None
    notes: Annotated[str, Field(max_length=10_000)] | None = None


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
