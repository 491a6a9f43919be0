"""Asking running runs to end, and ending the worker of one that does not listen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from service.engine.state import ActiveRun
from service.study.jobs import Pool

STOP_PATIENCE = 10.0
"""Seconds after which a run that ignores a stop loses its worker."""


class Stops:
    """The one way in which a run is stopped."""

    def __init__(self, pool: Pool, spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]) -> None:
        self._pool = pool
        self._spawn = spawn

    def ask(self, run: ActiveRun, reason: str, *, release: bool) -> None:
        """Have a submitted run end: with ``release`` it goes back to WAITING, at a checkpoint; else it is CANCELLED.

        The newest wish counts; the patience with the run began with the first.
        """
        is_first = not run.stop_reason
        run.stop_reason, run.release = reason, release
        self._spawn(self._stop(run, release=release, watch=is_first))

    async def _stop(self, run: ActiveRun, *, release: bool, watch: bool) -> None:
        start = run.starts
        await self._pool.stop(run.run.id, checkpoint=release)
        if not watch:
            return
        await asyncio.sleep(STOP_PATIENCE)
        if run.submitted and run.starts == start:  # else it did stop, and was started again since
            await self._pool.kill(run.run.id)
