"""Waiting for another process to act, as told by the storage's watcher; no longer than until shutdown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

from service.storage.db.watcher import Subscription, Watcher

T = TypeVar("T")


class Closing:
    """Says that the process is about to stop, so that long answers end by themselves."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def close(self) -> None:
        """End every wait."""
        self._event.set()

    @property
    def closed(self) -> bool:
        """Whether the process is about to stop."""
        return self._event.is_set()

    async def change(self, commits: Subscription, timeout: float) -> bool:
        """Wait for a commit of anybody else, ``timeout`` seconds or the shutdown; whether there was a commit."""
        waits = [asyncio.ensure_future(commits.wait(timeout)), asyncio.ensure_future(self._event.wait())]
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        return waits[0] in done and bool(waits[0].result())

    async def until(self, watcher: Watcher, look: Callable[[], T], settled: Callable[[T], bool], timeout: float) -> T:
        """Look after every commit until what is seen is settled, or the time is over; the last look comes back."""
        deadline = asyncio.get_running_loop().time() + timeout
        commits = watcher.subscribe()
        seen = await run_in_threadpool(look)
        while not settled(seen) and not self.closed:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                break
            await self.change(commits, left)
            seen = await run_in_threadpool(look)
        return seen
