"""The study's best trial on the test split: measured once, at the end, and used for nothing.

Each of its runs is measured, and the result is their mean: the run that did best on the validation data alone would
show how lucky a seed can be. What holds for a training holds here: its time is limited, it is begun again when its
worker is lost, and it ends when the study is to end or to pause. But it has nothing to lose, so its worker is ended at
once then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any

from experiments.reporting import BEST
from service.engine.context import EngineContext
from service.engine.state import ActiveStudy
from service.engine.transitions import Transition
from service.engine.trials.active_trial import ActiveRun
from service.engine.trials.time_limit import TimeLimit
from service.engine.writer import StudyWriter
from service.errors import ArtifactNotFound
from service.study.jobs import Ending, Event, Failed, Finished, Job, Lost, Refused, Resume, Started
from service.study.records import Run, Trial
from service.study.replicates import sample_std
from service.study.states import INFRASTRUCTURE, FailureKind

NOT_KEPT = "its best checkpoint was not kept"


class OtherCode(Exception):
    """A worker refused to measure: it has other code than the study was submitted with, as ``str()`` says."""


class GivenUp(Exception):
    """The study is to end, or to pause, without the result."""


class Evaluation:
    """Evaluates the best checkpoint of each run of the best trial on a worker, one after the other."""

    def __init__(
        self,
        active: ActiveStudy,
        context: EngineContext,
        writer: StudyWriter,
        claim: Callable[[str], None],
        wake: Callable[[], None],
        show: Callable[[str], None],
    ) -> None:
        """``show`` says why the study is still RUNNING."""
        self._active = active
        self._context = context
        self._writer = writer
        self._claim = claim
        self._wake = wake
        self._show = show
        self._time_limit = TimeLimit(active.definition.limits.run_hours, self._time_out)
        self._run: ActiveRun | None = None
        """What is being measured, or waits for it."""
        self._waiting: Job | None = None
        self._ended: asyncio.Future[Ending] | None = None
        self._given_up = False

    @property
    def wants_worker(self) -> bool:
        """Whether it waits for its turn."""
        return self._waiting is not None

    @property
    def is_alone(self) -> bool:
        """Whether nothing else may train beside it."""
        return self._run is not None and self._run.is_alone

    async def start(self) -> None:
        """Give the job that waits to the pool."""
        job, self._waiting = self._waiting, None
        if job is not None and self._run is not None:
            self._run.submitted = True
            Transition("test", self._run.run.trial_number, job.run_id).log(self._active.study.id)
            await self._context.pool.submit(job)

    def take(self, event: Event) -> bool:
        """Whether the event belongs to an evaluation that is under way.

        It need not be asked of which start: the pool says nothing of a worker once it is lost, and one that evaluates
        for an engine before this one is ended unheard, because its run has ended (`Pool.claim`).
        """
        if self._run is None or event.run_id != self._run.run.id:
            return False
        if isinstance(event.payload, Started):
            self._run.training = True
        elif isinstance(event.payload, Ending) and self._ended is not None and not self._ended.done():
            self._run.submitted = self._run.training = False
            self._ended.set_result(event.payload)
        return True

    def look(self, now: float) -> None:
        """Count the time of what a worker measures."""
        self._time_limit.look(now, [self._run] if self._run is not None else [])

    def give_up(self) -> None:
        """Let what is under way end without a result."""
        if self._given_up or self._ended is None:
            return
        self._given_up = True
        if self._run is not None and self._run.submitted:
            self._end_worker(self._run)
        elif not self._ended.done():
            self._waiting = None
            self._ended.set_exception(GivenUp())

    async def of_best(self) -> Mapping[str, Any] | None:
        """The best trial's test result, as ``Study.test_result`` describes it; nothing without a best trial, or if
        that was trained elsewhere.

        Raises:
            OtherCode: the code that the study was submitted with is not there.
            GivenUp: the study is to end, or to pause, before that.
        """
        best = self._active.results.best()
        if best is None or self._active.key.elsewhere:
            return None
        self._given_up = False
        self._show(f"trial {best.number}, the best, is measured on the test split")
        try:
            runs = [run for run in await asyncio.to_thread(self._runs) if run.trial_id == best.id]
            return _together(best, [await self._of_run(best, run) for run in runs])
        finally:
            self._run = self._ended = None

    def _runs(self) -> Sequence[Run]:
        return self._context.store.runs.of_study(self._active.study.id)

    async def _of_run(self, trial: Trial, run: Run) -> dict[str, Any]:
        """One run's test metrics with the hash of the data, or the reason why there are none."""
        place = {"run": run.id, "seed": run.seed, "fold": run.fold, "data_hash": ""}
        try:
            checkpoint = await asyncio.to_thread(self._context.store.runs.artifact, run.id, BEST)
        except ArtifactNotFound:
            return {**place, "metrics": {}, "reason": self._why_without()}
        end = await self._end_of(trial, ActiveRun(run), checkpoint.sha256)
        if isinstance(end, Refused):
            raise OtherCode(end.message)
        if isinstance(end, Failed | Lost):
            return {**place, "metrics": {}, "reason": end.message}
        if not isinstance(end, Finished) or not end.metrics:
            return {**place, "metrics": {}, "reason": "its `test_step` logs nothing"}
        return {**place, "data_hash": end.data_hash, "metrics": dict(end.metrics), "reason": ""}

    def _why_without(self) -> str:
        if self._active.definition.artifacts.keep != "none":
            return NOT_KEPT
        name = self._active.study.name
        return (
            f"{NOT_KEPT}, because of `artifacts: none`; what "
            f"`studyhall best {name}` prints, submitted with `artifacts: best`, is measured"
        )

    async def _end_of(self, trial: Trial, run: ActiveRun, sha256: str) -> Ending:
        """The end of the last attempt, after as many as a training would have."""
        attempt = 1
        while True:
            end = await self._evaluate(trial, run, sha256)
            if self._given_up:
                raise GivenUp
            if not isinstance(end, Failed | Lost):
                break
            if run.timed_out:
                return Failed(FailureKind.TIMEOUT, run.stop_reason)
            uses_attempt = end.failure not in INFRASTRUCTURE
            is_last = uses_attempt and not run.use_attempt(end.failure, attempt)
            self._tell(run, attempt, end, is_last=is_last)
            if is_last:
                tried = f" (after {attempt} attempts)" if attempt > 1 else ""
                return replace(end, message=end.message + tried)
            attempt += uses_attempt
        return end

    async def _evaluate(self, trial: Trial, run: ActiveRun, sha256: str) -> Ending:
        if self._given_up:
            raise GivenUp
        record = run.run = replace(run.run, starts=run.run.starts + 1)
        job = Job(
            record.id,
            record.starts,
            self._active.key,
            {**trial.config, "seed": record.seed, "fold": record.fold},
            resume=Resume((sha256,), -1),
            artifacts="none",
            code=self._active.study.code,
            task="evaluate",
            alone=run.is_alone,
        )
        self._run, self._waiting = run, job
        self._ended = asyncio.get_running_loop().create_future()
        self._claim(record.id)
        self._wake()
        return await self._ended

    def _time_out(self, run: ActiveRun, reason: str) -> None:
        run.stop_reason = reason
        self._end_worker(run)

    def _end_worker(self, run: ActiveRun) -> None:
        self._context.spawn(self._context.pool.kill(run.run.id))

    def _tell(self, run: ActiveRun, attempt: int, end: Failed | Lost, *, is_last: bool) -> None:
        """Write into the run's log what went wrong."""
        what = (end.traceback if isinstance(end, Failed) else "") or f"{end.message}\n"
        again = "" if is_last else "it is begun again\n"
        text = f"on the test split, attempt {attempt}: {what}{again}"
        self._writer.post(lambda tx: tx.append_log(run.run.id, text))


def _together(trial: Trial, runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The mean of the runs that were measured, and how far they spread."""
    measured = [run["metrics"] for run in runs if run["metrics"]]
    names = sorted(set.intersection(*map(set, measured))) if measured else []
    values = {name: [metrics[name] for metrics in measured] for name in names}
    reasons = [run["reason"] for run in runs if run["reason"]]
    return {
        "trial": trial.number,
        "n": len(measured),
        "metrics": {name: fmean(listed) for name, listed in values.items()},
        "std": {name: sample_std(listed) for name, listed in values.items()},
        "reason": reasons[0] if reasons else "",
        "runs": list(runs),
    }
