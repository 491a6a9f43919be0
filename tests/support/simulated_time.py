"""An event loop on which time stands still while there is anything to do, and then jumps to the next timer.

So an hour costs what happens in it, nothing depends on how fast the machine is, and the same acts come to the same end.
What is given to a thread is done at once, on the loop.
"""

from __future__ import annotations

import asyncio
import math
import selectors
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class SimulatedLoop(asyncio.SelectorEventLoop):
    """Runs for as long as it is told to, on its own clock."""

    def __init__(self) -> None:
        self._now = self._until = 0.0
        self._steps_left = math.inf
        super().__init__(_Selector(self._before_waiting))
        self.set_default_executor(_AtOnce())

    def time(self) -> float:
        """Seconds since it was made."""
        return self._now

    def let_pass(self, seconds: float, *, steps: float = math.inf) -> None:
        """Run until so much time has passed and all that is due is done, but no more than so many steps."""
        self._until, self._steps_left = self._now + seconds, steps
        self.run_forever()

    def end(self) -> None:
        """End all that is under way, and the loop."""
        for task in asyncio.all_tasks(self):
            task.cancel()
        self.let_pass(0.0)
        self.close()

    def _before_waiting(self, timeout: float | None) -> None:
        """Before each step; ``timeout`` is the time to the next timer if there is nothing to do before."""
        wait = math.inf if timeout is None else timeout
        if self._steps_left <= 0 or (wait > 0 and self._now + wait > self._until):
            self.stop()
        else:
            self._now += wait
            self._steps_left -= 1


class _Selector(selectors.DefaultSelector):
    def __init__(self, before_waiting: Callable[[float | None], None]) -> None:
        super().__init__()
        self._before_waiting = before_waiting

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._before_waiting(timeout)
        return super().select(0)


class _AtOnce(ThreadPoolExecutor):
    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future
