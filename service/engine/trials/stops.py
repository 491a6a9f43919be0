"""Asking running runs to end, and ending the worker of one that does not listen."""

from __future__ import annotations

from asyncio import Task, sleep
from collections.abc import Callable, Coroutine
from typing import Any

from service.engine.trials.active_trial import ActiveRun
from service.study.jobs import Pool

STOP_PATIENCE = 10.0
"""Seconds after which a run that ignores a stop loses its worker."""
UPLOAD_PATIENCE = 600.0
"""Seconds that the upload of its checkpoint may take; the patience with the run begins when that has ended."""


class Stops:
    """The one way in which a run is stopped."""

    def __init__(self, pool: Pool, spawn: Callable[[Coroutine[Any, Any, None]], Task[None]]) -> None:
        self._pool = pool
        self._spawn = spawn
        self._watches: dict[str, Task[None]] = {}

    def ask(self, run: ActiveRun, reason: str, *, release: bool) -> None:
        """Have a submitted run end: with ``release`` it goes back to WAITING, at a checkpoint; else it is CANCELLED.

        One whose trial is cut short ends with what it has come to, unless it is to come back. The newest wish counts;
        the patience with the run began with the first.
        """
        is_first = not run.stop_reason
        run.stop_reason, run.release = reason, release
        ends = run.cut_short and not release
        self._spawn(self._pool.end(run.run.id) if ends else self._pool.stop(run.run.id, checkpoint=release))
        if is_first:
            self._watch(run)

    def uploading(self, run: ActiveRun, *, ended: bool) -> None:
        """The run's worker has begun to upload a checkpoint, or it ``ended``."""
        run.uploading = not ended
        if run.stop_reason:
            self._watch(run)

    def _watch(self, run: ActiveRun) -> None:
        before = self._watches.get(run.run.id)
        if before is not None:
            before.cancel()
        watch = self._watches[run.run.id] = self._spawn(self._kill_later(run))
        watch.add_done_callback(lambda _: self._forget(run.run.id, watch))

    async def _kill_later(self, run: ActiveRun) -> None:
        start = run.run.starts
        await sleep(UPLOAD_PATIENCE if run.uploading else STOP_PATIENCE)
        if run.submitted and run.run.starts == start:  # else it did stop, and was started again since
            await self._pool.kill(run.run.id)

    def _forget(self, run_id: str, watch: Task[None]) -> None:
        if self._watches.get(run_id) is watch:
            del self._watches[run_id]
