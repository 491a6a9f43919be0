"""The real engine over the real store in simulated time, with workers that follow a script."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta, tzinfo
from queue import Empty, SimpleQueue
from typing import Any, ClassVar

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import event

from service.engine.engine import Engine
from service.engine.writer import Operation, Write, Writer
from service.storage.store import Store
from service.study.jobs import Pool
from service.study.ports import EngineStore
from tests.support.simulated_time import SimulatedLoop

ROUND_SECONDS = 60.0
"""Between two heartbeats, and two acknowledgments: nothing comes to anything else if there are fewer."""
LOOK_SECONDS = 4.0
"""Between two looks that nothing calls for, by which budgets of time are kept."""


class Commits:
    """Tells at once of every commit."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted = asyncio.Event()
        event.listen(database, "commit", self._note)

    async def wait(self, timeout: float) -> bool:
        """See ``service.engine.leading.Changes``."""
        try:
            async with asyncio.timeout(timeout):
                await self._noted.wait()
        except TimeoutError:
            return False
        self._noted.clear()
        return True

    def close(self) -> None:
        """Tell of nothing any more."""
        event.remove(self._database, "commit", self._note)

    def _note(self, _: object) -> None:
        self._noted.set()


class LoopWriter(Writer):
    """Commits what has gathered in a later step of the loop, instead of in a thread."""

    def __init__(self, store: EngineStore, epoch: int) -> None:
        self._store, self._epoch = store, epoch
        self._queue: SimpleQueue[Write | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._is_lost = False

    def put(self, operation: Operation) -> Future[None]:
        """Commit the operation soon."""
        future: Future[None] = Future()
        self._queue.put((operation, future))
        self._loop.call_soon(self._commit_gathered)
        return future

    def lose(self) -> None:
        """Its process is killed: what is not committed never is."""
        self._is_lost = True

    def close(self) -> None:
        """Commit what is queued."""
        self._commit_gathered()

    def _commit_gathered(self) -> None:
        try:
            item = None if self._is_lost else self._queue.get_nowait()
        except Empty:
            return
        if item is not None and (group := self._gather(item)[0]):
            self._commit(group)


class SimulatedDatetime(datetime):
    """The date of a loop."""

    loop: ClassVar[SimulatedLoop]

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        """So many seconds after the beginning of a year."""
        assert tz is UTC
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=cls.loop.time())


class SimulatedService:
    """One store, and one engine after the other on it."""

    def __init__(self, database: Database, look_seconds: float = LOOK_SECONDS) -> None:
        self.loop = SimulatedLoop()
        self.store = Store(database)
        self._commits = Commits(database)
        self._writers: list[LoopWriter] = []
        self._stopped = asyncio.Event()
        self._working: asyncio.Task[None] | None = None
        self._patch = pytest.MonkeyPatch()
        self._patch.setattr("service.engine.engine.Writer", self._writer)
        self._patch.setattr("service.engine.leading._beat_until", lambda *_: None)  # a thread's, while the pool starts
        self._patch.setattr("service.engine.engine.LOOK", look_seconds)
        for place in ("engine.HEARTBEAT", "leading.ACKNOWLEDGE"):
            self._patch.setattr(f"service.engine.{place}", ROUND_SECONDS)
        SimulatedDatetime.loop = self.loop
        for module in ("writes.engine_writes", "db.rows"):
            self._patch.setattr(f"service.storage.{module}.datetime", SimulatedDatetime)

    def start(self, pool: Pool, *, hands_over: bool = False) -> None:
        """Begin to work with these workers."""
        self._stopped = asyncio.Event()
        engine = Engine(self.store, pool, self._commits, "test", stop_grace=5, hands_over=hands_over)
        self._working = self.loop.create_task(engine.run(self._stopped))

    def let_pass(self, seconds: float, **limits: float) -> None:
        """Let the engine work for so long; it never ends by itself."""
        self.loop.let_pass(seconds, **limits)
        if self._working is not None and self._working.done():
            self._working.result()

    def until(self, holds: Callable[[], bool], within: float) -> bool:
        """Let the engine work until something holds, or for so many seconds; whether it holds."""
        end = self.loop.time() + within
        self.let_pass(0.0)
        while not (held := holds()) and self.loop.time() < end:
            self.let_pass(20.0)
        return held

    def stop(self) -> None:
        """End the engine as the supervisor does."""
        self._stopped.set()
        self._end()

    def crash(self) -> None:
        """End the engine where it stands."""
        for writer in self._writers:
            writer.lose()
        if self._working is not None:
            self._working.cancel()
        self._end()

    def close(self) -> None:
        """End whatever is under way."""
        self.loop.end()
        self._commits.close()
        self._patch.undo()

    def _writer(self, store: EngineStore, epoch: int) -> LoopWriter:
        writer = LoopWriter(store, epoch)
        self._writers = [writer]
        return writer

    def _end(self) -> None:
        working, self._working = self._working, None
        if working is not None:
            self.loop.let_pass(30.0)
            assert working.done(), "the engine does not end"
            if not working.cancelled():
                working.result()
