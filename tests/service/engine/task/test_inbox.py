"""Who waits for a study's events to be carried out waits no longer than somebody carries them out."""

from __future__ import annotations

import asyncio

from service.engine.task.inbox import Inbox
from service.study.jobs import Event, Log


async def _within(waiting: asyncio.Task[None]) -> None:
    async with asyncio.timeout(5):
        await waiting


async def test_it_is_caught_up_once_the_event_before_is_carried_out() -> None:
    inbox = Inbox()
    inbox.put(Event("run", 1, 0, Log("a line\n")))
    waiting = asyncio.create_task(inbox.caught_up())
    assert (await inbox.get()).run_id == "run"
    assert not waiting.done()
    asking = asyncio.create_task(inbox.get())
    await _within(waiting)
    asking.cancel()


async def test_who_waits_when_it_is_closed_waits_no_longer() -> None:
    inbox = Inbox()
    inbox.put(Event("run", 1, 0, Log("a line\n")))
    waiting = asyncio.create_task(inbox.caught_up())
    await asyncio.sleep(0)
    inbox.close()
    await _within(waiting)


async def test_who_comes_after_that_does_not_wait() -> None:
    """A study may be put down between the look for whom to wait and the wait: nothing would be acknowledged again."""
    inbox = Inbox()
    inbox.close()
    await _within(asyncio.create_task(inbox.caught_up()))
