"""The library: named search spaces that documents may use, and ready-made studies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from experiments.documents import read_yaml
from experiments.errors import InvalidInput


@dataclass(frozen=True)
class Entry:
    """A document of the library."""

    name: str
    summary: str
    """The first sentence of its description."""
    description: str
    """The comment at its top: what it is, when to use it, and why these ranges."""
    document: Mapping[str, Any]
    text: str
    """The document as written, with its comments."""


@cache
def named_spaces() -> Mapping[str, Entry]:
    """The spaces that ``use`` can name."""
    return _entries("spaces")


@cache
def studies() -> Mapping[str, Entry]:
    """Study definitions that can be submitted as they are."""
    return _entries("studies")


def read_mapping(text: str) -> dict[str, Any]:
    """A YAML document that has to be a mapping.

    Raises:
        InvalidInput: it is no YAML, or no mapping.
    """
    document = read_yaml(text)
    if not isinstance(document, dict):
        found = {type(None): "empty", list: "a list"}.get(type(document), f"the plain value {document!r}")
        raise InvalidInput.at("", f"this document is {found}; write a mapping such as `optimizer: adamw`")
    return document


def _entries(folder: str) -> dict[str, Entry]:
    found = [path for path in files(__name__).joinpath(folder).iterdir() if path.name.endswith(".yaml")]
    return {
        entry.name: entry
        for entry in (
            _entry(path.name.removesuffix(".yaml"), path.read_text("utf-8")) for path in sorted(found, key=str)
        )
    }


def _entry(name: str, text: str) -> Entry:
    comment = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        comment.append(line.lstrip("# ").rstrip())
    description = " ".join(comment)
    summary = re.split(r"(?<=[.?]) ", description, maxsplit=1)[0]
    return Entry(name, summary, description, read_mapping(text), text)
