"""The study's best trial on the test split: measured once, at the end, and used for nothing.

Each of its runs is measured, and the result is their mean: the run that did best on the validation data alone would
show how lucky a seed can be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

from experiments.reporting import BEST
from service.engine.context import EngineContext
from service.engine.state import ActiveStudy
from service.errors import ArtifactNotFound
from service.study.jobs import Ending, Event, Failed, Finished, Job, Lost, Refused, Resume
from service.study.records import Run, Trial
from service.study.replicates import sample_std
from service.study.states import INFRASTRUCTURE, RETRIES, FailureKind


class OtherCode(Exception):
    """A worker refused to measure: it has other code than the study was submitted with, as ``str()`` says."""


class Evaluation:
    """Evaluates the best checkpoint of each run of the best trial on a worker."""

    def __init__(
        self, active: ActiveStudy, context: EngineContext, claim: Callable[[str], None], wake: Callable[[], None]
    ) -> None:
        self._active = active
        self._context = context
        self._claim = claim
        self._wake = wake
        self._waiting: Job | None = None
        self._pending: dict[str, asyncio.Future[Ending]] = {}

    @property
    def wants_worker(self) -> bool:
        """Whether it waits for its turn."""
        return self._waiting is not None

    async def start(self) -> None:
        """Give the job that waits to the pool."""
        job, self._waiting = self._waiting, None
        if job is not None:
            await self._context.pool.submit(job)

    def take(self, event: Event) -> bool:
        """Whether the event belongs to an evaluation that is under way."""
        waiting = self._pending.get(event.run_id)
        if waiting is None:
            return False
        if isinstance(event.payload, Ending) and not waiting.done():
            waiting.set_result(event.payload)
        return True

    async def of_best(self) -> Mapping[str, Any] | None:
        """The best trial's test result, as ``Study.test_result`` describes it; nothing without a best trial.

        Raises:
            OtherCode: the code that the study was submitted with is not there.
        """
        best = self._active.best()
        if best is None:
            return None
        runs = [run for run in await asyncio.to_thread(self._runs) if run.trial_id == best.id]
        return _together(best, [await self._of_run(best, run) for run in runs])

    def _runs(self) -> Sequence[Run]:
        return self._context.store.runs.of_study(self._active.study.id)

    async def _of_run(self, trial: Trial, run: Run) -> dict[str, Any]:
        """One run's test metrics, or the reason why there are none."""
        place = {"run": run.id, "seed": run.seed, "fold": run.fold}
        try:
            checkpoint = await asyncio.to_thread(self._context.store.runs.artifact, run.id, BEST)
        except ArtifactNotFound:
            return {**place, "metrics": {}, "reason": "its best checkpoint was not kept"}
        n_lost = 0
        while True:
            end = await self._evaluate(trial, run, checkpoint.sha256)
            n_lost += isinstance(end, Lost) and end.failure not in INFRASTRUCTURE
            if not isinstance(end, Lost) or n_lost > RETRIES[FailureKind.WORKER_LOST]:
                break
        if isinstance(end, Refused):
            raise OtherCode(end.message)
        if isinstance(end, Failed | Lost):
            return {**place, "metrics": {}, "reason": end.message}
        metrics = dict(end.metrics) if isinstance(end, Finished) else {}
        return {**place, "metrics": metrics, "reason": "" if metrics else "its `test_step` logs nothing"}

    async def _evaluate(self, trial: Trial, run: Run, sha256: str) -> Ending:
        config = {**trial.config, "seed": run.seed, "fold": run.fold}
        job = Job(
            run.id,
            run.attempt,
            self._active.key,
            config,
            resume=Resume((sha256,), -1),
            artifacts="none",
            code=self._active.study.code,
            task="evaluate",
        )
        ended: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._pending[run.id], self._waiting = ended, job
        self._claim(run.id)
        self._wake()
        try:
            return await ended
        finally:
            del self._pending[run.id]


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
