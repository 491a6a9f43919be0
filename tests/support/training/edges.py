"""Components with one field at an edge of what it may be: at each bound that belongs to it, and just inside of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic.fields import FieldInfo

from experiments.component import C, Component, Kind
from experiments.errors import InvalidInput

CLOSE = 1e-12
"""How near to a bound, as a share of it, something just inside is; nearer ones differ by the rounding of a float."""


LARGEST = 100
"""Whole numbers above it are bounds of memory or of patience, and compute nothing that smaller ones do not."""


def at_the_edges(kind: Kind[C], component: type[C]) -> Iterator[C]:
    """The component with its defaults, and once for each edge of each number or list among its fields.

    An edge that another field rules out (a start beyond its end) is passed over: the component refuses it in words.
    """
    name = component.id()
    required = _required(component)
    for fields in (
        {},
        *({field: value} for field, info in component.hyperparameters().items() for value in _edges(info)),
    ):
        try:
            yield kind.parse({"name": name, **required, **fields})
        except InvalidInput:
            continue


def _required(component: type[Component]) -> dict[str, Any]:
    return {
        name: next(iter(_edges(info)), info.default)
        for name, info in component.hyperparameters().items()
        if info.is_required()
    }


def _edges(info: FieldInfo) -> Iterator[Any]:
    if info.annotation in {int, float}:
        whole = info.annotation is int
        yield from (edge for edge in _numbers(info, whole=whole) if not whole or edge <= LARGEST)
    elif get_origin(info.annotation) is tuple:
        yield from _lists(info)


def _lists(info: FieldInfo) -> Iterator[list[int]]:
    """Lists of ones: of the least and the greatest length."""
    bounds = [bound for bound in info.metadata if isinstance(bound, MinLen | MaxLen)]
    lengths = [bound.min_length if isinstance(bound, MinLen) else bound.max_length for bound in bounds]
    if not any(isinstance(bound, MinLen) for bound in bounds):
        lengths.append(0)
    yield from ([1] * length for length in lengths)


def _numbers(info: FieldInfo, *, whole: bool) -> Iterator[float]:
    for bound in info.metadata:
        match bound:
            case Ge(ge=value):
                yield value
                yield value + 1 if whole else value + CLOSE * max(1.0, abs(value))
            case Gt(gt=value):
                yield value + 1 if whole else value + CLOSE * max(1.0, abs(value))
            case Le(le=value):
                yield value
                yield value - 1 if whole else value - CLOSE * max(1.0, abs(value))
            case Lt(lt=value):
                yield value - 1 if whole else value - CLOSE * max(1.0, abs(value))
