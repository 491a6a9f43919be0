"""One helper process for all analyses that tests ask of the API: each start of one loads scipy, for two seconds."""

from __future__ import annotations

import asyncio
import atexit
import threading
from functools import cache

from service.helper_process import HelperProcess


class LastingHelper:
    """In the place of a `HelperProcess`: asks the one of its module, which no API ends."""

    def __init__(self, module: str) -> None:
        self._module = module

    async def ask(self, question: bytes, seconds: float) -> bytes:
        """The answer of the process, which belongs to a loop that outlives those of the tests."""
        return await asyncio.wrap_future(
            asyncio.run_coroutine_threadsafe(_helper(self._module).ask(question, seconds), _loop())
        )

    async def end(self) -> int | None:
        """The next test asks it too."""
        return None


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """A loop that runs until the tests end."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="lasting helpers", daemon=True)
    thread.start()

    def close() -> None:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    atexit.register(close)
    return loop


@cache
def _helper(module: str) -> HelperProcess:
    helper, loop = HelperProcess(module), _loop()
    atexit.register(lambda: asyncio.run_coroutine_threadsafe(helper.end(), loop).result())
    return helper
