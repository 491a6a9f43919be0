"""The engine's one writer: a thread that commits whatever has gathered in one transaction (group commit).

Writes are committed in the order in which they were put, so who posts one and then another never sees the second
without the first. Each transaction carries the engine's epoch, which the database checks: an engine that was replaced
while it slept writes nothing any more, whatever it still believes.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from queue import Empty, SimpleQueue

from service.study.ports import EngineStore, Transaction

Operation = Callable[[Transaction], None]
Write = tuple[Operation, Future[None]]
Failed = Callable[[BaseException], None]


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
        await asyncio.wrap_future(self._put(operation))

    def post(self, operation: Operation, failed: Failed) -> None:
        """Commit the operation soon, after everything that was put before it.

        ``failed`` is called, from the thread, if it cannot be written.
        """
        self._put(operation).add_done_callback(partial(_watch, failed))

    async def flush(self) -> None:
        """Return once everything that was put so far is committed, or could not be."""
        await self.write(lambda _: None)

    def close(self) -> None:
        """Commit what is queued and end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _put(self, operation: Operation) -> Future[None]:
        future: Future[None] = Future()
        self._queue.put((operation, future))
        return future

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            group, ends = self._gather(item)
            if group:
                self._commit(group)
            if ends:
                return

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

        A commit whose answer was lost may have been made. Then the same writes come once more, and each of them answers
        a change that already happened like the first time.
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


def _watch(failed: Failed, future: Future[None]) -> None:
    error = future.exception()
    if error is not None:
        failed(error)
