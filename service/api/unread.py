"""What a request says and nobody would read is refused: an answer that ignores half of a question misleads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import Depends, Request

from experiments.errors import Problem, suggestion
from service.errors import Invalid

PREFIX = "/api/v1"
"""Where everything is answered that is described by the document."""


async def refuse_unread(request: Request) -> None:
    """Compare the request with what the OpenAPI document says of its path.

    Raises:
        Invalid: it has a query parameter of another name, or a body where none is taken.
    """
    operation = _operation(request)
    known = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
    problems = [*_unknown(request, known)]
    if "requestBody" not in operation and await request.body():
        parameters = f"; write what it takes into the address, e.g. ?{known[-1]}=…" if known else ""
        problems.append(Problem("", f"this takes no body{parameters}"))
    if problems:
        raise Invalid("; ".join(map(str, problems)), tuple(problems))


REFUSE_UNREAD = Depends(refuse_unread)


def _operation(request: Request) -> dict[str, Any]:
    path = request.scope["route"].path_format  # as the inner router knows it
    found: dict[str, Any] = request.app.openapi()["paths"][PREFIX + path][request.method.lower()]
    return found


def _unknown(request: Request, known: list[str]) -> Iterator[Problem]:
    for name in dict.fromkeys(request.query_params):
        if name not in known:
            yield Problem(name, f"there is no such parameter here{suggestion(name, known)}")
