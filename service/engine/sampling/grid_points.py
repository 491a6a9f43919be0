"""The points of a grid that no trial has had, and those to be had once more."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping
from typing import Any

from search_spaces.grid import Grid


class GridPoints:
    """Walks a grid by index, past points with a conflict and those that are tried anyway."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._again: list[int] = []
        """Points whose trial was cancelled."""
        self._left_out: set[tuple[tuple[str, Any], ...]] = set()
        self._cursor = 0
        """The next point that no trial has had, and whose parts go together."""
        self._skip()

    @property
    def exhausted(self) -> bool:
        """Whether every point has had its trial."""
        return not self._again and self._cursor >= self._grid.size

    def leave_out(self, points: Iterable[Mapping[str, Any]]) -> None:
        """Points that were queued, so that the grid need not come to them."""
        self._left_out |= {_identity(point) for point in points}
        self._skip()

    def next(self) -> tuple[int, dict[str, Any]]:
        """The index of the point to try next, which is thereby taken, and its parameters."""
        index = self._again[0] if self._again else self._cursor
        self.take(index)
        return index, self._grid[index]

    def take(self, index: int) -> None:
        """A trial has this point; no later one has a point before it, but for those that are put back."""
        if index in self._again:
            self._again.remove(index)
        else:
            self._cursor = max(self._cursor, index + 1)
            self._skip()

    def put_back(self, index: int) -> None:
        """The trial of this point was cancelled."""
        if _identity(self._grid[index]) not in self._left_out:
            insort(self._again, index)

    def _skip(self) -> None:
        while self._cursor < self._grid.size and self._is_skipped(self._grid[self._cursor]):
            self._cursor += 1

    def _is_skipped(self, point: Mapping[str, Any]) -> bool:
        return _identity(point) in self._left_out or self._grid.has_conflict(point)


def _identity(point: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """What two writings of one point have in common: 0.01 is a grid's 0.010000000000000002."""
    return tuple(sorted((path, _rounded(value)) for path, value in point.items()))


def _rounded(value: Any) -> Any:
    return float(f"{value:.9g}") if isinstance(value, float) else value
