"""Models in which every value is of the kind that was written: a boolean is no number, a text is neither.

Pydantic's lax mode takes ``true`` for 1, ``"010"`` for 10 and ``"on"`` for true; its strict mode refuses a list for a
tuple and 1e3 for a whole number, which documents write in good faith.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from pydantic import BaseModel, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticKnownError, core_schema


def _exact(part: Any) -> Any:
    if isinstance(part, list | tuple):
        return type(part)(_exact(item) for item in part)
    if not isinstance(part, dict):
        return part
    kind = part.get("type")
    if kind in {"float", "bool"}:
        return {**part, "strict": True}
    if kind == "int":
        return core_schema.no_info_before_validator_function(_number, part)
    if kind == "literal" and any(isinstance(value, int) for value in part["expected"]):
        return core_schema.no_info_before_validator_function(partial(_one_of, part["expected"]), part)
    return {name: item if name in {"metadata", "config"} else _exact(item) for name, item in part.items()}


def _number(value: Any) -> Any:
    """The value, if it is a number; 1e3 counts as whole.

    Raises:
        PydanticKnownError: it is a boolean, a text, or anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticKnownError("int_type")
    return value


def _one_of(expected: Sequence[Any], value: Any) -> Any:
    """The value, unless it equals one that is expected only as 1 equals true.

    Raises:
        PydanticKnownError: it does.
    """
    equal = [each for each in expected if each == value]
    if equal and all(isinstance(each, bool) != isinstance(value, bool) for each in equal):
        raise PydanticKnownError("literal_error", {"expected": " or ".join(map(repr, expected))})
    return value


class Exact(BaseModel):
    """Base of models that people write by hand."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler, /) -> CoreSchema:
        """Pydantic's schema of the model, its numbers and booleans made exact."""
        exact: CoreSchema = _exact(handler(source))
        return exact
