"""What happens in a study, as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from service.api.dependencies import StoreDep, StudyDep
from service.api.schemas.refusals import NOT_FOUND
from service.api.waiting import Closing
from service.errors import StudyNotFound
from service.storage.db.watcher import Watcher

router = APIRouter(tags=["studies"])
LOOK = 5.0
"""Seconds after which the stream looks even if nobody woke it."""
Sequence = Annotated[int | None, Query(ge=0, description="Begin behind this event; by default at the first.")]


@router.get("/studies/{study}/events", response_class=EventSourceResponse, responses=NOT_FOUND)
async def stream_events(
    request: Request,
    study: StudyDep,
    store: StoreDep,
    after: Sequence = None,
    last_event_id: Annotated[int | None, Header(ge=0, description="As browsers send it when they reconnect.")] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Every event of the study from the first (or behind `Last-Event-ID`, or `after`), and each new one as it happens.

    `id` is the event's number, `event` its kind (`study`, `trial`, `run`, `metrics`), `data` its payload as JSON. The
    stream ends when the study is deleted or the service stops. The newest 10,000 events of the last day are kept: who
    asks for older ones hears `reset` with the number of the newest, loads the study anew, and goes on behind it.
    """
    seen = last_event_id if last_event_id is not None else after or 0
    closing: Closing = request.app.state.closing
    watcher: Watcher = request.app.state.watcher
    commits = watcher.subscribe()
    while not closing.closed:
        events = await run_in_threadpool(store.events.read, study.id, seen)
        for event in events:
            seen = event.seq
            yield ServerSentEvent(
                id=str(event.seq), event=event.kind, raw_data=orjson.dumps(dict(event.payload)).decode()
            )
        if events:
            continue
        try:
            await run_in_threadpool(store.studies.get, study.id)
        except StudyNotFound:
            return
        await closing.change(commits, LOOK)
