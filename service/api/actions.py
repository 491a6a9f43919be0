"""Pause, resume, stop: write what is wanted, and if asked wait until it is so."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.status import HTTP_202_ACCEPTED

from service.api import schemas
from service.api.dependencies import StoreDep, StudyDep
from service.api.responses import CONFLICT, NOT_FOUND
from service.api.waiting import Closing
from service.errors import StudyNotFound
from service.storage.watch import Watcher
from service.study.records import Study
from service.study.states import Desired, StudyState

router = APIRouter(tags=["studies"])

Wait = Annotated[float, Query(ge=0, le=60, description="Seconds to wait for it to be done before answering.")]
Running = Annotated[
    Literal["finish", "checkpoint"],
    Query(description="What becomes of running runs: they finish, or they end at a checkpoint."),
]


class Actor:
    """Writes wishes, and waits for the engine to fulfil them."""

    def __init__(self, request: Request, store: StoreDep) -> None:
        self._store = store
        self._closing: Closing = request.app.state.closing
        self._watcher: Watcher = request.app.state.watcher

    async def towards(
        self, study: Study, desired: Desired, *, wait: float, running: str = "finish"
    ) -> schemas.ActionResult:
        """Want ``desired``; what is true when it is settled, or after ``wait`` seconds, comes back."""
        seen = await run_in_threadpool(self._store.set_desired, study.id, desired, running)
        if wait:
            try:
                seen = await self._closing.until(self._watcher, lambda: self._store.study(study.id), settled, wait)
            except StudyNotFound:
                if desired is not Desired.DELETED:
                    raise
                return schemas.ActionResult(state=seen.state, desired=desired, reason="deleted")
        return schemas.ActionResult(state=seen.state, desired=seen.desired, reason=seen.reason)


Act = Annotated[Actor, Depends(Actor)]


def settled(study: Study) -> bool:
    """Whether the study is as it is wanted; a deleted one never is, its end is that it cannot be found."""
    if study.desired is Desired.DELETED:
        return False
    if study.desired is Desired.PAUSED:
        return study.state is StudyState.PAUSED or study.state.ended
    if study.desired is Desired.STOPPED:
        return study.state.ended
    return study.state is StudyState.RUNNING


@router.post("/studies/{study}:pause", status_code=HTTP_202_ACCEPTED, responses=NOT_FOUND | CONFLICT)
async def pause_study(study: StudyDep, act: Act, wait: Wait = 0, running: Running = "finish") -> schemas.ActionResult:
    """Start no more trials until the study is resumed."""
    return await act.towards(study, Desired.PAUSED, wait=wait, running=running)


@router.post("/studies/{study}:resume", status_code=HTTP_202_ACCEPTED, responses=NOT_FOUND | CONFLICT)
async def resume_study(study: StudyDep, act: Act, wait: Wait = 0) -> schemas.ActionResult:
    """Go on with a paused, stopped or failed study."""
    return await act.towards(study, Desired.RUNNING, wait=wait)


@router.post("/studies/{study}:stop", status_code=HTTP_202_ACCEPTED, responses=NOT_FOUND | CONFLICT)
async def stop_study(study: StudyDep, act: Act, wait: Wait = 0, running: Running = "finish") -> schemas.ActionResult:
    """End the study."""
    return await act.towards(study, Desired.STOPPED, wait=wait, running=running)
