"""Becoming the engine that leads, and taking over from the one before.

Its workers may have outlived it. They keep what they have said until it is acknowledged, and say it once more to the
next engine; the rows know what of it is stored already, so nothing is lost and nothing counts twice. A run that the
rows call RUNNING goes on where its worker has it (`StudyRunner.adopt`).
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Protocol

from service.engine.writer import Writer
from service.errors import LostLeadership
from service.study.jobs import Pool
from service.study.ports import Leadership

if TYPE_CHECKING:
    from service.engine.task.study_task import StudyRunner

log = logging.getLogger(__name__)

HEARTBEAT = 1.0
"""Seconds between two heartbeats."""
TERM = 5.0
"""Seconds without a heartbeat, on the waiting engine's own clock, after which it takes over."""
ACKNOWLEDGE = 1.0
"""Seconds between two looks at what is stored by now, which the workers may forget."""


class Changes(Protocol):
    """Tells of commits by others."""

    async def wait(self, timeout: float) -> bool:
        """Return once something was committed, or after ``timeout`` seconds."""
        ...


async def lead(leadership: Leadership, holder: str, changes: Changes, stopped: asyncio.Event) -> int | None:
    """Wait to lead; the epoch, or nothing if ``stopped`` is set first."""
    while not stopped.is_set():
        epoch = await asyncio.to_thread(leadership.lead, holder, TERM)
        if epoch is not None:
            log.info("leading with epoch %d", epoch)
            return epoch
        await changes.wait(HEARTBEAT)
    return None


async def start_pool(pool: Pool, leadership: Leadership, epoch: int, stopped: asyncio.Event) -> None:
    """Attaching to Ray may hold this thread up for longer than a term, so another one sends heartbeats."""
    started = threading.Event()
    beating = asyncio.get_running_loop().run_in_executor(None, _beat_until, started, leadership, epoch)
    starting, stopping = asyncio.create_task(pool.start(epoch)), asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            await asyncio.to_thread(leadership.set_trouble, epoch, "")
    finally:
        starting.cancel()
        stopping.cancel()
        started.set()
        await beating


async def acknowledge_for_ever(pool: Pool, writer: Writer, runners: Callable[[], Collection[StudyRunner]]) -> None:
    """Tell the workers what is stored: what was handed over, once every runner has acted on it and all is committed."""
    while True:
        await asyncio.sleep(ACKNOWLEDGE)
        messages = pool.handed_over()
        if messages:
            await asyncio.gather(*(runner.inbox.caught_up() for runner in runners()))
            await writer.flush()
            pool.acknowledge(messages)


def _beat_until(started: threading.Event, leadership: Leadership, epoch: int) -> None:
    while not started.wait(HEARTBEAT):
        if not leadership.heartbeat(epoch):
            raise LostLeadership
