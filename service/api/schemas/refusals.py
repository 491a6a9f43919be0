"""How the OpenAPI document speaks of refusals."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

MEDIA_TYPE = "application/problem+json"
Responses = dict[int | str, dict[str, Any]]


def problems(*statuses: int) -> Responses:
    """A problem document for each status."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }


NOT_FOUND = problems(404)
CONFLICT = problems(409)
