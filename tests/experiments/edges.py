"""Components with one field at an edge of what it may be: at each bound that belongs to it, and just inside of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo

from experiments.component import C, Component, Kind
from experiments.errors import InvalidInput

CLOSE = 1e-12
"""How near to a bound, as a share of it, something just inside is; nearer ones differ by the rounding of a float."""


def at_the_edges(kind: Kind[C], component: type[C]) -> Iterator[C]:
    """The component with its defaults, and once for each edge of each number among its fields.

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


def _edges(info: FieldInfo) -> Iterator[float]:
    if info.annotation not in {int, float}:
        return
    whole = info.annotation is int
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
