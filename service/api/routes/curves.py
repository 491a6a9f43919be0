"""Learning curves of many runs at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Depends, Header, Query, Response

from experiments.errors import InvalidInput
from service.api.curves.aggregating import aggregate
from service.api.curves.answering import answer
from service.api.curves.bodies import SHORT, gzipped, tag_of
from service.api.curves.encoding import to_binary, to_json
from service.api.curves.grouping import NO_GROUPS, Groups, runs_of
from service.api.curves.selection import Selection, select
from service.api.dependencies import BodiesDep, StoreDep
from service.api.schemas.curves import AggregateRequest, AggregateSelection, CurveGroups, Curves, CurvesRequest
from service.api.schemas.refusals import NOT_FOUND, Responses
from service.storage.store import ApiStore

router = APIRouter(tags=["curves"])
BINARY, JSON = "application/octet-stream", "application/json"
GZIP = b"\x1f\x8b"
"""What a compressed body begins with, and no other."""
FORMATS: Responses = {
    200: {
        "description": "The curves, as JSON or, with `Accept: application/octet-stream`, packed: `SHS2`, the header's "
        "length (uint32), the header (this JSON, padded so that the numbers begin at a multiple of 8), then numbers: "
        "the distinct columns of steps and epochs as float64, those of other axes as float32, and the y of all series "
        "one behind the other as float32; all little-endian, and NaN where JSON has null. The header has `lengths`, "
        "`{whole: […], other: […]}`, of the distinct columns, and each series `n` in place of its lists, with `x` "
        "saying for each axis which of the distinct columns of its kind is its own.",
        "content": {BINARY: {"schema": {"type": "string", "format": "binary"}}},
    },
    304: {"description": "Nothing has changed since the answer with this ETag."},
}


def _example(**asked: Any) -> dict[str, Any]:
    content = {JSON: {"example": {"study": ["which-optimizer"], "metric": "val_loss", **asked}}}
    return {"requestBody": {"content": content}}


class Exchange:
    """What the headers of a request say about the form of its answer."""

    def __init__(
        self,
        bodies: BodiesDep,
        accept: Annotated[str, Header(include_in_schema=False)] = "",
        accept_encoding: Annotated[str, Header(include_in_schema=False)] = "",
        if_none_match: Annotated[str | None, Header()] = None,
    ) -> None:
        self._bodies = bodies
        self.binary = BINARY in accept
        self._gzip = "gzip" in accept_encoding
        self._known = if_none_match

    def respond(self, selection: Selection, media_type: str, make: Callable[[], bytes]) -> Response:
        """The answer, or that who asks has it: its tag is of versions, so that nothing else is read for that."""
        tag = tag_of(selection, f"{media_type} {self._gzip}")
        headers = {"ETag": tag, "Vary": "Accept, Accept-Encoding", "Cache-Control": "no-cache"}
        if self._known == tag:
            return Response(status_code=304, headers=headers)
        body = self._bodies.get(tag, lambda: self._packed(make(), numbers=media_type == BINARY))
        if body[:2] == GZIP:
            headers["Content-Encoding"] = "gzip"
        return Response(body, headers=headers, media_type=media_type)

    def _packed(self, body: bytes, *, numbers: bool) -> bytes:
        return gzipped(body, numbers=numbers) if self._gzip and len(body) > SHORT else body


ExchangeDep = Annotated[Exchange, Depends()]


@router.get("/curves", response_model=Curves, responses=FORMATS | NOT_FOUND)
def get_curves(store: StoreDep, exchange: ExchangeDep, request: Annotated[CurvesRequest, Query()]) -> Response:
    """One metric's curve of every run of the studies, and of each run that is named, if it has the metric."""
    return _curves(store, exchange, request)


@router.post("/curves", response_model=Curves, responses=FORMATS | NOT_FOUND, openapi_extra=_example(x=["epoch"]))
def get_selected_curves(store: StoreDep, exchange: ExchangeDep, request: Annotated[CurvesRequest, Body()]) -> Response:
    """The same for a selection that is too long for an address."""
    return _curves(store, exchange, request)


@router.get("/curves:aggregate", response_model=CurveGroups, responses=NOT_FOUND)
def aggregate_curves(store: StoreDep, exchange: ExchangeDep, request: Annotated[AggregateRequest, Query()]) -> Response:
    """One metric's curves by group: middle, band and number of runs at each x, over all runs of the group.

    A value that is not finite is left out and counted. Every run is accounted for in `runs`.
    """
    return _groups(store, exchange, request)


@router.post(
    "/curves:aggregate",
    response_model=CurveGroups,
    responses=NOT_FOUND,
    openapi_extra=_example(group_by=["optimizer"], center="median", band="quartiles"),
)
def aggregate_selected_curves(
    store: StoreDep, exchange: ExchangeDep, request: Annotated[AggregateSelection, Body()]
) -> Response:
    """The same for a selection that is too long for an address, or for groups of one's own."""
    if not request.groups:
        return _groups(store, exchange, request)
    if request.study or request.run or request.group_by:
        raise InvalidInput.at("groups", "they say which runs are meant; leave out study, run and group_by")
    named = request.model_copy(update={"run": runs_of(request.groups)})
    return _groups(store, exchange, named, request.groups)


def _curves(store: ApiStore, exchange: Exchange, request: CurvesRequest) -> Response:
    selection = select(store, request)
    media_type, write = (BINARY, to_binary) if exchange.binary else (JSON, to_json)
    return exchange.respond(selection, media_type, lambda: write(answer(selection, request)))


def _groups(store: ApiStore, exchange: Exchange, request: AggregateRequest, own: Groups = NO_GROUPS) -> Response:
    selection = select(store, request)
    return exchange.respond(selection, JSON, lambda: _json(aggregate(selection, request, own)))


def _json(document: Mapping[str, Any]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
