"""The REST API, from the OpenAPI document of the repository."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docs.site.markdown import code, page, prose, table

DOCUMENT = Path(__file__).parents[2] / "service" / "openapi.json"
Json = Mapping[str, Any]


def rest_page() -> str:
    """Every request by its subject, then every schema."""
    document = json.loads(DOCUMENT.read_text())
    schemas = document["components"]["schemas"]
    return page(
        "# REST",
        "A running service has the same at `/api/docs`. Every refusal is a [Problem](#schema-problem) as "
        "`application/problem+json`.",
        *_operations(document["paths"]),
        "## Schemas",
        *(_schema(name, schema) for name, schema in schemas.items()),
    )


def _operations(paths: Json) -> Iterator[str]:
    by_tag: dict[str, list[str]] = {}
    for path, methods in paths.items():
        for method, operation in methods.items():
            by_tag.setdefault(operation["tags"][0], []).append(_operation(method, path, operation))
    for tag, texts in by_tag.items():
        yield page(f"## {tag.capitalize()}", *texts)


def _operation(method: str, path: str, operation: Json) -> str:
    parameters = [
        (code(one["name"]), one["in"], _type(one["schema"]), prose(one.get("description", "")))
        for one in operation.get("parameters", ())
    ]
    body = operation.get("requestBody", {}).get("content", {})
    answers = [
        (status, prose(answer["description"]), _content(answer.get("content", {})))
        for status, answer in operation["responses"].items()
        if status.startswith("2")
    ]
    refusals = sorted(status for status in operation["responses"] if not status.startswith("2"))
    return page(
        f"### {method.upper()} {path}",
        prose(operation.get("description") or operation["summary"]),
        table(("Parameter", "In", "Type", "Meaning"), parameters),
        f"Body: {_content(body)}" if body else "",
        table(("Answer", "Means", "Content"), answers),
        f"Refusals: {', '.join(refusals)}." if refusals else "",
    )


def _content(content: Json) -> str:
    return " or ".join(f"{code(media)} {_type(one.get('schema', {}))}".strip() for media, one in content.items())


def _schema(name: str, schema: Json) -> str:
    required = schema.get("required", ())
    rows = [
        (code(field) + ("" if field in required else " (optional)"), _type(one), prose(one.get("description", "")))
        for field, one in schema.get("properties", {}).items()
    ]
    return page(
        f"(schema-{name.lower()})=\n### {prose(name)}",
        prose(schema.get("description", "")),
        "One of " + ", ".join(map(code, schema["enum"])) + "." if "enum" in schema else "",
        table(("Field", "Type", "Meaning"), rows),
    )


def _type(schema: Json) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{prose(name)}](#schema-{name.lower()})"
    if alternatives := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(map(_type, alternatives))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if "enum" in schema or "const" in schema:
        return " or ".join(code(json.dumps(value)) for value in schema.get("enum", [schema.get("const")]))
    return str(schema.get("type", "any value"))
