"""What a request says and nobody would read is refused: an answer that ignores half of a question misleads."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from experiments.errors import Problem, suggestion
from service.errors import Invalid


async def refuse_unread(request: Request) -> None:
    """Compare the request with what its route takes.

    Raises:
        Invalid: it has a query parameter of another name, or a body where none is taken.
    """
    route: APIRoute = request.scope["route"]
    known = list(_query_parameters(route.dependant))
    problems = [*_unknown(request, known)]
    takes_body = route.body_field is not None or "requestBody" in (route.openapi_extra or {})
    if not takes_body and await request.body():
        parameters = f"; write what it takes into the address, e.g. ?{known[-1]}=…" if known else ""
        problems.append(Problem("", f"this takes no body{parameters}"))
    if problems:
        raise Invalid("; ".join(map(str, problems)), tuple(problems))


REFUSE_UNREAD = Depends(refuse_unread)


def _query_parameters(dependant: Dependant) -> Iterator[str]:
    """The names of the query parameters that a route reads, itself or by what it depends on."""
    for parameter in dependant.query_params:
        kind = parameter.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):  # several parameters, as the fields of a model
            yield from kind.model_fields
        else:
            yield parameter.alias
    for inner in dependant.dependencies:
        yield from _query_parameters(inner)


def _unknown(request: Request, known: list[str]) -> Iterator[Problem]:
    for name in dict.fromkeys(request.query_params):
        if name not in known:
            yield Problem(name, f"there is no such parameter here{suggestion(name, known)}")
