"""The ranges a value may be drawn from: a tagged union, read from ``{keyword: bounds}``.

Every range knows its values on a grid, how many there are, how an Optuna trial or chance draws it, and which of its
values to test against a component's bounds. The keywords are those of Ray Tune and Optuna. ``points: n`` beside a
numeric keyword gives the range n evenly spaced values on a grid. ``notation`` reads ranges and refuses those that are
wrong in themselves; what a component allows is checked by the space.
"""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, ClassVar, Protocol

from experiments.errors import InvalidInput


class Suggests(Protocol):
    """Who draws: an Optuna trial, or chance alone (``chance.Chance``)."""

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        """A number from low to high."""

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        """A whole number from low to high."""

    def suggest_categorical(self, name: str, choices: list[Any]) -> Any:
        """One of the choices."""


class Range(ABC):
    """Values a parameter may take.

    A *category* is a value as Optuna and the trial tables see it: the value itself, or its JSON text where the value is
    a list or a mapping, which Optuna cannot hold.
    """

    keyword: ClassVar[str]
    bounds: ClassVar[str] = "[low, high]"
    """What stands behind the keyword."""

    @abstractmethod
    def written(self) -> dict[str, Any]:
        """The range as the language writes it."""

    @abstractmethod
    def size(self, points: int | None = None) -> int | None:
        """How many values a grid has; ``points`` serves a range that names none. None: it needs points."""

    @abstractmethod
    def at(self, index: int, points: int | None = None) -> Any:
        """The category at an index of the grid, which counts from 0 to ``size(points) - 1``."""

    @property
    def varies(self) -> bool:
        """Whether it has more than one value."""
        return self.size(2) != 1

    @abstractmethod
    def draw(self, source: Suggests, path: str) -> Any:
        """A category that the source draws for the parameter ``path``."""

    @abstractmethod
    def accept(self, category: Any) -> Any:
        """The value of a category that came from elsewhere.

        Raises:
            InvalidInput: it lies outside of the range.
        """

    @abstractmethod
    def probes(self) -> tuple[Any, ...]:
        """Values to test against a component's bounds, from least to greatest: if they pass, every value passes."""

    def values(self, points: int | None = None) -> list[Any]:
        """Every category on the grid.

        Raises:
            InvalidInput: a continuous range without points.
        """
        size = self.size(points)
        if size is None:
            raise InvalidInput.at("", f"{self} has no grid; write `points: n` beside it")
        return [self.at(index, points) for index in range(size)]


@dataclass(frozen=True)
class Numeric(Range):
    """A range between two numbers; both can be drawn."""

    low: float
    high: float
    points: int | None = None

    def __str__(self) -> str:
        return f"{self.keyword} [{self.low:g}, {self.high:g}]"

    def written(self) -> dict[str, Any]:
        points = {} if self.points is None else {"points": self.points}
        return {self.keyword: self._bounds(), **points}

    def _bounds(self) -> list[float]:
        return [self.low, self.high]

    def probes(self) -> tuple[Any, ...]:
        return (self.low, self.high)

    def accept(self, category: Any) -> Any:
        if isinstance(category, bool) or not isinstance(category, int | float) or not self.low <= category <= self.high:
            raise InvalidInput.at("", f"{category!r} lies outside of {self}")
        return category


class Uniform(Numeric):
    """Any number from low to high."""

    keyword = "uniform"

    def size(self, points: int | None = None) -> int | None:
        return self.points or points

    def at(self, index: int, points: int | None = None) -> float:
        return self._between(_share(index, self.size(points)))

    def draw(self, source: Suggests, path: str) -> float:
        return source.suggest_float(path, self.low, self.high)

    def probes(self) -> tuple[float, ...]:
        return (
            self.low,
            self._between(0.618034),
            self.high,
        )  # a fraction in between: a field of whole numbers refuses it

    def _between(self, share: float) -> float:
        return self.high if share == 1 else self.low + share * (self.high - self.low)


class LogUniform(Uniform):
    """Any number from low to high, both above 0, drawn uniformly in the logarithm."""

    keyword = "log_uniform"

    def draw(self, source: Suggests, path: str) -> float:
        return source.suggest_float(path, self.low, self.high, log=True)

    def _between(self, share: float) -> float:
        if share in {0, 1}:
            return self.high if share else self.low
        return math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))


