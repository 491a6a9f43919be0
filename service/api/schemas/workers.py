"""What the API says of workers."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from service.api.schemas.response import ResponseModel
from service.api.schemas.studies import Attempt


class Worker(ResponseModel):
    """A warm worker."""

    id: str
    state: Literal["starting", "idle", "busy"]
    cpus: float
    gpus: float
    pid: int | None
    host: str
    run_id: str | None
    study: str | None = Field(description="The name of the study whose run it has; null without one.")
    trial: int | None = Field(description="The number of that run's trial.")
    since: datetime | None = Field(description="When that run began.")


class WaitingStudy(ResponseModel):
    """A study of which something waits."""

    study: str = Field(description="Its name.", examples=["which-optimizer"])
    priority: int
    cpus: float = Field(description="What its next run will hold.")
    gpus: float
    reason: str = Field(examples=["needs 1 GPU, none is free for 3 min"])


class ReservedNode(ResponseModel):
    """A node on which nothing is started that would delay a large run which waits for it."""

    node: str
    study: str = Field(description="Whose run.")
    cpus: float
    gpus: float
    alone: bool = Field(description="Whether that run must be alone there.")


class SamplerProcess(ResponseModel):
    """A process of the engine's that asks samplers which fit a model."""

    pid: int | None = Field(description="Null before it is first needed.")
    sampler: str = Field(description="Which one it asks now; empty while it is idle.", examples=["tpe"])
    n_past: int = Field(description="The trials from which that one draws the next.")
    since: datetime | None = Field(description="When that was asked.")


class Stay(Attempt):
    """A start of a run on a worker, and whose run it is."""

    study: str = Field(description="Its name.")
    trial: int
    run_id: str


class Timeline(ResponseModel):
    """What ran where when."""

    items: list[Stay] = Field(description="Those that go on first, then those that ended last.")
    has_more: bool = Field(description="Whether `limit` cut off earlier ones.")


class Workers(ResponseModel):
    """Every worker there is now, what waits for one, and the processes that ask samplers."""

    items: list[Worker]
    waiting: list[WaitingStudy] = Field(description="In turn: whose is the next worker comes first.")
    reserved: list[ReservedNode]
    samplers: list[SamplerProcess] = Field(description="At most two; samplers that fit no model need none.")
