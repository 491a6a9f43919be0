"""The engine's one writer: a thread that commits whatever has gathered in one transaction (group commit).

Writes are committed in the order in which they were put, and behind one of a study that cannot be written comes none
of that study's any more. So who puts one and then another never sees the second without the first. Each transaction
carries the engine's epoch, which the database checks: an engine that was replaced while it slept writes nothing any
more, whatever it still believes.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic, sleep

from service.study.ports import EngineStore, Transaction

Operation = Callable[[Transaction], None]
Write = tuple[Operation, Future[None]]
Failed = Callable[[BaseException], None]
_REST = 0.002, 0.02
"""Seconds, at least and at most, that a write waits for others: as long as the last transaction took. What an event
leads to, and what comes with it, so costs one transaction and not several."""


class Writer:
    """Writes for one epoch of leadership."""

    def __init__(self, store: EngineStore, epoch: int) -> None:
        self._store = store
        self._epoch = epoch
        self._queue: SimpleQueue[Write | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    async def write(self, operation: Operation) -> None:
        """Return once the operation is committed; raise what it raised."""
        await asyncio.wrap_future(self.put(operation))

    async def flush(self) -> None:
        """Return once everything that was put so far is committed, or could not be."""
        await self.write(lambda _: None)

    def close(self) -> None:
        """Commit what is queued and end the thread."""
        self._queue.put(None)
        self._thread.join()

    def put(self, operation: Operation) -> Future[None]:
        """Commit the operation soon, after everything that was put before it."""
        future: Future[None] = Future()
        self._queue.put((operation, future))
        return future

    def _work(self) -> None:
        rest = _REST[0]
        while (item := self._queue.get()) is not None:
            sleep(rest)
            group, ends = self._gather(item)
            began = monotonic()
            if group:
                self._commit(group)
            if ends:
                return
            rest = min(max(_REST[0], monotonic() - began), _REST[1])

    def _gather(self, item: Write | None) -> tuple[list[Write], bool]:
        """This write and those behind it, less those nobody waits for any more; and whether the end was among them."""
        group = []
        while item is not None:
            if item[1].set_running_or_notify_cancel():
                group.append(item)
            try:
                item = self._queue.get_nowait()
            except Empty:
                return group, False
        return group, True

    def _commit(self, group: list[Write]) -> None:
        """The whole group at once; if one of it cannot be written, each alone, so that it fails alone.

        A commit whose answer was lost may have been made. Then the same writes come once more; a study whose writes do
        not all answer like the first time is taken up again from its rows.
        """
        try:
            with self._store.transaction(self._epoch) as transaction:
                for operation, _ in group:
                    operation(transaction)
        except Exception as error:  # whatever it is, the caller who waits for this write hears it
            if len(group) == 1:
                group[0][1].set_exception(error)
                return
            for item in group:
                self._commit([item])
            return
        for _, future in group:
            future.set_result(None)


class StudyWriter:
    """The writes of one study's runner. ``failed`` is called, from the writer's thread, when one cannot be written."""

    def __init__(self, writer: Writer, failed: Failed) -> None:
        self._writer = writer
        self._failed = failed
        self._error: BaseException | None = None

    async def write(self, operation: Operation) -> None:
        """Return once the operation is committed; raise what it raised, or one before it."""
        await asyncio.wrap_future(self._put(operation))

    def post(self, operation: Operation) -> None:
        """Commit the operation soon."""
        self._put(operation)

    async def flush(self) -> None:
        """Return once everything that was put so far is committed."""
        await self.write(lambda _: None)

    def _put(self, operation: Operation) -> Future[None]:
        future = self._writer.put(partial(self._carry_out, operation))
        future.add_done_callback(self._watch)
        return future

    def _carry_out(self, operation: Operation, transaction: Transaction) -> None:
        if self._error is not None:
            raise self._error
        operation(transaction)

    def _watch(self, future: Future[None]) -> None:
        """In the writer's thread, before it comes to the next write."""
        error = None if future.cancelled() else future.exception()
        if error is not None:
            self._error = error
            self._failed(error)
