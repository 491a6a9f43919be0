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


class Workers(ResponseModel):
    """Every worker there is now."""

    items: list[Worker]


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
