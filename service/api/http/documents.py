"""Request bodies: JSON or YAML, read whole, with every number finite."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool

from experiments.documents import read_json, read_yaml
from experiments.errors import InvalidInput, Problem, problems_of
from service.api.http import misreadings
from service.api.http.problems import UnsupportedMediaType
from service.errors import Invalid

JSON = "application/json"
YAML = ("application/yaml", "application/x-yaml", "text/yaml")

Model = TypeVar("Model", bound=BaseModel)


async def read_document(request: Request) -> Any:
    """The body as plain values, JSON or YAML by its Content-Type; other requests are answered while it is parsed.

    Raises:
        UnsupportedMediaType: it says to be something else, or nothing.
        InvalidInput: it is malformed or too deep, or holds a value that is not finite or can be read in two ways.
    """
    media_type, body = _media_type(request), await request.body()
    if media_type == JSON:
        with _explained(misreadings.of_json(body)):
            return await run_in_threadpool(read_json, body)
    if media_type in YAML:
        with _explained(misreadings.of_yaml(body)):
            return await run_in_threadpool(read_yaml, body)
    remedy = misreadings.of_media_type(media_type)
    raise UnsupportedMediaType(f"send Content-Type: {JSON} or {YAML[0]}, not {media_type or 'none'}{remedy}")


async def read_definition(request: Request) -> Any:
    """The definition of a study, which fills several lines of YAML, or one in braces.

    Raises:
        UnsupportedMediaType, InvalidInput: as ``read_document``, or it is what is left of one without line breaks.
    """
    document, body = await read_document(request), await request.body()
    remedy = misreadings.of_yaml(body) if _media_type(request) in YAML else ""
    if remedy and (not isinstance(document, dict) or b"#" in body):  # a comment has swallowed the lines after it
        raise InvalidInput.at("", f"a definition is a mapping of fields, and this is a single line of YAML{remedy}")
    return document


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


@contextmanager
def _explained(remedy: str) -> Iterator[None]:
    """Add what to do to an error about the document as a whole."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(
            problem if problem.path else Problem("", f"{problem.message}{remedy}") for problem in error.problems
        ) from error


async def read_mapping(request: Request) -> dict[str, Any]:
    """The body, which must be a mapping."""
    document = await read_document(request)
    if not isinstance(document, dict):
        raise Invalid.of(InvalidInput.at("", f"send a mapping of fields, not a {type(document).__name__}"))
    return document


async def fingerprint(request: Request) -> str:
    """A digest of path and body, by which a repeated request is known."""
    return hashlib.sha256(request.url.path.encode() + b"\n" + await request.body()).hexdigest()


def read_as(model: type[Model], document: dict[str, Any]) -> Model:
    """A body's fields as a model.

    Raises:
        InvalidInput: naming each field that is wrong.
    """
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise InvalidInput(problems_of(error, model.model_fields)) from error


def body_of(schema: str, example: Any, *, yaml: bool) -> dict[str, Any]:
    """The OpenAPI description of a body that ``read_document`` reads; ``schema`` names a component of the document."""
    reference = {"$ref": f"#/components/schemas/{schema}"}
    content = {media: {"schema": reference, "example": example} for media in (JSON, *YAML[: int(yaml)])}
    return {"requestBody": {"required": True, "content": content}}
