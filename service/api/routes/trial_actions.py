"""Cancel, retry, exclude a trial: write what is wanted, and if asked wait until it is so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.status import HTTP_202_ACCEPTED

from service.api.dependencies import PresenterDep, StoreDep, StudyDep
from service.api.http.documents import body_of, read_as, read_mapping
from service.api.routes.actions import Wait
from service.api.schemas import studies as schemas
from service.api.schemas.actions import TrialActionResult, TrialPatch
from service.api.schemas.examples import TRIAL_PATCH
from service.api.schemas.refusals import CONFLICT, NOT_FOUND, problems
from service.api.waiting import Closing
from service.storage.db.watcher import Watcher
from service.study.pending import pending_trial
from service.study.records import Study, Trial

router = APIRouter(tags=["trials"])

Number = Annotated[int, Path(ge=0, le=2**31 - 1, description="The trial's number.")]


@dataclass(frozen=True)
class Seen:
    """A trial, and the numbers of those that repeat it."""

    trial: Trial
    repeats: Sequence[int]


class TrialActor:
    """Looks at a trial of which something is wanted until the engine has done it."""

    def __init__(self, request: Request, store: StoreDep) -> None:
        self.store = store
        self._closing: Closing = request.app.state.closing
        self._watcher: Watcher = request.app.state.watcher

    async def until(
        self, study: Study, number: int, settled: Callable[[Seen], bool], wait: float = 0
    ) -> TrialActionResult:
        """What is true when it is settled, or after ``wait`` seconds."""

        def look() -> Seen:
            return Seen(self.store.trials.get(study.id, number), self.store.trials.repeats(study.id, number))

        seen = await self._closing.until(self._watcher, look, settled, wait)
        return TrialActionResult(
            trial=number,
            state=seen.trial.state,
            excluded=seen.trial.excluded,
            retried_as=seen.repeats[-1] if seen.repeats else None,
            reason=pending_trial(seen.trial) or seen.trial.reason,
        )


Act = Annotated[TrialActor, Depends(TrialActor)]


@router.post("/studies/{study}/trials/{number}:cancel", status_code=HTTP_202_ACCEPTED, responses=NOT_FOUND | CONFLICT)
async def cancel_trial(study: StudyDep, number: Number, act: Act, wait: Wait = 0) -> TrialActionResult:
    """End a trial that waits or runs; it is CANCELLED, keeps its curves so far, and another is drawn in its place."""
    await run_in_threadpool(act.store.trial_actions.cancel, study.id, number)
    return await act.until(study, number, lambda seen: seen.trial.state.ended, wait)


@router.post("/studies/{study}/trials/{number}:retry", status_code=HTTP_202_ACCEPTED, responses=NOT_FOUND | CONFLICT)
async def retry_trial(study: StudyDep, number: Number, act: Act, wait: Wait = 0) -> TrialActionResult:
    """Train a trial that did not complete once more, as a new trial with the same configuration and seeds."""
    await run_in_threadpool(act.store.trial_actions.retry, study.id, number)
    return await act.until(study, number, lambda seen: len(seen.repeats) >= seen.trial.retries_wanted, wait)


@router.post("/studies/{study}/trials/{number}:exclude", status_code=HTTP_202_ACCEPTED, responses=NOT_FOUND | CONFLICT)
async def exclude_trial(study: StudyDep, number: Number, act: Act) -> TrialActionResult:
    """Leave a trial that has ended out of the ranking, and let the sampler forget it."""
    await run_in_threadpool(act.store.trial_actions.set_excluded, study.id, number, True)
    return await act.until(study, number, lambda _: True)


@router.post("/studies/{study}/trials/{number}:include", status_code=HTTP_202_ACCEPTED, responses=NOT_FOUND | CONFLICT)
async def include_trial(study: StudyDep, number: Number, act: Act) -> TrialActionResult:
    """Let a trial that was excluded count again."""
    await run_in_threadpool(act.store.trial_actions.set_excluded, study.id, number, False)
    return await act.until(study, number, lambda _: True)


@router.patch(
    "/studies/{study}/trials/{number}",
    openapi_extra=body_of("TrialPatch", TRIAL_PATCH, yaml=False),
    responses=NOT_FOUND | problems(413, 415),
)
def change_trial(
    study: StudyDep,
    number: Number,
    changes: Annotated[dict[str, Any], Depends(read_mapping)],
    store: StoreDep,
    presenter: PresenterDep,
) -> schemas.TrialDetail:
    """Change a trial's notes or tags; nothing else of a trial ever changes."""
    given = read_as(TrialPatch, changes).model_dump(mode="json", exclude_unset=True)
    return presenter.trial(study, store.trial_actions.annotate(study.id, number, given))
