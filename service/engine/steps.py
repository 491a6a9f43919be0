"""The tasks of one study's runner: steps, of which one of a name is under way at most, and whatever else it does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from service.errors import LostLeadership, Unavailable

Work = Coroutine[Any, Any, None]


class Steps:
    """Begins tasks and ends them together. ``failed`` is told what nobody foresaw; ``wake``, that a step is over."""

    def __init__(
        self,
        spawn: Callable[[Work], asyncio.Task[None]],
        failed: Callable[[BaseException], None],
        wake: Callable[[], None],
    ) -> None:
        self._spawn = spawn
        self._failed = failed
        self._wake = wake
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way: set[str] = set()

    @property
    def idle(self) -> bool:
        """Whether no step is under way."""
        return not self._under_way

    def any_of(self, *names: str) -> bool:
        """Whether a step of one of these names is under way."""
        return not self._under_way.isdisjoint(names)

    def take(self, name: str, step: Callable[..., Work], *arguments: Any) -> None:
        """Begin the step, unless one of that name is under way."""
        if name not in self._under_way:
            self._under_way.add(name)
            self.spawn(self._take(name, step, *arguments))

    def spawn(self, work: Work) -> asyncio.Task[None]:
        """Do something on the side."""
        task = self._spawn(self._guarded(work))
        task.add_done_callback(lambda _: work.close())  # cancelled before its first step, it would never be awaited
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def close(self) -> None:
        """End everything."""
        for task in self._tasks:
            task.cancel()

    async def _take(self, name: str, step: Callable[..., Work], *arguments: Any) -> None:
        try:
            await step(*arguments)
        finally:
            self._under_way.discard(name)
        self._wake()

    async def _guarded(self, work: Work) -> None:
        """What goes wrong in one study is told, and touches no other; without leadership or database nobody works."""
        try:
            await work
        except (LostLeadership, Unavailable):
            raise
        except Exception as error:
            self._failed(error)
