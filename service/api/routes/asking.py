"""Trials that are trained elsewhere: ask for one, report its curves, tell what it came to.

What is asked and said becomes rows; the engine acts on them, and its answer is a row too, which is waited for here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool

from experiments.errors import InvalidInput
from experiments.reporting import Decision
from service.api.dependencies import IdempotencyKey, StoreDep, StudyDep
from service.api.http.documents import body_of, read_as, read_mapping
from service.api.schemas.asking import Asked, Reported, Told, TrialReport, TrialResult
from service.api.schemas.examples import REPORT, RESULT
from service.api.schemas.refusals import CONFLICT, NOT_FOUND, problems
from service.api.waiting import Closing
from service.errors import Conflict, Invalid, Unavailable
from service.storage.db.watcher import Watcher
from service.study.asks import DEFAULT_LEASE, LONGEST_LEASE, Ask, Said
from service.study.records import Run, Study
from service.study.states import RunState

router = APIRouter(tags=["trials"])

T = TypeVar("T")
Wait = Annotated[float, Query(ge=0, le=60, description="Seconds to wait for it.")]
Lease = Annotated[
    float,
    Query(ge=1, le=LONGEST_LEASE, description="Seconds without a report after which the run is given to another."),
]
Number = Annotated[int, Path(ge=0, le=2**31 - 1, description="The trial's number.")]
Body = Annotated[dict[str, Any], Depends(read_mapping)]
REFUSED = NOT_FOUND | CONFLICT | problems(413, 415, 503)


@dataclass(frozen=True)
class Seen:
    """An ask with its run, as they are now, and the study."""

    ask: Ask
    run: Run | None
    study: Study

    @property
    def is_given(self) -> bool:
        """Whether the run is known to have begun: before that is stored, it could be another's."""
        return self.run is not None and self.run.state is not RunState.WAITING


class Desk:
    """Looks at rows until the engine has acted on what was written."""

    def __init__(self, request: Request, store: StoreDep) -> None:
        self.store = store
        self._closing: Closing = request.app.state.closing
        self._watcher: Watcher = request.app.state.watcher

    async def until(self, look: Callable[[], T], settled: Callable[[T], bool], wait: float) -> T:
        """What is seen when it is settled, or after ``wait`` seconds."""
        return await self._closing.until(self._watcher, look, settled, wait)

    def see(self, ask_id: str) -> Seen:
        """How things stand with an ask."""
        ask = self.store.asks.get(ask_id)
        run = self.store.runs.get(ask.run_id) if ask.run_id is not None else None
        return Seen(ask, run, self.store.studies.get(ask.study_id))

    def held(self, study: Study, number: int, ask_id: str) -> tuple[Ask, Run]:
        """The ask, and the run of this trial that was given to it.

        Raises:
            AskNotFound: there is no such ask.
            Conflict: it has another trial.
        """
        seen = self.see(ask_id)
        if seen.run is None or (seen.run.study_id, seen.run.trial_number) != (study.id, number):
            raise Conflict(
                f"{ask_id} was not given trial {number} of study {study.name!r}; name the trial it came with"
            )
        return seen.ask, seen.run


AtDesk = Annotated[Desk, Depends(Desk)]


@router.post("/studies/{study}:ask", responses=NOT_FOUND | CONFLICT)
async def ask_trial(
    study: StudyDep,
    desk: AtDesk,
    wait: Wait = 10,
    lease: Lease = DEFAULT_LEASE,
    idempotency_key: IdempotencyKey = None,
) -> Asked:
    """Take a trial of a study that says `experiment: elsewhere`, to train it where one is.

    Without a trial after ``wait`` seconds, because the study is paused, say, or enough trials run, one asks again.
    With an Idempotency-Key the same request again gives the same trial.
    """
    ask = await run_in_threadpool(desk.store.asks.open, study.id, lease, idempotency_key)
    seen = await desk.until(lambda: desk.see(ask.id), lambda s: s.is_given or s.ask.over or s.study.state.ended, wait)
    if not seen.is_given:
        withdrawn = await run_in_threadpool(desk.store.asks.withdraw, ask.id)
        if withdrawn.run_id is None:
            return _none(seen.study, lease)
        seen = await desk.until(lambda: desk.see(ask.id), lambda s: s.is_given or s.ask.over, 60)
    if seen.run is None or not seen.is_given:
        return _none(seen.study, lease)
    await run_in_threadpool(desk.store.asks.beat, ask.id)
    trial = await run_in_threadpool(desk.store.trials.get, study.id, seen.run.trial_number)
    return Asked(
        ask=ask.id,
        trial=trial.number,
        configuration=dict(trial.config["parameters"]),
        parameters=dict(trial.parameters),
        seed=seen.run.seed,
        fold=seen.run.fold,
        lease=seen.ask.lease,
        state=seen.study.state,
        reason=seen.study.reason,
    )


