"""The points of a grid that no trial has had, and those to be had once more."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping
from typing import Any

from search_spaces.grid import Grid

LOOKED_AT = 100
"""Points that are looked at in one go, some hundredths of a second: millions in a row may have a conflict."""


class GridPoints:
    """Walks a grid by index, past points with a conflict and those that are tried anyway, a few at a time."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._again: list[int] = []
        """Points whose trial was cancelled."""
        self._left_out: set[tuple[tuple[str, Any], ...]] = set()
        self._cursor = 0
        """Behind it no trial has had a point."""
        self._is_free = False
        """Whether the point at the cursor is known to be one to try."""
        self._skip()

    @property
    def exhausted(self) -> bool:
        """Whether every point is known to have had its trial, or to get none."""
        return not self._again and self._cursor >= self._grid.size

    def leave_out(self, points: Iterable[Mapping[str, Any]]) -> None:
        """Points that were queued, so that the grid need not come to them."""
        self._left_out |= {_identity(point) for point in points}
        self._skip()

    def next(self) -> tuple[int, dict[str, Any]] | None:
        """The index of the point to try next, which is thereby taken, and its parameters.

        Nothing if none was among those that were looked at now; the next call goes on behind them.
        """
        if not (self._again or self._is_free):
            self._skip()
        if not (self._again or self._is_free):
            return None
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
        """Move the cursor to the next point to try, as far as that is within reach."""
        first, size = self._cursor, self._grid.size
        within_reach = range(first, min(first + LOOKED_AT, size))
        free = next((index for index in within_reach if not self._is_skipped(self._grid[index])), None)
        self._is_free = free is not None
        self._cursor = within_reach.stop if free is None else free

    def _is_skipped(self, point: Mapping[str, Any]) -> bool:
        return _identity(point) in self._left_out or self._grid.has_conflict(point)


def _identity(point: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """What two writings of one point have in common: 0.01 is a grid's 0.010000000000000002."""
    return tuple(sorted((path, _rounded(value)) for path, value in point.items()))


def _rounded(value: Any) -> Any:
    return float(f"{value:.9g}") if isinstance(value, float) else value
