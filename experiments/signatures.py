"""From Python signatures and pydantic fields to descriptions of hyperparameters, which are plain JSON."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

_SCALARS = {int: "int", float: "float", bool: "bool", str: "str"}
_BOUNDS = ("gt", "ge", "lt", "le", "min_length", "max_length")


class Unsuitable(Exception):
    """Something of a user's own that cannot be described, with the reason."""


def fields_of_constructor(described: type[Any], skipped: Sequence[str]) -> list[dict[str, Any]]:
    """The arguments of a constructor as hyperparameters.

    Arguments of other types keep their defaults and are left out.

    Raises:
        Unsuitable: such an argument has no default.
    """
    hints = _hints(described)
    fields = []
    for name, parameter in inspect.signature(described).parameters.items():
        if name in skipped or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        required = parameter.default is parameter.empty
        annotation = hints.get(name, None if required else type(parameter.default))
        kind = _plain(annotation)
        if kind is not None:
            fields.append({"name": name, **_NOTHING, **kind, **_default(required, parameter.default)})
        elif required:
            wanted = "annotate it as int, float, bool, str, Literal or a list of these, or give it a default"
            raise Unsuitable(f"{described.__qualname__}({name}) has no default and no plain type; {wanted}")
    return fields


def field_of_model(name: str, field: FieldInfo) -> dict[str, Any]:
    """A field of a user's own component.

    Raises:
        Unsuitable: its type is not plain.
    """
    kind = _plain(field.annotation)
    if kind is None:
        raise Unsuitable(f"the field {name!r} has the type {field.annotation}, which is not plain")
    extra = field.json_schema_extra
    return {
        "name": name,
        **kind,
        **_default(field.is_required(), field.default),
        "bounds": {key: getattr(item, key) for item in field.metadata for key in _BOUNDS if hasattr(item, key)},
        "search": dict(extra).get("search") if isinstance(extra, dict) else None,
        "help": field.description or "",
    }


_NOTHING: Mapping[str, Any] = {"bounds": {}, "search": None, "help": ""}


def _default(required: bool, default: Any) -> dict[str, Any]:
    return {
        "required": required,
        "default": None if required else list(default) if isinstance(default, tuple) else default,
    }


def _hints(described: type[Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(described.__init__)
    except NameError as error:
        raise Unsuitable(f"the annotations of {described.__qualname__} cannot be read: {error}") from error


def _plain(annotation: Any) -> dict[str, Any] | None:
    """Type, allowed values and whether None is one of them; or nothing if the type is not plain."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        inner = [argument for argument in arguments if argument is not type(None)]
        kind = _plain(inner[0]) if len(inner) == 1 else None
        return kind and {**kind, "optional": True}
    if origin is typing.Annotated:
        return _plain(arguments[0])
    if annotation in _SCALARS:
        return {"type": _SCALARS[annotation], "values": [], "optional": False}
    if origin is Literal and all(type(value) in _SCALARS for value in arguments):
        return {"type": "str", "values": list(arguments), "optional": False}
    if origin in (list, tuple, Sequence) and arguments and _plain(arguments[0]) is not None:
        element = arguments[0] if get_origin(arguments[0]) is not typing.Annotated else get_args(arguments[0])[0]
        return {"type": f"{_SCALARS[element]}s", "values": [], "optional": False} if element in _SCALARS else None
    return None
