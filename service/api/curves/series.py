"""One metric's curves of many runs, as they are sent: on the axes that are asked for, within a stretch, made few."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.analysis.curves.curve_groups import Numbers
from service.api.curves.axes import began_at, x_of
from service.api.curves.thinning import Places, inside, kept_points
from service.api.schemas.curves import CurvesRequest, XAxis
from service.storage.curves.format import Integers, attempts_of
from service.storage.curves.reading import Points
from service.study.records import RunHead

FEWEST_COLUMNS = 2
"""Pixel columns that each run keeps, however many runs share the points of an answer."""


@dataclass(frozen=True)
class Series:
    """Some points of one run's curve; its columns are equally long."""

    run: RunHead
    x: Mapping[XAxis, NDArray[Any]]
    y: Numbers
    attempt: Integers
    begin: int
    """How many points of the curve stand before these."""
    n_points: int
    """How many the whole curve has."""

    def at(self, places: slice | Places, begin: int = 0) -> Series:
        """Only these points."""
        x = {axis: column[places] for axis, column in self.x.items()}
        return replace(self, x=x, y=self.y[places], attempt=self.attempt[places], begin=begin)

    def head(self) -> dict[str, Any]:
        """Everything but the columns."""
        run = self.run
        return {
            "run_id": run.id,
            "study": run.study_id,
            "trial": run.trial_number,
            "replicate": run.replicate,
            "seed": run.seed,
            "fold": run.fold,
            "state": run.state,
            "value": run.value,
            "began_at": began_at(run),
            "n_points": self.n_points,
            "begin": self.begin,
            "attempts": self._attempts(),
        }

    def _attempts(self) -> list[tuple[int, int]]:
        if len(self.attempt) and self.attempt[0] == self.attempt[-1]:  # they only rise
            return [(int(self.attempt[0]), 0)]
        return attempts_of(self.attempt)


@dataclass(frozen=True)
class Answer:
    """All that is said to one request."""

    request: CurvesRequest
    series: Sequence[Series]
    n_runs: int
    columns: int | None
    """Pixel columns of which each run keeps the extremes; none where every point is there."""
    cursor: str
    complete: bool
    """Whether it holds every run, or only those that have changed."""
    gone: Sequence[str]
    """Of those that have changed, the runs that are not chosen any more."""

    def envelope(self, series: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The answer around its series."""
        return {
            "metric": self.request.metric,
            "series": series,
            "n_runs": self.n_runs,
            "n_runs_left_out": self.n_runs - len(self.series),
            "n_points": sum(one.n_points for one in self.series),
            "columns": self.columns,
            "cursor": self.cursor,
            "complete": self.complete,
            "gone": self.gone,
        }


def series_of(points: Points, run: RunHead, request: CurvesRequest) -> Series:
    """The curve of a run on the axes of the request, whole or within its stretch of the first axis."""
    x = {axis: x_of(points, run, axis) for axis in request.x}
    whole = Series(run, x, points.y, points.progress[2], 0, len(points.y))
    if request.x_from is None and request.x_to is None:
        return whole
    stretch = inside(x[request.x[0]], request.x_from, request.x_to)
    return whole.at(stretch, stretch.start)


def behind(series: Series, points: Points, step: int | None) -> Series:
    """The points of a whole curve from this step on; none of them where that is None."""
    begin = len(points.y) if step is None else int(np.searchsorted(points.progress[0], step))
    return series.at(slice(begin, None), begin)


def thinned(series: Sequence[Series], request: CurvesRequest) -> tuple[list[Series], int]:
    """The series made few, and of how many pixel columns each keeps the extremes."""
    columns = max(FEWEST_COLUMNS, min(request.width, request.max_points // (2 * len(series))))
    axis = request.x[0]
    x = np.nan_to_num(np.concatenate([one.x[axis].astype(float) for one in series]))
    lengths = [len(one.y) for one in series if len(one.y)]
    starts = np.cumsum([0, *lengths[:-1]])
    low = float(x.min()) if request.x_from is None else request.x_from
    high = float(x.max()) if request.x_to is None else request.x_to
    kept = kept_points(x, np.concatenate([one.y for one in series]), starts, (low, high), columns)
    return list(_split(series, kept)), columns


def _split(series: Sequence[Series], kept: Places) -> Iterator[Series]:
    """Each series with those of its points that are kept, which are counted through all of them."""
    lengths = np.array([len(one.y) for one in series])
    firsts = np.cumsum(lengths) - lengths
    parts = np.split(kept, np.searchsorted(kept, firsts[1:]))
    for one, first, places in zip(series, firsts.tolist(), parts, strict=True):
        yield one.at(places - first, one.begin)
