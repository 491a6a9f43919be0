"""From a request for curves to what is answered: all of them, or what has changed since an answer before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from service.api.curves.axes import times_of
from service.api.curves.selection import Selection
from service.api.curves.series import Answer, Series, behind, series_of, thinned
from service.api.schemas.curves import CurvesRequest
from service.storage.curves.reading import Points
from service.study.records import RunHead


def answer(selection: Selection, request: CurvesRequest) -> Answer:
    """What the request is answered.

    Raises:
        Invalid: its filter or its cursor says nothing.
    """
    changed = selection.changed(request.after) if request.after else None
    return _all(selection, request) if changed is None else _changed(selection, request, changed)


def _all(selection: Selection, request: CurvesRequest) -> Answer:
    series = [series_of(points, run, request) for run, points in _read(selection, request, selection.heads())]
    shown, columns = series[: request.max_runs], None
    if sum(len(one.y) for one in shown) > request.max_points:
        shown, columns = thinned(shown, request)
    return Answer(request, shown, len(series), columns, selection.cursor, complete=True, gone=())


def _changed(selection: Selection, request: CurvesRequest, changed: Mapping[str, int | None]) -> Answer:
    """Only new points, of runs that were chosen before; a filter may choose others now, which are sent whole."""
    runs = selection.heads(list(changed))
    series: list[Series] = []
    whole = request.model_copy(update={"x_from": None, "x_to": None})
    for run, points in _read(selection, request, runs):
        one = series_of(points, run, whole)
        series.append(one if request.filter else behind(one, points, changed[run.id]))
    gone = sorted(changed.keys() - {run.id for run in runs})
    return Answer(request, series, len(series), None, selection.cursor, complete=False, gone=gone)


def _read(selection: Selection, request: CurvesRequest, runs: Sequence[RunHead]) -> Iterator[tuple[RunHead, Points]]:
    """The runs that have measured the metric, with their points."""
    by_id = {run.id: run for run in runs}
    times = times_of(request.x)
    for points in selection.store.curves.points(list(by_id), request.metric, times):
        yield by_id[points.run_id], points
