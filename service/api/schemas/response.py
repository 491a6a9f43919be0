"""The base of everything that the API answers."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class ResponseModel(BaseModel):
    """Base of every answer; a field with a default is still always sent."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)
