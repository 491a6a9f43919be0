"""What is asked of a study that exists, and what is answered, as JSON."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from experiments.exact import Exact
from service.api.schemas.response import ResponseModel
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


class ActionResult(ResponseModel):
    """What an action found: the state now, and what is wanted."""

    state: StudyState
    desired: Desired
    reason: str