@router.post(
    "/studies/{study}/trials/{number}/report",
    openapi_extra=body_of("TrialReport", REPORT, yaml=False),
    responses=REFUSED,
)
async def report_trial(study: StudyDep, number: Number, body: Body, desk: AtDesk, wait: Wait = 30) -> Reported:
    """Points of a trial's curves; what comes back says whether it goes on.

    The same points again change nothing. The pruner judges the last point of each report.
    """
    report = read_as(TrialReport, body)
    ask, run = await run_in_threadpool(desk.held, study, number, report.ask)
    if run.state.ended or not _is_its_own(ask, run):
        return _decided(run, Decision.STOP)
    if not report.points:
        await run_in_threadpool(desk.store.asks.beat, ask.id)
        return _decided(run, Decision.CONTINUE)
    _within_epochs(study, run, report)
    points = {"points": [point.model_dump(mode="json") for point in report.points]}
    message = await run_in_threadpool(desk.store.asks.say, ask.id, Said.REPORT, points)
    last = report.points[-1].step

    def look() -> tuple[str | None, Run]:
        return desk.store.asks.answer_to(message), desk.store.runs.get(run.id)

    def settled(found: tuple[str | None, Run]) -> bool:
        """What is answered is stored: the points, or that the run ended, or is another's."""
        answer, now = found
        if answer is None or answer == Decision.PRUNE:
            return now.state.ended
        return now.state.ended or now.recorded_step >= last or not _is_its_own(ask, now)

    answer, now = await desk.until(look, settled, wait)
    if not settled((answer, now)):
        raise Unavailable("the engine has not answered yet; send the same report again")
    return _decided(now, Decision(answer or Decision.CONTINUE))


@router.post(
    "/studies/{study}/trials/{number}:tell",
    openapi_extra=body_of("TrialResult", RESULT, yaml=False),
    responses=REFUSED,
)
async def tell_trial(study: StudyDep, number: Number, body: Body, desk: AtDesk, wait: Wait = 30) -> Told:
    """End a trial with its value, or with a failure; told again, it is answered as the first time."""
    result = read_as(TrialResult, body)
    ask, run = await run_in_threadpool(desk.held, study, number, result.ask)
    if not run.state.ended:
        if not _is_its_own(ask, run):
            reason = f"nothing was heard for {ask.lease:g} s, or the study was paused"
            raise Conflict(f"trial {number} is not this asker's any more ({reason}); ask for another trial")
        if result.value is None and result.failure is None and run.recorded_step < 0:
            raise Invalid.of(InvalidInput.at("value", "give the trial's value, or report its curve before"))
        payload = result.model_dump(mode="json", exclude={"ask"})
        await run_in_threadpool(desk.store.asks.say, ask.id, Said.TELL, payload)
        run = await desk.until(lambda: desk.store.runs.get(run.id), lambda now: now.state.ended, wait)
    if not run.state.ended:
        raise Unavailable("the engine has not answered yet; send the same result again")
    return Told(trial=number, state=run.state, value=run.value, reason=run.reason)


def _within_epochs(study: Study, run: Run, report: TrialReport) -> None:
    """Epochs that are counted were reserved before the run began: not more of them are taken from it."""
    limit, budget = study.definition["limits"]["trial_epochs"], study.budget.get("epochs")
    if limit is None and budget is None:
        return
    most = min(run.planned_epochs, limit or run.planned_epochs)
    for place, point in enumerate(report.points):
        if (epoch := point.step if point.epoch is None else point.epoch) > most:
            counting = "budget.epochs" if limit is None else "limits.trial_epochs"
            message = f"{epoch} is beyond epoch {most}, its last, as {counting} counts them; tell its result"
            raise Invalid.of(InvalidInput.at(f"points.{place}.epoch", message))


def _none(study: Study, lease: float) -> Asked:
    reason = study.reason or "no trial is free now; ask again"
    nothing: dict[str, Any] = {"ask": None, "trial": None, "configuration": {}, "parameters": {}}
    return Asked(**nothing, seed=None, fold=None, lease=lease, state=study.state, reason=reason)


def _is_its_own(ask: Ask, run: Run) -> bool:
    return not ask.over and run.state is RunState.RUNNING and run.starts == ask.start


def _decided(run: Run, decision: Decision) -> Reported:
    if run.state.ended:
        decision = Decision.PRUNE if run.state is RunState.PRUNED else Decision.STOP
    return Reported.model_validate({"decision": decision.value, "state": run.state, "reason": run.reason})
