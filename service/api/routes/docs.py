"""The API reference at ``/api/docs``: one page made from the OpenAPI document, without a script or a foreign server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any, cast

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from search_spaces.language.notation import MAX_POINTS, NUMERIC, OPTIONAL_FORM
from search_spaces.ranges import Choice, Range
from service.api.http.documents import YAML
from service.api.http.misreadings import CURL

router = APIRouter(include_in_schema=False)
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
body { color: #1d2733; background: #fff }
code, pre { font: 13px/1.45 ui-monospace, monospace }
pre { background: #f3f5f8; padding: .7rem; overflow: auto; border-radius: 6px }
details { border: 1px solid #d5dce5; border-radius: 6px; margin: .4rem 0; padding: .4rem .8rem }
summary { cursor: pointer } .method { display: inline-block; width: 4.5rem; font-weight: 700 }
table { border-collapse: collapse; width: 100% }
td { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0; border-bottom: 1px solid #e6ebf1 }
@media (prefers-color-scheme: dark) {
  body { color: #dde5ee; background: #14181d } pre { background: #1e242b } a { color: #8ab8ff }
  details { border-color: #333c47 } td { border-color: #2a323b }
}
"""

RANGES = cast("tuple[type[Range], ...]", (*NUMERIC.values(), Choice))
POINTS = (
    f"`points: n` (1 to {MAX_POINTS:,}) beside a range of numbers gives it n evenly spaced values on a grid, in the "
    "logarithm where it is drawn so."
)
OPTIONAL = f"`{OPTIONAL_FORM}` is 0 or a value of the range, of a component's field that can be 0."
COMPONENTS = (
    "A part of the space is `{choice: […]}` of components, each by its name alone, with its default ranges, or as "
    "`{name: …, field: …}`. Around the fields of a regularizer, `{optional: {…}}` means on or off, and how strong. "
    "`use: […]` takes in named spaces of the library (`GET /api/v1/search-spaces`)."
)


@router.get("/api/docs")
def get_reference(request: Request) -> HTMLResponse:
    """The reference."""
    return HTMLResponse("".join(render(request.app.openapi(), str(request.base_url).rstrip("/"))))


def render(document: dict[str, Any], url: str) -> Iterator[str]:
    """The page, part by part; ``url`` is where the reader has reached the service."""
    info = document["info"]
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["title"])} API</title>'
    yield '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
    yield f"<style>{STYLE}</style><h1>{escape(info['title'])} API</h1><p>{escape(info.get('summary', ''))}</p>"
    yield '<p><a href="/api/v1/openapi.json">OpenAPI document</a> · <a href="/">Studies</a></p>'
    yield from _ranges()
    for tag, operations in _by_tag(document).items():
        yield f"<h2>{escape(tag)}</h2>"
        for path, method, operation in operations:
            yield from _operation(path, method, operation, url)
    yield "<h2>Schemas</h2>"
    for name, schema in document["components"]["schemas"].items():
        yield f'<details id="{escape(name)}"><summary><code>{escape(name)}</code> {_text(schema)}</summary>'
        yield f"{_fields(schema)}</details>"
    yield "</html>"


def _by_tag(document: dict[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    found: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            found.setdefault(operation.get("tags", [""])[0], []).append((path, method, operation))
    return found


def _ranges() -> Iterator[str]:
    """What may stand in a space, from the ranges themselves."""
    yield "<h2 id='ranges'>Ranges</h2><p>In a space, and in <code>training</code>, any value may be one of these:</p>"
    rows = "".join(
        f"<tr><td><code>{escape(f'{{{kind.keyword}: {kind.bounds}}}')}</code></td><td>{_prose(kind.__doc__ or '')}</td>"
        "</tr>"
        for kind in RANGES
    )
    yield f"<table>{rows}</table>"
    yield "".join(f"<p>{_prose(text)}</p>" for text in (POINTS, OPTIONAL, COMPONENTS))


def _operation(path: str, method: str, operation: dict[str, Any], url: str) -> Iterator[str]:
    yield f'<details id="{escape(operation["operationId"])}"><summary><span class="method">{method.upper()}</span>'
    yield f"<code>{escape(path)}</code> {_prose(operation['summary'])}</summary>{_text(operation)}"
    if parameters := operation.get("parameters"):
        yield f"<h4>Parameters</h4><table>{''.join(map(_parameter, parameters))}</table>"
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        example = json.dumps(content.get("example"), indent=2)
        yield f"<h4>Body: {escape(media)}</h4><pre>{escape(example)}</pre>"
        if media == YAML[0]:
            yield f"<p>From a file:</p><pre>{escape(CURL.replace('FILE', 'mine.yaml'))} {escape(url + path)}</pre>"
    rows = "".join(
        f"<tr><td>{status}</td><td>{_prose(answer['description'])}</td><td>{_answer(answer)}</td></tr>"
        for status, answer in operation["responses"].items()
    )
    yield f"<h4>Answers</h4><table>{rows}</table></details>"


def _parameter(one: dict[str, Any]) -> str:
    place = f"{one['in']}{', required' if one['required'] else ''}"
    cells = (f"<code>{escape(one['name'])}</code>", place, _type(one["schema"]), _prose(one.get("description", "")))
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _answer(answer: dict[str, Any]) -> str:
    return "<br>".join(
        f"{escape(media)} {_type(content.get('schema', {}))}" for media, content in answer.get("content", {}).items()
    )


def _fields(schema: dict[str, Any]) -> str:
    required = schema.get("required", [])
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code>{'' if name in required else ' (optional)'}</td><td>{_type(field)}</td>"
        f"<td>{_prose(field.get('description', ''))}</td></tr>"
        for name, field in schema.get("properties", {}).items()
    )
    values = f"<p>{', '.join(escape(str(value)) for value in schema['enum'])}</p>" if "enum" in schema else ""
    return f"{values}<table>{rows}</table>"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}"><code>{name}</code></a>'
    if alternatives := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(_type(one) for one in alternatives)
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return escape(" | ".join(map(str, schema["enum"])) if "enum" in schema else str(schema.get("type", "anything")))


def _text(part: dict[str, Any]) -> str:
    return f"<p>{_prose(part['description'])}</p>" if part.get("description") else ""


def _prose(text: str) -> str:
    """A description, with what stands in backticks, be they one or two, as code."""
    return re.sub(r"(`{1,2})([^`]+)\1", r"<code>\2</code>", escape(text))
