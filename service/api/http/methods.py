"""Which methods a path has: what a 405 tells in its ``Allow`` header."""

from __future__ import annotations

import re
from typing import Any

METHODS = ("get", "put", "post", "delete", "patch")
_PARAMETER = re.compile(r"\\\{(\w+)\\\}")


def allowed_methods(document: dict[str, Any], path: str) -> str:
    """The methods that the OpenAPI document has for the path, as ``Allow`` lists them; empty if it has no such path.

    Several routes share a path, and each knows its own methods only. Of the paths that match, the one with the most
    text of its own is meant: ``/studies/{study}:stop`` and not ``/studies/{study}``.
    """
    matching = [template for template in document["paths"] if _pattern(template).fullmatch(path)]
    if not matching:
        return ""
    meant = max(matching, key=lambda template: len(re.sub(r"\{\w+\}", "", template)))
    return ", ".join(method.upper() for method in METHODS if method in document["paths"][meant])


def _pattern(template: str) -> re.Pattern[str]:
    """``{path}`` holds slashes, any other parameter none."""
    return re.compile(_PARAMETER.sub(lambda found: ".+" if found[1] == "path" else "[^/]+", re.escape(template)))
