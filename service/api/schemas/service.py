"""What the API says of the service itself."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from service.api.schemas.response import ResponseModel


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


class Workers(ResponseModel):
    """Every worker there is now, and what waits for one."""

    items: list[Worker]
    waiting: list[WaitingStudy] = Field(description="In turn: whose is the next worker comes first.")
    reserved: list[ReservedNode]


class Health(ResponseModel):
    """The API process answers."""

    status: Literal["ok"] = "ok"
    version: str


class Readiness(ResponseModel):
    """Whether the service can take work."""

    status: Literal["ready", "degraded", "not ready"] = Field(
        description="`degraded`: studies are worked on, but MLflow refuses some of what it should show."
    )
    engine_seen_seconds: float | None = Field(description="Since the engine's last heartbeat.")
    mlflow_pending: int = Field(description="Studies, trials and runs whose last change MLflow does not show yet.")
    mlflow_rejected: int = Field(description="Trials that MLflow refuses for good, of all studies.")
    reason: str
