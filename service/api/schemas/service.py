"""What the API says of the service itself."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from service.api.schemas.response import ResponseModel


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
