"""Learning curves of many runs at once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated

import orjson
from fastapi import APIRouter, Body, Header, Query, Response

from experiments.errors import InvalidInput
from service.api.curves.aggregating import aggregate
from service.api.curves.encoding import series, to_binary, to_json
from service.api.curves.grouping import NO_GROUPS, Groups, runs_of
from service.api.dependencies import StoreDep
from service.api.schemas.curves import AggregateRequest, AggregateSelection, CurveGroups, CurveRequest, Curves
from service.api.schemas.refusals import NOT_FOUND, Responses
from service.errors import Invalid
from service.storage.store import ApiStore
from service.study.records import Run
from service.study.states import RunState

router = APIRouter(tags=["curves"])
BINARY = "application/octet-stream"
FORMATS: Responses = {
    200: {
        "description": "The curves, as JSON or, with `Accept: application/octet-stream`, packed: `SHS1`, the header's "
        "length (uint32), the header (this JSON, each series with `n` instead of its lists; padded so that the numbers "
        "begin at a multiple of 8), then for each series its columns step, epoch, wall_time, training_time and y, each "
        "`n` float64; all little-endian, and NaN where JSON has null.",
        "content": {BINARY: {"schema": {"type": "string", "format": "binary"}}},
    },
    304: {"description": "Nothing has changed since the answer with this ETag."},
}


@router.get("/curves", response_model=Curves, responses=FORMATS | NOT_FOUND)
def get_curves(
    *,
    store: StoreDep,
    metric: Annotated[str, Query(examples=["val_loss"])],
    study: Annotated[list[str], Query(description="Names or ids of studies: all their runs.", max_length=100)] = [],  # noqa: B006
    run: Annotated[list[str], Query(description="Ids of runs.", max_length=5000)] = [],  # noqa: B006
    max_points: Annotated[int, Query(ge=4, le=10_000, description="For each run; spikes are kept.")] = 500,
    max_runs: Annotated[int, Query(ge=1, le=5000, description="More are counted, not sent.")] = 1000,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """One metric's curve of every run of the studies, and of each run that is named, if it has the metric."""
    if not study and not run:
        raise Invalid("name at least one study or run, e.g. `?study=digits&metric=val_loss`")
    runs = _runs(store, study, run)
    binary = BINARY in accept
    etag = _etag(runs, metric, max_points, max_runs, binary)
    headers = {"ETag": etag, "Vary": "Accept", "Cache-Control": "no-cache"}
    if if_none_match == etag:
        return Response(status_code=304, headers=headers)
    body = _answer(store, runs, metric, max_points=max_points, max_runs=max_runs, binary=binary)
    return Response(body, headers=headers, media_type=BINARY if binary else "application/json")


@router.get("/curves:aggregate", response_model=CurveGroups, responses=NOT_FOUND)
def aggregate_curves(store: StoreDep, request: Annotated[AggregateRequest, Query()]) -> Response:
    """One metric's curves by group: middle, band and number of runs at each x, over all runs of the group.

    A value that is not finite is left out and counted. Every run is accounted for in `runs`.
    """
    return _aggregated(store, request)


@router.post("/curves:aggregate", response_model=CurveGroups, responses=NOT_FOUND)
def aggregate_selected_curves(store: StoreDep, request: Annotated[AggregateSelection, Body()]) -> Response:
    """The same for a selection that is too long for an address, or for groups of one's own."""
    if not request.groups:
        return _aggregated(store, request)
    if request.study or request.run or request.group_by:
        raise InvalidInput.at("groups", "they say which runs are meant; leave out study, run and group_by")
    return _aggregated(store, request.model_copy(update={"run": runs_of(request.groups)}), request.groups)


def _aggregated(store: ApiStore, request: AggregateRequest, own: Groups = NO_GROUPS) -> Response:
    study_ids = _study_ids(store, request)
    body = orjson.dumps(aggregate(store, request, study_ids, own), option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(body, media_type="application/json")


def _study_ids(store: ApiStore, request: CurveRequest) -> list[str]:
    """The ids of the studies that are named.

    Raises:
        Invalid: neither a study nor a run is named.
        NotFound: one of them is not there.
    """
    if not request.study and not request.run:
        raise Invalid("name at least one study or run, e.g. `?study=digits&metric=val_loss`")
    return list(dict.fromkeys(store.studies.get(reference).id for reference in request.study))


def _runs(store: ApiStore, studies: Sequence[str], runs: Sequence[str]) -> list[Run]:
    found = [run for reference in studies for run in store.runs.of_study(store.studies.get(reference).id)]
    found += store.runs.named(runs)
    return [
        run
        for run in {run.id: run for run in found}.values()
        if run.state is not RunState.WAITING or run.recorded_step >= 0
    ]


def _answer(
    store: ApiStore, runs: Sequence[Run], metric: str, *, max_points: int, max_runs: int, binary: bool
) -> bytes:
    by_id = {run.id: run for run in runs}
    curves = store.curves.of(run_ids=list(by_id), metrics=[metric])
    reduced = (series(curve, by_id[curve.run_id], metric, max_points) for curve in curves)
    found = [one for one in reduced if one is not None]
    write = to_binary if binary else to_json
    return write(metric, found[:max_runs], len(found))


def _etag(runs: Sequence[Run], *query: object) -> str:
    """Changes with every point: a run's curve only grows, and its state and value change once."""
    seen = [(run.id, run.recorded_step, run.attempt, run.state, run.value) for run in runs]
    return f'"{hashlib.sha256(repr((seen, query)).encode()).hexdigest()[:32]}"'
