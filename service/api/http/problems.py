"""From errors to ``application/problem+json``: the one place that knows status codes."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from experiments.errors import InvalidInput, worded
from service.api.http.methods import allowed_methods
from service.api.schemas.refusals import MEDIA_TYPE
from service.errors import (
    BodyTooLarge,
    Conflict,
    Invalid,
    NameTaken,
    NotFound,
    ServiceError,
    TokenRequired,
    Unavailable,
)


class UnsupportedMediaType(Invalid):
    """The request's body is of a kind that is not read here."""


class HostRefused(ServiceError):
    """The request names a host under which this service is not reached."""


class OriginRefused(ServiceError):
    """The request comes from a web page of another origin."""


STATUS: dict[type[ServiceError], int] = {
    TokenRequired: 401,
    OriginRefused: 403,
    NotFound: 404,
    Conflict: 409,
    BodyTooLarge: 413,
    UnsupportedMediaType: 415,
    HostRefused: 421,
    Invalid: 422,
    Unavailable: 503,
}


HEADERS: dict[type[ServiceError], dict[str, str]] = {
    TokenRequired: {"WWW-Authenticate": "Bearer"},
    Unavailable: {"Retry-After": "2"},
}


def status_of(error: ServiceError) -> int:
    """The status code of an error's nearest kind; 500 for one of no kind."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def respond(error: ServiceError) -> Response:
    """The problem document of an error."""
    extra: dict[str, Any] = {}
    if isinstance(error, Invalid):
        extra["errors"] = [{"path": problem.path, "message": problem.message} for problem in error.problems]
    if isinstance(error, NameTaken):
        extra |= {"taken_name": error.name, "free_name": error.free}
    headers = next((told for kind, told in HEADERS.items() if isinstance(error, kind)), None)
    title = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).capitalize()
    return _document(status_of(error), title, str(error), headers, **extra)


def install(app: FastAPI) -> None:
    """Answer every error of the app with a problem document."""
    app.exception_handler(ServiceError)(_service_error)
    app.exception_handler(InvalidInput)(_invalid_input)
    app.exception_handler(RequestValidationError)(_request_validation_error)
    app.exception_handler(HTTPException)(_http_exception)
    app.exception_handler(Exception)(_unexpected)


async def _service_error(_: Request, error: ServiceError) -> Response:
    return respond(error)


async def _invalid_input(_: Request, error: InvalidInput) -> Response:
    return respond(Invalid.of(error))


async def _request_validation_error(_: Request, error: RequestValidationError) -> Response:
    found = [(".".join(str(part) for part in finding["loc"][1:]), worded(finding)) for finding in error.errors()]
    detail = "; ".join(f"{path}: {message}" for path, message in found)
    return _document(422, "Invalid", detail, errors=[{"path": path, "message": message} for path, message in found])


async def _http_exception(request: Request, error: HTTPException) -> Response:
    title = HTTPStatus(error.status_code).phrase
    detail = error.detail if error.detail != title else f"{request.method} {request.url.path}: {title.lower()}"
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = allowed_methods(request.app.openapi(), request.url.path) or headers.get("Allow", "GET, HEAD")
    return _document(error.status_code, title, detail, headers)


async def _unexpected(_: Request, error: Exception) -> Response:
    return _document(500, "Internal error", f"the service failed: {type(error).__name__}; its log has the traceback")


def _document(status: int, title: str, detail: str, headers: Any = None, **extra: Any) -> Response:
    name = title.lower().replace(" ", "-")
    body = {"type": f"urn:studyhall:{name}", "title": title, "status": status, "detail": detail, "errors": [], **extra}
    return Response(orjson.dumps(body), status, headers, MEDIA_TYPE)
