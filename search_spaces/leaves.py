"""What may vary at one field: a range, or ``{optional: range}``, which is 0 or a value of the range.

Optuna cannot draw "0, or uniform in the logarithm" as one parameter, so a field that may be off is two: ``path.on``,
which is false or true, and ``path``, which exists only where it is on. This is how a regularizer that may be left out
is drawn, one level further in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from search_spaces.ranges import Choice, Range

Take = Callable[[str, Range], Any]
"""Gives a value of a range, as the parameter of that path."""
SWITCH = Choice((False, True))
OFF = 0


@dataclass(frozen=True)
class Parameter:
    """One thing that varies. ``condition`` says when it does, e.g. ``optimizer = adamw``; empty means always."""

    path: str
    range: Range
    condition: str = ""


@dataclass(frozen=True)
class OnOff:
    """Off, which is 0, or on: then a value of the range."""

    range: Range

    def __str__(self) -> str:
        return f"0 or {self.range}"

    def size(self, points: int | None = None) -> int | None:
        """How many values a grid has, off among them; None: the range needs points."""
        size = self.range.size(points)
        return None if size is None else size + 1

    def probes(self) -> tuple[Any, ...]:
        """Values to test against a component's bounds."""
        return (OFF, *self.range.probes())


Leaf = Range | OnOff


def parameters_of(path: str, leaf: Leaf) -> Iterator[Parameter]:
    """What varies at a field, in the order in which it is drawn."""
    if isinstance(leaf, Range):
        yield Parameter(path, leaf)
    else:
        yield Parameter(switch(path), SWITCH)
        yield Parameter(path, leaf.range, f"{switch(path)} = true")


def point_of(path: str, leaf: Leaf, index: int, points: int | None) -> dict[str, Any]:
    """The parameters at an index of the field's grid; off comes first."""
    if isinstance(leaf, Range):
        return {path: leaf.at(index, points)}
    if index == 0:
        return {switch(path): False}
    return {switch(path): True, path: leaf.range.at(index - 1, points)}


def value_of(path: str, leaf: Leaf, take: Take) -> Any:
    """The value of a field, from its parameters."""
    if isinstance(leaf, Range):
        return take(path, leaf)
    return take(path, leaf.range) if take(switch(path), SWITCH) else OFF


def switch(path: str) -> str:
    """The parameter that says whether a field is on."""
    return f"{path}.on"
