"""From Python signatures and pydantic fields to descriptions of hyperparameters, which are plain JSON.

A field is described by ``name``, ``type`` (as ``experiments.plugins.plain_types`` writes it), ``required``,
``default``, ``bounds``, ``search`` and ``help``; by ``argument`` where the constructor calls it otherwise, and by
``kept`` where the constructor's own default stays unless a value is given.
"""

from __future__ import annotations

import inspect
import json
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticSerializationError, to_jsonable_python

from experiments.component import Component
from experiments.plugins.given import is_called, shown
from experiments.plugins.plain_types import ANY, Plain, allowing_none, plain_type, read

_BOUNDS = ("gt", "ge", "lt", "le", "min_length", "max_length")
_REMEDY = (
    "annotate it as int, float, bool, str, Literal or a list of these, give it a default, or let the experiment's "
    "`defaults` give it"
)
_NOTHING: Mapping[str, Any] = {"bounds": {}, "search": None, "help": ""}


class Unsuitable(Exception):
    """Something of a user's own that cannot be described, with the reason."""


def fields_of_constructor(
    described: Callable[..., Any],
    skipped: Sequence[str],
    base: type[Component],
    given: Mapping[str, Callable[..., Any]] = MappingProxyType({}),
    remedy: str = _REMEDY,
) -> list[dict[str, Any]]:
    """The arguments of a constructor as hyperparameters of a component derived from ``base``.

    Arguments whose values JSON cannot hold keep their defaults and are left out. In the place of a ``given`` one, which
    is made anew for each run, stand the arguments of what makes it.

    Raises:
        Unsuitable: an argument that JSON cannot hold has no default and is not given, or there is none of a given name.
    """
    hints = _hints(described)
    fields: list[dict[str, Any]] = []
    for argument, parameter in _keywords(described, skipped):
        taken = [field["name"] for field in fields]
        if argument in given:
            fields += _fields_of_given(argument, given[argument], base, taken)
            continue
        required = parameter.default is parameter.empty
        kind = _kind(hints.get(argument), parameter)
        if kind is not None:
            name = _field_name(argument, base, taken)
            fields.append({"name": name, **_NOTHING, **_default(kind, parameter.default, required=required)})
            fields[-1] |= {} if name == argument else {"argument": argument, "help": f"The argument `{argument}`."}
        elif required:
            raise Unsuitable(f"{_name(described)}({argument}) has no default and no plain type; {remedy}")
    if unknown := given.keys() - dict(_keywords(described, skipped)):
        raise Unsuitable(f"{_name(described)} takes no argument {sorted(unknown)[0]!r}, which `defaults` give")
    return fields


def _fields_of_given(
    argument: str, giver: Callable[..., Any], base: type[Component], taken: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """The arguments of what makes the argument, if it is made."""
    name = shown(giver)
    remedy = f"give `{argument}` as `lambda: {name}(…)`, or as `lambda: {name}` if the module makes it"
    for field in fields_of_constructor(giver, (), base, remedy=remedy) if is_called(giver) else ():
        inner = field.get("argument", field["name"])
        said = f"The argument `{inner}` of `{argument}`."
        field_name = _field_name(f"{argument}_{inner}", base, taken)
        yield {**field, "name": field_name, "argument": f"{argument}.{inner}", "help": said}


def field_of_model(name: str, field: FieldInfo) -> dict[str, Any]:
    """A field of a user's own component.

    Raises:
        Unsuitable: its type is nothing that JSON can hold.
    """
    kind = plain_type(field.annotation)
    if kind is None:
        raise Unsuitable(f"the field {name!r} has the type {field.annotation}, which is not plain")
    extra = field.json_schema_extra
    required = field.is_required()
    default = _default(kind, None if required else field.get_default(call_default_factory=True), required=required)
    if "kept" in default:
        raise Unsuitable(f"the field {name!r} has the default {field.default!r}, which JSON cannot hold")
    return {
        "name": name,
        **default,
        "bounds": {key: getattr(item, key) for item in field.metadata for key in _BOUNDS if hasattr(item, key)},
        "search": dict(extra).get("search") if isinstance(extra, dict) else None,
        "help": field.description or "",
    }


def _keywords(described: Callable[..., Any], skipped: Sequence[str]) -> Iterator[tuple[str, inspect.Parameter]]:
    """The parameters that can be given by name."""
    for name, parameter in inspect.signature(described).parameters.items():
        if name not in skipped and parameter.kind in {parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY}:
            yield name, parameter
        elif parameter.kind is parameter.POSITIONAL_ONLY and parameter.default is parameter.empty:
            raise Unsuitable(f"{_name(described)}({name}) takes its value by position only; drop the `/`")


def _kind(annotation: Any, parameter: inspect.Parameter) -> Plain | None:
    """The type of a parameter: as annotated, or else that of its default."""
    if annotation is None:
        if parameter.default is parameter.empty:
            return None
        return ANY if parameter.default is None else plain_type(type(parameter.default))
    kind = plain_type(annotation)
    if isinstance(kind, Mapping) and isinstance(parameter.default, tuple) and typing.get_origin(annotation) is not list:
        return {"tuple": kind["list"]} if "list" in kind else kind  # any sequence will do, so it stays what it is
    return kind


def _default(kind: Plain, default: Any, *, required: bool) -> dict[str, Any]:
    """Type and default. One that JSON cannot hold is ``kept``: None then leaves the argument to the constructor."""
    if required:
        return {"type": kind, "required": True, "default": None}
    try:
        written = json.loads(json.dumps(to_jsonable_python(default, inf_nan_mode="constants"), allow_nan=False))
    except (PydanticSerializationError, TypeError, ValueError):
        return {"type": allowing_none(kind), "required": False, "default": None, "kept": True}
    return {"type": _holding(kind, written), "required": False, "default": written}


def _holding(kind: Plain, default: Any) -> Plain:
    """The type, widened where the default itself does not keep to it, as in ``width: int = None``."""
    if default is None:
        return allowing_none(kind)
    try:
        read(kind, default)
    except ValidationError:
        return ANY
    return kind


def _field_name(argument: str, base: type[Component], taken: Sequence[str]) -> str:
    """The argument's own name, with an underscore behind it where it already means something in a component."""
    name = argument.lstrip("_") if argument.startswith("_") else argument
    while name == "name" or hasattr(base, name) or name in base.__class_vars__ or name in taken:
        name += "_"
    return name


def _hints(described: Callable[..., Any]) -> dict[str, Any]:
    """The annotations of a constructor, a function, or what a partial one calls."""
    if isinstance(described, partial):
        return _hints(described.func)
    try:
        return typing.get_type_hints(described.__init__ if inspect.isclass(described) else described)
    except NameError as error:
        raise Unsuitable(f"the annotations of {_name(described)} cannot be read: {error}") from error


def _name(described: Callable[..., Any]) -> str:
    return str(getattr(described, "__qualname__", described))
