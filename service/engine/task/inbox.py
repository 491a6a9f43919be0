"""The events of one study that nobody has acted on yet."""

from __future__ import annotations

import asyncio

from service.study.jobs import Event


class Inbox:
    """Events in their order; between them the marks of those who wait until it has come to there."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Event | asyncio.Event] = asyncio.Queue()
        self._closed = False

    def put(self, event: Event) -> None:
        """Add an event."""
        self._queue.put_nowait(event)

    async def get(self) -> Event:
        """The next event; who asks has carried out the one before."""
        while isinstance(item := await self._queue.get(), asyncio.Event):
            item.set()
        return item

    async def caught_up(self) -> None:
        """Return once every event that was added so far is carried out, or nobody will."""
        if self._closed:
            return
        mark = asyncio.Event()
        self._queue.put_nowait(mark)
        await mark.wait()

    def close(self) -> None:
        """Nobody asks for events any more."""
        self._closed = True
        while not self._queue.empty():
            item = self._queue.get_nowait()
            if isinstance(item, asyncio.Event):
                item.set()
