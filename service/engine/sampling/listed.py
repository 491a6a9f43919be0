"""The configurations of a study that no sampler proposes: those that were queued, and the points of its grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from search_spaces.grid import Grid
from search_spaces.space import SearchSpace
from service.engine.sampling.grid_points import GridPoints
from service.engine.sampling.queued import QueuedPoints
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.samplers import GridSampler
from service.study.records import Trial

GRID_INDEX = "grid_index"
"""Among a trial's attributes: which point of the grid it has."""


class ListedPoints:
    """Those that no trial has had; one whose trial was cancelled is to be had once more."""

    def __init__(self, definition: StudyDefinition, space: SearchSpace) -> None:
        sampler = definition.used_sampler
        self._grid = GridPoints(Grid(space, sampler.points)) if isinstance(sampler, GridSampler) else None
        self._queued = QueuedPoints()
        self._origins: dict[int, tuple[QueuedPoints | GridPoints, int]] = {}
        """By trial that has not ended, where it goes back to."""

    def restore(self, trial: Trial) -> bool:
        """A stored trial, whether it has ended or not: whether it has one of them."""
        if trial.queue_position is not None:
            self.take_queued(trial.number, trial.queue_position)
            return True
        if self._grid is None or trial.retry_of is not None:
            return False
        index = trial.sampler_attrs[GRID_INDEX]
        self._grid.take(index)
        self._origins[trial.number] = self._grid, index
        return True

    @property
    def n_queued(self) -> int:
        """How many queued configurations it knows of, tried or not."""
        return len(self._queued)

    @property
    def n_waiting(self) -> int:
        """How many of them wait for their trial."""
        return self._queued.n_waiting

    def queue(self, points: Sequence[Mapping[str, Any]]) -> None:
        """Configurations that are tried before the sampler is asked, behind those that wait already."""
        self._queued.extend(points)
        if self._grid:
            self._grid.leave_out(points)

    @property
    def has_queued(self) -> bool:
        """Whether a queued configuration is next."""
        return not self._queued.exhausted

    def first_queued(self) -> tuple[int, Mapping[str, Any]]:
        """The position of the next one, and its parameters."""
        return self._queued.first()

    def take_queued(self, number: int, position: int) -> None:
        """This trial has it."""
        self._queued.take(position)
        self._origins[number] = self._queued, position

    @property
    def is_grid(self) -> bool:
        """Whether the points of a grid come behind them, instead of what a sampler proposes."""
        return self._grid is not None

    def next_point(self, number: int) -> tuple[int, Mapping[str, Any]] | None:
        """The index of the grid's next point, which this trial has now, and its parameters; nothing if none was found
        in one go."""
        if self._grid is None:
            raise TypeError("only a grid has points; the other samplers are asked a question")
        found = self._grid.next()
        if found is not None:
            self._origins[number] = self._grid, found[0]
        return found

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left, nor to be asked for. It only looks, so it may be called during another call."""
        return self._grid is not None and self._grid.exhausted and self._queued.exhausted

    def end(self, number: int, *, put_back: bool) -> None:
        """The trial has ended."""
        origin = self._origins.pop(number, None)
        if origin and put_back:
            source, place = origin
            source.put_back(place)


def is_drawn_again(trial: Trial) -> bool:
    """Whether what was drawn is to have another trial if this one was cancelled: it was not for its own sake."""
    return not (trial.cancel_wanted or trial.excluded)
