"""The queued configurations of a study: those that no trial has had, and those to be had once more."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping
from typing import Any


class QueuedPoints:
    """Positions in a study's queue, the lowest first; a cancelled trial gives its position back."""

    def __init__(self) -> None:
        self._points: list[Mapping[str, Any]] = []
        self._waiting: list[int] = []

    def __len__(self) -> int:
        """How many were ever queued."""
        return len(self._points)

    @property
    def n_waiting(self) -> int:
        """How many have no trial."""
        return len(self._waiting)

    @property
    def exhausted(self) -> bool:
        """Whether each has its trial."""
        return self.n_waiting == 0

    def extend(self, points: Iterable[Mapping[str, Any]]) -> None:
        """Further configurations, behind those that there are."""
        for point in points:
            self._waiting.append(len(self._points))
            self._points.append(point)

    def first(self) -> tuple[int, Mapping[str, Any]]:
        """The position to try next, and its parameters."""
        position = self._waiting[0]
        return position, self._points[position]

    def take(self, position: int) -> None:
        """A trial has this position."""
        self._waiting.remove(position)

    def put_back(self, position: int) -> None:
        """The trial of this position was cancelled."""
        insort(self._waiting, position)
