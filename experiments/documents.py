"""Reading YAML and JSON documents that people write: errors name the place, and no number is NaN or infinite."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Hashable, Iterator
from typing import Any

import yaml

from experiments.errors import InvalidInput, Problem


class _Loader(yaml.SafeLoader):
    """Safe YAML with the numbers of YAML 1.2 (``1e-3`` is a float), and neither repeated keys nor aliases.

    Aliases are refused because a document of a few lines can grow to gigabytes through them, or contain itself.
    """

    # A copy, because adding a resolver would otherwise change every safe loader of the process.
    yaml_implicit_resolvers = {letter: list(pairs) for letter, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()}  # noqa: RUF012

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not read here; write the value out", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                break  # super() says so, and where
            if key in seen:
                message = f"the key {key!r} stands here twice"
                raise yaml.constructor.ConstructorError(None, None, message, key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


_FLOAT = re.compile(r"^[-+]?(?:[0-9][0-9_]*\.?|[0-9]*\.[0-9]+|[0-9]+\.[0-9]*)[eE][-+]?[0-9]+$")
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))


def read_yaml(text: str | bytes) -> Any:
    """A YAML document as plain values.

    Raises:
        InvalidInput: it is not YAML (with line and column), or a number is not finite (with its path).
    """
    return _read("YAML", lambda: yaml.load(text, _Loader))  # noqa: S506 - a safe loader of our own


def read_json(text: str | bytes) -> Any:
    """A JSON document as plain values.

    Raises:
        InvalidInput: it is not JSON (with line and column), or a number is not finite (with its path).
    """
    return _read("JSON", lambda: json.loads(text))


def finite(document: Any) -> Any:
    """The document, if every number in it is finite.

    Raises:
        InvalidInput: with the path of each number that is not.
    """
    found = list(_non_finite(document, ""))
    if found:
        raise InvalidInput(
            Problem(path, f"{value} is not a finite number; write a finite one") for path, value in found
        )
    return document


def _read(form: str, parse: Callable[[], Any]) -> Any:
    try:
        return finite(parse())
    except InvalidInput:
        raise
    except RecursionError as error:
        raise InvalidInput.at("", "this document is nested too deeply") from error
    except (yaml.YAMLError, ValueError) as error:
        raise InvalidInput.at("", f"this is not valid {form}: {_where(error)}") from error


def _where(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg}, line {error.lineno}, column {error.colno}"
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"{error.problem}, line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    return str(error).splitlines()[0]


def _non_finite(value: Any, path: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, float) and not math.isfinite(value):
        yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _non_finite(item, f"{path}.{key}" if path else str(key))
