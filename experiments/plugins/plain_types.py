"""Types whose values JSON can hold, written as JSON themselves, so that a process without the code knows them.

A plain type is one of the words ``int``, ``float``, ``bool``, ``str``, ``path``, ``none`` and ``any``, or a mapping:
``{"literal": values}``, ``{"list": type}``, ``{"tuple": type}`` (of any length), ``{"tuple": [types]}``,
``{"dict": [type of keys, type of values]}`` or ``{"union": [types]}``.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, MutableMapping, MutableSequence, Sequence
from pathlib import Path
from typing import Any, Literal, NewType, Union, get_args, get_origin

from pydantic import TypeAdapter

Plain = str | Mapping[str, Any]
ANY = "any"
_NONE = "none"
_WORDS: Mapping[Any, str] = {
    int: "int",
    float: "float",
    bool: "bool",
    str: "str",
    Path: "path",
    type(None): _NONE,
    Any: ANY,
    object: ANY,
}
_TYPES: Mapping[str, Any] = {word: annotation for annotation, word in _WORDS.items() if annotation is not object}
_ORIGINS: Mapping[str, Any] = {"literal": Literal, "union": Union, "dict": dict, "list": list, "tuple": tuple}
_LISTS = (list, Sequence, MutableSequence, Collection, Iterable)
_DICTS = (dict, Mapping, MutableMapping)
_KEYS = ("str", "int", ANY)


def plain_type(annotation: Any) -> Plain | None:
    """The plain type of an annotation, or nothing if JSON cannot hold its values."""
    if isinstance(annotation, NewType):
        return plain_type(annotation.__supertype__)
    origin = get_origin(annotation) or annotation
    if origin in _GENERIC:
        return _GENERIC[origin](get_args(annotation))
    return _WORDS.get(annotation)


def allowing_none(kind: Plain) -> Plain:
    """The type, with None among its values."""
    if kind == ANY or (isinstance(kind, Mapping) and _NONE in kind.get("union", ())):
        return kind
    return {"union": [kind, _NONE]}


def annotation_of(kind: Plain) -> Any:
    """The annotation that a plain type stands for."""
    if isinstance(kind, str):
        return _TYPES[kind]
    ((word, inside),) = kind.items()
    parts = inside if isinstance(inside, list) else [inside]
    if word != "literal":
        parts = [annotation_of(part) for part in parts]
    if word == "tuple" and not isinstance(inside, list):
        parts.append(...)
    return _ORIGINS[word][tuple(parts)]


def read(kind: Plain, value: Any) -> Any:
    """A value as JSON holds it, in its type: a list becomes the tuple, a text the path that is meant.

    Raises:
        ValidationError: it is no value of the type.
    """
    return TypeAdapter(annotation_of(kind)).validate_python(value)


def holds_mappings(annotation: Any) -> bool:
    """Whether a value of the annotation may be a mapping."""
    if get_origin(annotation) in (Union, types.UnionType):
        return any(map(holds_mappings, get_args(annotation)))
    return annotation is Any or (get_origin(annotation) or annotation) in _DICTS


Arguments = tuple[Any, ...]


def _list(arguments: Arguments) -> Plain | None:
    inside = plain_type(arguments[0]) if arguments else ANY
    return None if inside is None else {"list": inside}


def _tuple(arguments: Arguments) -> Plain | None:
    if not arguments or arguments[1:] == (...,):
        each = plain_type(arguments[0]) if arguments else ANY
        return None if each is None else {"tuple": each}
    inside = [plain_type(argument) for argument in arguments]
    return None if None in inside else {"tuple": inside}


def _dict(arguments: Arguments) -> Plain | None:
    key, value = map(plain_type, arguments or (str, Any))
    return {"dict": [key, value]} if key in _KEYS and value is not None else None


def _literal(arguments: Arguments) -> Plain | None:
    return {"literal": list(arguments)} if all(type(value) in _WORDS for value in arguments) else None


def _union(arguments: Arguments) -> Plain | None:
    """Of a union, what JSON can hold of it; None alone is no value worth setting."""
    known = [member for member in map(plain_type, arguments) if member is not None]
    if ANY in known:
        return ANY
    return {"union": known} if any(member != _NONE for member in known) else None


_GENERIC: Mapping[Any, Callable[[Arguments], Plain | None]] = {
    typing.Annotated: lambda arguments: plain_type(arguments[0]),
    Union: _union,
    types.UnionType: _union,
    Literal: _literal,
    tuple: _tuple,
    **dict.fromkeys(_LISTS, _list),
    **dict.fromkeys(_DICTS, _dict),
}