@dataclass(frozen=True)
class Stepped(Numeric):
    """low, low + q, low + 2q …; the last one at most ``high``."""

    q: float = 1

    @property
    def steps(self) -> int:
        """How many times q fits between the bounds."""
        return int((Decimal(str(self.high)) - Decimal(str(self.low))) // Decimal(str(self.q)))

    def size(self, points: int | None = None) -> int:
        return min(self.steps + 1, self.points or points or self.steps + 1)

    def at(self, index: int, points: int | None = None) -> float:
        return self._step(_spread(index, self.size(points), self.steps))

    def probes(self) -> tuple[float, ...]:
        return (self.low, self._step(1), self._step(self.steps))

    def accept(self, category: Any) -> Any:
        value = super().accept(category)
        nearest = self.nearest(value)
        if abs(value - nearest) > self.q / 1e6:
            around = self._around(value)
            nearest_are = f"the nearest {'are' if len(around) > 1 else 'is'} {' and '.join(map(str, around))}"
            raise InvalidInput.at("", f"{category!r} is no step of {self}; {nearest_are}")
        return nearest

    def nearest(self, value: float) -> float:
        """The value of this range that is nearest to one within its bounds."""
        return min(self._around(value), key=lambda step: abs(step - value))

    def _around(self, value: float) -> list[float]:
        """The values of this range below and above one within its bounds; one value if it is beyond the last step."""
        below = int((Decimal(str(value)) - Decimal(str(self.low))) // Decimal(str(self.q)))
        return [self._step(index) for index in (below, below + 1) if index <= self.steps]

    def _bounds(self) -> list[float]:
        return [self.low, self.high, self.q]

    def _step(self, index: int) -> float:
        return float(Decimal(str(self.low)) + index * Decimal(str(self.q)))


class QUniform(Stepped):
    """The numbers low, low + step, low + 2 step … up to high."""

    keyword = "quniform"
    bounds = "[low, high, step]"

    def draw(self, source: Suggests, path: str) -> float:
        """Draw a value of the grid: Optuna counts steps in binary, where 0.1 + 2 · 0.1 is 0.30000000000000004."""
        return self.nearest(source.suggest_float(path, self.low, self._step(self.steps), step=self.q))


class QInteger(Stepped):
    """The whole numbers low, low + step, low + 2 step … up to high."""

    keyword = "qint"
    bounds = "[low, high, step]"

    def draw(self, source: Suggests, path: str) -> int:
        return source.suggest_int(path, int(self.low), self._step(self.steps), step=int(self.q))

    def _step(self, index: int) -> int:
        return int(self.low) + index * int(self.q)


class Integer(QInteger):
    """Any whole number from low to high, both included."""

    keyword = "int"
    bounds = "[low, high]"

    def _bounds(self) -> list[float]:
        return [self.low, self.high]


class LogInteger(Integer):
    """Any whole number from low to high, drawn uniformly in the logarithm."""

    keyword = "log_int"

    def size(self, points: int | None = None) -> int:
        n = self.points or points
        return len(_log_integers(int(self.low), int(self.high), n)) if n else super().size()

    def at(self, index: int, points: int | None = None) -> int:
        n = self.points or points
        return _log_integers(int(self.low), int(self.high), n)[index] if n else int(super().at(index))

    def draw(self, source: Suggests, path: str) -> int:
        return source.suggest_int(path, int(self.low), int(self.high), log=True)


@dataclass(frozen=True)
class Choice(Range):
    """One of the values, which may be texts, numbers, lists or mappings."""

    options: tuple[Any, ...]
    keyword: ClassVar[str] = "choice"
    bounds: ClassVar[str] = "[a, b, …]"

    def __str__(self) -> str:
        return f"choice {json.dumps(self.options)}"

    def written(self) -> dict[str, Any]:
        return {self.keyword: [*self.options]}

    def size(self, points: int | None = None) -> int:
        return len(self.options)

    def at(self, index: int, points: int | None = None) -> Any:
        return category(self.options[index])

    def draw(self, source: Suggests, path: str) -> Any:
        return source.suggest_categorical(path, [category(option) for option in self.options])

    def accept(self, category: Any) -> Any:
        for option in self.options:
            if same(category, option):
                return option
        raise InvalidInput.at("", f"{category!r} is not one of {self}")

    def probes(self) -> tuple[Any, ...]:
        return self.options


def category(value: Any) -> Any:
    """A value as Optuna can hold it: lists and mappings become their JSON text."""
    return json.dumps(value) if isinstance(value, list | tuple | dict) else value


def same(a: Any, b: Any) -> bool:
    """Whether two values are one category; numbers are compared as Optuna does, so 1 and 1.0 are."""
    return bool(category(a) == category(b))


def _share(index: int, size: int | None) -> float:
    return index / (size - 1) if size and size > 1 else 0.5


def _spread(index: int, size: int, span: int) -> int:
    """The index-th of ``size`` whole numbers evenly spread over 0 … span; strictly increasing for size <= span + 1."""
    return (2 * index * span + size - 1) // (2 * (size - 1)) if size > 1 else span // 2


@lru_cache(maxsize=1024)
def _log_integers(low: int, high: int, points: int) -> tuple[int, ...]:
    scale = LogUniform(low, high, min(points, high - low + 1))
    return tuple(sorted({round(value) for value in scale.values()}))
