"""What happens in studies, as server-sent events: of one study, or of several in one stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from experiments.errors import InvalidInput
from service.api.dependencies import StoreDep, StudyDep
from service.api.schemas.refusals import NOT_FOUND
from service.api.waiting import Closing
from service.errors import StudyNotFound
from service.storage.db.watcher import Watcher
from service.study.records import StudyEvent

router = APIRouter(tags=["studies"])
LOOK = 5.0
"""Seconds after which the stream looks even if nobody woke it."""
MOST = 50
"""Studies in one stream."""
Sequence = Annotated[int | None, Query(ge=0, description="Begin behind this event; by default at the first.")]


class Follower:
    """Reads the events of studies as they are committed, until the service stops."""

    def __init__(self, request: Request, store: StoreDep) -> None:
        self._store = store
        self._closing: Closing = request.app.state.closing
        self._watcher: Watcher = request.app.state.watcher

    async def events(self, positions: dict[str, int]) -> AsyncIterator[tuple[str, StudyEvent | None]]:
        """Each event behind the studies' positions, which move along; nothing, once, for a study that is gone.

        The studies are named as the positions name them.
        """
        commits = self._watcher.subscribe()
        while positions and not self._closing.closed:
            heard = False
            for name, seen in list(positions.items()):
                found = await run_in_threadpool(self._read, name, seen)
                if found is None:
                    del positions[name]
                    yield name, None
                for event in found or ():
                    heard, positions[name] = True, event.seq
                    yield name, event
            if positions and not heard:
                await self._closing.change(commits, LOOK)

    def _read(self, name: str, seen: int) -> list[StudyEvent] | None:
        try:
            study = self._store.studies.get(name)
        except StudyNotFound:
            return None
        return list(self._store.events.read(study.id, seen)) if study.version > seen else []


Following = Annotated[Follower, Depends(Follower)]


@router.get("/studies/{study}/events", response_class=EventSourceResponse, responses=NOT_FOUND)
async def stream_events(
    study: StudyDep,
    follower: Following,
    after: Sequence = None,
    last_event_id: Annotated[int | None, Header(ge=0, description="As browsers send it when they reconnect.")] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Every event of the study from the first (or behind `Last-Event-ID`, or `after`), and each new one as it happens.

    `id` is the event's number, `event` its kind (`study`, `trial`, `run`, `metrics`), `data` its payload as JSON. The
    stream ends when the study is deleted or the service stops. The newest 10,000 events of the last day are kept: who
    asks for older ones hears `reset` with the number of the newest, loads the study anew, and goes on behind it.
    """
    async for _, event in follower.events({study.id: last_event_id if last_event_id is not None else after or 0}):
        if event is not None:
            data = orjson.dumps(dict(event.payload)).decode()
            yield ServerSentEvent(id=str(event.seq), event=event.kind, raw_data=data)


def get_positions(
    after: Annotated[
        str,
        Query(
            description="The studies, by name or id, each with the number of the event behind which it begins.",
            examples=["digits:120,which-optimizer:0"],
        ),
    ],
    last_event_id: Annotated[str | None, Header(description="As browsers send it; it replaces `after`.")] = None,
) -> dict[str, int]:
    """Study to the number of the last event that was seen of it."""
    pairs = [pair.rpartition(":") for pair in (last_event_id or after).split(",")]
    if len(pairs) > MOST:
        raise InvalidInput.at("after", f"one stream follows at most {MOST} studies, not {len(pairs)}; open another")
    if not all(name and number.isascii() and number.isdigit() and len(number) < 19 for name, _, number in pairs):
        raise InvalidInput.at("after", "write STUDY:NUMBER, with commas between them, e.g. `digits:120,other:0`")
    return {name: int(number) for name, _, number in pairs}


@router.get("/events", response_class=EventSourceResponse)
async def stream_events_of_several(
    positions: Annotated[dict[str, int], Depends(get_positions)], follower: Following
) -> AsyncIterator[ServerSentEvent]:
    """The events of several studies in one stream, because a browser opens only six to a service.

    `event` is the kind as in a study's own stream, `data` has the `study` as it was asked for, the event's `number` and
    its `payload`; `id` is what `after` would be to go on from there. A study that is deleted, or that never was, is
    told of once, as `gone`; the stream goes on while others are left.
    """
    async for name, event in follower.events(positions):
        data = {"study": name, "number": event.seq if event else 0, "payload": dict(event.payload) if event else {}}
        place = ",".join(f"{study}:{number}" for study, number in positions.items())
        yield ServerSentEvent(id=place, event=event.kind if event else "gone", raw_data=orjson.dumps(data).decode())
