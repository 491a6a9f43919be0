"""Reading YAML and JSON documents that people write: errors name the place, and no value is read two ways.

Numbers are those of YAML 1.2, and only ``true`` and ``false`` are booleans. What readers of YAML 1.1 and 1.2 take for
different numbers, or for a number and a text, is refused: whoever wrote it meant one of the two.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from experiments.documents.yaml_builder import DEEPEST, MOST_VALUES, build, too_deep, too_many
from experiments.documents.yaml_scalars import LONGEST_NUMBER
from experiments.errors import InvalidInput, Problem, shortened

LARGEST_DOCUMENT = 2_000_000
"""Bytes of a document that are read."""
_UNFIT = re.compile("[\0\ud800-\udfff]")
_TAG_DIRECTIVE = re.compile(r"^%TAG", re.MULTILINE)


def read_yaml(text: str | bytes) -> Any:
    """A YAML document as plain values.

    Raises:
        InvalidInput: it is not YAML (with line and column), is too large or too deep, or holds a value that is not
            finite or can be read in two ways (with its path).
    """
    source = _decoded(text)
    if _TAG_DIRECTIVE.search(source):  # libyaml compares each with all before it: ten thousands take it seconds
        raise InvalidInput.at("", "this is not valid YAML: tags are not read here; write the plain values")
    try:
        return finite(build(source))
    except yaml.YAMLError as error:
        raise InvalidInput.at("", f"this is not valid YAML: {_where(error)}") from error


def read_json(text: str | bytes) -> Any:
    """A JSON document as plain values.

    Raises:
        InvalidInput: it is not JSON (with line and column), is too large or too deep, names a key twice, or holds a
            number that is not finite (with its path).
    """
    doubled: list[tuple[dict[str, Any], str]] = []

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            doubled.append((found, _twice(key for key, _ in pairs)))
        return found

    try:
        document = json.loads(_decoded(text), object_pairs_hook=mapping, parse_int=_whole)
    except InvalidInput:
        raise
    except RecursionError as error:
        raise too_deep() from error
    except ValueError as error:
        raise InvalidInput.at("", f"this is not valid JSON: {_json_fault(error)}") from error
    if doubled:
        keys = {id(found): key for found, key in doubled}
        raise InvalidInput(
            Problem(path, f"the key {shortened(keys[id(value)])!r} stands here twice; keep one of them")
            for path, value in _values(document)
            if id(value) in keys
        )
    return finite(document)


def finite(document: Any) -> Any:
    """The document, if every value in it can be kept: numbers are finite and of 64 bits, texts are Unicode without NUL.

    Raises:
        InvalidInput: with the path of each value that is not so; or there are too many values, or too deep ones.
    """
    found = [(path, fault) for path, value in _values(document) if (fault := _fault(value))]
    if found:
        raise InvalidInput(Problem(path, fault) for path, fault in found)
    return document


def _fault(value: Any) -> str:
    """Why a value cannot be kept; nothing if it can."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} is not a finite number; write a finite one"
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return f"{shortened(str(value))} is too large a whole number; write one of at most 64 bits"
    texts = [value] if isinstance(value, str) else value if isinstance(value, dict) else ()
    if any(isinstance(text, str) and _UNFIT.search(text) for text in texts):
        return "this text holds NUL or half a character, which cannot be kept; leave it out"
    return ""


def _decoded(text: str | bytes) -> str:
    if len(text) > LARGEST_DOCUMENT:
        raise InvalidInput.at("", f"this document is larger than the {LARGEST_DOCUMENT:,} bytes that are read")
    try:
        return text.decode("utf-8-sig") if isinstance(text, bytes) else text.encode().decode()
    except UnicodeError as error:
        raise InvalidInput.at("", "it is not UTF-8 text; save the document as such") from error


def _whole(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError(f"{shortened(digits)} is too long for a number")
    return int(digits)


def _twice(keys: Iterable[str]) -> str:
    seen: set[str] = set()
    return next(key for key in keys if key in seen or seen.add(key))  # type: ignore[func-returns-value]


def _where(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"{error.problem}, line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}"
    return str(error).strip().splitlines()[0]


def _json_fault(error: ValueError) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return str(error).splitlines()[0]
    begins_with_zero = re.search(r"(?<![\w.])-?0$", error.doc[max(0, error.pos - 2) : error.pos])
    digit_follows = error.doc[error.pos : error.pos + 1].isdigit()
    what = "a number cannot begin with 0; write it without" if begins_with_zero and digit_follows else error.msg
    return f"{what}, line {error.lineno}, column {error.colno}"


def _values(document: Any) -> Iterator[tuple[str, Any]]:
    """Every value with its path, from the outside in.

    Raises:
        InvalidInput: there are too many of them, or they lie too deep.
    """
    waiting: list[tuple[str, Any, int]] = [("", document, 0)]
    for count, (path, value, depth) in enumerate(waiting, 1):
        if count > MOST_VALUES:
            raise too_many()
        yield path, value
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        if items and depth == DEEPEST:
            raise too_deep()
        waiting += [(f"{path}.{key}" if path else str(key), item, depth + 1) for key, item in items]
