"""A grid over a conditional space: counted and enumerated lazily, never the product in memory.

The index of a configuration is a number in a mixed radix: one digit for each slot, and within a slot first the branch
(the branches lie one after the other), then one digit for each of its ranges. The last slot and the last range change
fastest.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from math import isclose
from typing import Any

from experiments.errors import IncompatibleComponents
from search_spaces.leaves import point_of
from search_spaces.ranges import Numeric, Range, Stepped
from search_spaces.sampling import configure
from search_spaces.space import Branch, SearchSpace, Slot, grid_axis

LOOKED_THROUGH = 5_000
"""Points that are tried to count those with a conflict: about a second's work."""
CLOSE = 1e-9
"""How far, relatively, two writings of one number may lie apart."""


class Grid:
    """Every configuration of a space once, in a fixed order; ``default_points`` serves ranges that name no points.

    Raises:
        InvalidInput: naming each continuous range without points.
    """

    def __init__(self, space: SearchSpace, default_points: int | None = None) -> None:
        self.size = space.grid_size(default_points)
        self._space = space
        self._slots = space.slots
        self._points = default_points
        self._ranges = {parameter.path: parameter.range for parameter in space.parameters}

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> dict[str, Any]:
        """The parameters of a configuration, by dotted path, as ``configure`` takes them.

        Raises:
            IndexError: there is no such configuration; negative indices are not counted from the end.
        """
        if not 0 <= index < self.size:
            raise IndexError(f"the grid has {self.size} configurations, and no number {index}")
        parameters: list[dict[str, Any]] = []
        for slot in reversed(self._slots):
            index, digit = divmod(index, slot.grid_size(self._points))
            parameters.append(self._slot_parameters(slot, digit))
        return {path: value for each in reversed(parameters) for path, value in each.items()}

    def __contains__(self, parameters: Mapping[str, Any]) -> bool:
        """Whether a configuration of the space is one of them; 0.01 is a grid's 0.010000000000000002."""
        return all(_has_point(self._ranges[path], value, self._points) for path, value in parameters.items())

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self[index] for index in range(self.size))

    def has_conflict(self, parameters: Mapping[str, Any]) -> bool:
        """Whether a configuration has parts that do not go together, so that no trial has it."""
        try:
            configure(self._space, parameters)
        except IncompatibleComponents:
            return True
        return False

    @property
    def is_counted(self) -> bool:
        """Whether ``n_trials`` looks at every point."""
        return self.size <= LOOKED_THROUGH

    def n_trials(self) -> int:
        """How many configurations have no conflict; of a grid too large to be counted, judged by a sample."""
        looked_at = self._looked_at()
        n_free = sum(not self.has_conflict(self[index]) for index in looked_at)
        return round(self.size * n_free / max(1, len(looked_at)))

    def has_trials(self) -> bool:
        """Whether any configuration has no conflict; of a grid too large to be counted, any of a sample."""
        return any(not self.has_conflict(self[index]) for index in self._looked_at())

    def _looked_at(self) -> Sequence[int]:
        every = range(self.size)
        return every if self.is_counted else random.Random(0).sample(every, LOOKED_THROUGH)

    def _slot_parameters(self, slot: Slot, index: int) -> dict[str, Any]:
        for branch in slot.branches:
            size = branch.grid_size(self._points)
            if index < size:
                return {**({slot.path: branch.label} if slot.choice else {}), **self._branch_parameters(branch, index)}
            index -= size
        raise IndexError(index)

    def _branch_parameters(self, branch: Branch, index: int) -> dict[str, Any]:
        parameters: dict[str, Any] = {}
        for path, leaf in reversed(branch.leaves.items()):
            index, digit = divmod(index, grid_axis(path, leaf, self._points))
            parameters = point_of(path, leaf, digit, self._points) | parameters
        return parameters


def _has_point(range_: Range, value: Any, points: int | None) -> bool:
    if isinstance(range_, Stepped) and not (range_.points or points):
        return True  # every step is one; there may be a million
    if not isinstance(range_, Numeric):
        return value in range_.values(points)
    return any(isclose(value, point, rel_tol=CLOSE) for point in range_.values(points))
