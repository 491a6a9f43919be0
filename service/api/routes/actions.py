"""Pause, resume, stop: write what is wanted, and if asked wait until it is so."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.status import HTTP_202_ACCEPTED

from service.api.dependencies import StoreDep, StudyDep
from service.api.schemas.actions import ActionResult
from service.api.schemas.refusals import CONFLICT, NOT_FOUND
from service.api.waiting import Closing
from service.errors import StudyNotFound
from service.storage.db.watcher import Watcher
from service.study.pending import pending
from service.study.records import Study
from service.study.states import Desired, RunningTrials, StudyState

router = APIRouter(tags=["studies"])

Wait = Annotated[float, Query(ge=0, le=60, description="Seconds to wait for it to be done before answering.")]
AtPause = Annotated[
    RunningTrials,
    Query(
        description="What becomes of the runs under way: `finish`, they train to their end; `checkpoint`, they end at "
        "their next batch and go on from there when the study is resumed."
    ),
]
AtStop = Annotated[
    RunningTrials,
    Query(
        description="What becomes of running trials: `finish`, they train to their end and count; `checkpoint`, they "
        "end at their next batch as CANCELLED and keep their curves so far. Who asked to `finish` can ask for "
        "`checkpoint` later."
    ),
]


class Actor:
    """Writes wishes, and waits for the engine to fulfil them."""

    def __init__(self, request: Request, store: StoreDep) -> None:
        self._store = store
        self._closing: Closing = request.app.state.closing
        self._watcher: Watcher = request.app.state.watcher

    async def towards(
        self, study: Study, desired: Desired, *, wait: float, running: RunningTrials = RunningTrials.FINISH
    ) -> ActionResult:
        """Want ``desired``; what is true when it is settled, or after ``wait`` seconds, comes back."""
        seen = await run_in_threadpool(self._store.desired_state.set, study.id, desired, running)
        if wait:
            try:
                seen = await self._closing.until(
                    self._watcher, lambda: self._store.studies.get(study.id), settled, wait
                )
            except StudyNotFound:
                if desired is not Desired.DELETED:
                    raise
                return ActionResult(state=seen.state, desired=desired, reason="deleted")
        return ActionResult(state=seen.state, desired=seen.desired, reason=pending(seen) or seen.reason)


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
async def pause_study(
    study: StudyDep, act: Act, wait: Wait = 0, running: AtPause = RunningTrials.FINISH
) -> ActionResult:
    """Start nothing more until the study is resumed."""
    return await act.towards(study, Desired.PAUSED, wait=wait, running=running)


@router.post("/studies/{study}:resume", status_code=HTTP_202_ACCEPTED, responses=NOT_FOUND | CONFLICT)
async def resume_study(study: StudyDep, act: Act, wait: Wait = 0) -> ActionResult:
    """Go on with a paused, stopped or failed study."""
    return await act.towards(study, Desired.RUNNING, wait=wait)


@router.post("/studies/{study}:stop", status_code=HTTP_202_ACCEPTED, responses=NOT_FOUND | CONFLICT)
async def stop_study(study: StudyDep, act: Act, wait: Wait = 0, running: AtStop = RunningTrials.FINISH) -> ActionResult:
    """End the study: no trial starts any more, and those that wait are cancelled."""
    return await act.towards(study, Desired.STOPPED, wait=wait, running=running)
