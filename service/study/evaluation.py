"""The study's best trial on the test split: measured once, at the end, and used for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from service.errors import ArtifactNotFound
from service.study.active import ActiveStudy
from service.study.jobs import TERMINAL, Event, EventKind, Job, Pool, Resume
from service.study.ports import EngineStore
from service.study.records import Run, Trial
from service.study.states import RETRIES, FailureKind

BEST_CHECKPOINT = "best.ckpt"


class Evaluation:
    """Evaluates the best checkpoint of the best trial on a worker."""

    def __init__(self, active: ActiveStudy, store: EngineStore, pool: Pool, claim: Callable[[str], None]) -> None:
        self._active = active
        self._store = store
        self._pool = pool
        self._claim = claim
        self._pending: dict[str, asyncio.Future[Event]] = {}
        self.wants_worker = False
        """Whether it waits for a worker: no run of the same key starts before it."""

    def take(self, event: Event) -> bool:
        """Whether the event belongs to an evaluation that is under way."""
        waiting = self._pending.get(event.run_id)
        if waiting is None:
            return False
        if event.kind in TERMINAL and not waiting.done():
            waiting.set_result(event)
        return True

    async def of_best(self) -> Mapping[str, Any] | None:
        """The best trial's test metrics, or the reason why there are none; nothing without a best trial."""
        best = self._active.best()
        if best is None:
            return None
        run = await asyncio.to_thread(self._best_run, best)
        try:
            checkpoint = await asyncio.to_thread(self._store.artifact, run.id, BEST_CHECKPOINT)
        except ArtifactNotFound:
            return {"trial": best.number, "run": run.id, "metrics": {}, "reason": "its best checkpoint was not kept"}
        for _ in range(1 + RETRIES[FailureKind.WORKER_LOST]):
            event = await self._evaluate(best, run, checkpoint.sha256)
            if event.kind != EventKind.LOST:
                break
        if event.kind != EventKind.FINISHED:
            return {"trial": best.number, "run": run.id, "metrics": {}, "reason": str(event.payload["message"])}
        return {"trial": best.number, "run": run.id, "metrics": dict(event.payload["metrics"])}

    def _best_run(self, trial: Trial) -> Run:
        runs = [
            run
            for run in self._store.all_runs(self._active.study.id)
            if run.trial_id == trial.id and run.value is not None
        ]
        sign = -1.0 if self._active.definition.objective.direction == "maximize" else 1.0
        return min(runs, key=lambda run: sign * (run.value or 0.0))

    async def _evaluate(self, trial: Trial, run: Run, sha256: str) -> Event:
        config = {**trial.config, "seed": run.seed, "fold": run.fold}
        job = Job(
            run.id,
            run.attempt,
            self._active.key,
            config,
            resume=Resume(sha256, -1),
            artifacts="none",
            code=self._active.study.code,
            task="evaluate",
        )
        waiting: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self._pending[run.id] = waiting
        self._claim(run.id)
        self.wants_worker = True
        try:
            while not self._pool.can_start(self._active.key):
                await asyncio.sleep(0.05)
            self.wants_worker = False
            await self._pool.submit(job)
            return await waiting
        finally:
            self.wants_worker = False
            del self._pending[run.id]
