"""What signing in on the page sends."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class SignIn(BaseModel):
    """What proves that one may use the service."""

    model_config = ConfigDict(extra="forbid")

    token: str = Field(description="The token that the service was started with.")
