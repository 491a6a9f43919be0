"""The engine's one writer: a thread that commits whatever has gathered in one transaction (group commit)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue

from service.study.ports import EngineStore, Transaction

Operation = Callable[[Transaction], None]
Write = tuple[Operation, Future[None]]


class Writer:
    """Writes for one epoch of leadership. ``failed`` is called, from the thread, when a posted write cannot be made."""

    def __init__(self, store: EngineStore, epoch: int, failed: Callable[[BaseException], None]) -> None:
        self._store = store
        self._epoch = epoch
        self._failed = failed
        self._queue: SimpleQueue[Write | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    async def write(self, operation: Operation) -> None:
        """Return once the operation is committed; raise what it raised."""
        await asyncio.wrap_future(self._put(operation))

    def post(self, operation: Operation) -> None:
        """Commit the operation soon, after everything that was put before it."""
        self._put(operation).add_done_callback(self._watch)

    def close(self) -> None:
        """Commit what is queued and end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _put(self, operation: Operation) -> Future[None]:
        future: Future[None] = Future()
        self._queue.put((operation, future))
        return future

    def _watch(self, future: Future[None]) -> None:
        error = future.exception()
        if error is not None:
            self._failed(error)

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
        """The whole group at once; if one of it cannot be written, each alone, so that it fails alone."""
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
