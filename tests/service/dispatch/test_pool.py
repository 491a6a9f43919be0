"""How many workers a pool keeps, whatever carries their messages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from service.dispatch import wire
from service.dispatch.ledger import Placement
from service.dispatch.member import Connection, Death
from service.dispatch.options import PoolOptions
from service.dispatch.pool import IDLE_SECONDS, WarmPool
from service.study.jobs import Event, Finished, Job, PoolKey, Resources
from service.study.states import FailureKind

ONE = PoolKey(Resources(1))


class Line:
    """A worker that finishes each job at once, and lives until it is ended."""

    def __init__(self) -> None:
        self._said: asyncio.Queue[str | None] = asyncio.Queue()
        self._n_said = 0

    def send(self, message: str) -> None:
        match wire.decode(message).command:
            case wire.Submit(job):
                self._n_said += 1
                ended = Event(job.run_id, job.attempt, 0, Finished({}, None, 0, 0, 0.0))
                self._said.put_nowait(wire.encode(wire.Events(self._n_said, (ended,))))

    async def messages(self) -> AsyncIterator[str]:
        while (message := await self._said.get()) is not None:
            yield message

    async def death(self) -> Death:
        return Death(FailureKind.WORKER_LOST, "ended")

    def kill(self) -> None:
        self._said.put_nowait(None)


class Lines(WarmPool):
    """Room for five workers of one CPU."""

    async def _open(self) -> Mapping[str, Resources]:
        return {"here": Resources(5)}

    def _connect(self, spec: wire.WorkerSpec, placement: Placement) -> Connection:
        return Line()

    async def _shut(self) -> None:
        pass


async def test_two_workers_stay_warm_and_those_that_came_with_the_runs_go_when_idle(tmp_path: Path) -> None:
    pool = Lines(PoolOptions(str(tmp_path), tmp_path / "workers", workers=5))
    await pool.start(1)
    assert len(pool.workers()) == 2
    for number in range(4):
        await pool.submit(Job(f"run-{number}", 1, ONE, {}))
    assert len(pool.workers()) == 4
    heard = 0
    async for events in pool.events():
        heard += len(events)
        if heard == 4:
            break
    await pool.submit(Job("last", 1, ONE, {}))
    busy = next(worker.id for worker in pool.workers() if worker.run_id == "last")
    pool.retire_idle(time.monotonic())
    assert len(pool.workers()) == 4
    pool.retire_idle(time.monotonic() + IDLE_SECONDS)
    assert len(pool.workers()) == 2
    assert busy in {worker.id for worker in pool.workers()}
    await pool.close()
