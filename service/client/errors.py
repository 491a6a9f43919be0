"""Problem documents read back as the errors they were: what the client raises."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from experiments.errors import Problem
from service.errors import Conflict, Invalid, NameTaken, NotFound, ServiceError, Unavailable

KINDS: tuple[tuple[range, type[ServiceError]], ...] = (
    (range(404, 405), NotFound),
    (range(409, 410), Conflict),
    (range(400, 500), Invalid),
    (range(500, 600), Unavailable),
)
"""What an answer means whose ``type`` this version does not know."""


def checked(answer: httpx.Response) -> httpx.Response:
    """The answer, if it is none of a refusal.

    Raises:
        ServiceError: the refusal, with its kind, its message and its problems.
    """
    if answer.is_success:
        return answer
    answer.read()
    raise error_of(answer.status_code, _document(answer))


def error_of(status: int, document: Mapping[str, Any]) -> ServiceError:
    """The error that a problem document tells of."""
    kind = _named(str(document.get("type", ""))) or next(
        (kind for codes, kind in KINDS if status in codes), ServiceError
    )
    detail = str(document.get("detail") or f"the service answered with status {status}")
    if issubclass(kind, NameTaken):
        return NameTaken(str(document.get("taken_name")), str(document.get("free_name")))
    if issubclass(kind, Invalid):
        problems = tuple(Problem(str(one["path"]), str(one["message"])) for one in document.get("errors", []))
        return Invalid(detail, problems)
    return kind(detail)


def _document(answer: httpx.Response) -> dict[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        document = None
    return document if isinstance(document, dict) else {"detail": f"status {answer.status_code}: {answer.text[:300]}"}


def _named(urn: str) -> type[ServiceError] | None:
    name = urn.removeprefix("urn:studyhall:")
    return next((kind for kind in _family(ServiceError) if _slug(kind) == name), None)


def _family(kind: type[ServiceError]) -> Iterator[type[ServiceError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _family(child)


def _slug(kind: type[ServiceError]) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind.__name__).lower()
