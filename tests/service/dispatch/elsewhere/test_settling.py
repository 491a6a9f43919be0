"""What was said elsewhere is settled only once the engine has what it told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from types import SimpleNamespace
from typing import Any, cast

from experiments.monitor import Monitor
from service.dispatch.elsewhere.asked_run import AskedRun
from service.dispatch.elsewhere.askers import Askers
from service.dispatch.elsewhere.pool import merged
from service.study.asks import Ask, Message, Said
from service.study.jobs import Event


class Settling:
    """Askers of which two have a run, and those who take what they say."""

    def __init__(self) -> None:
        self.settled: list[int] = []
        store: Any = SimpleNamespace(asks=SimpleNamespace(settle=lambda epoch, ids, over: self.settled.extend(ids)))
        self._askers = Askers(store, cast(Any, None))
        for name in "ab":
            ask = Ask(name, "st", 600, 1, name, 1, over=False)
            self._askers._held[name] = AskedRun(ask, name, 1, Monitor(metric="score", direction="maximize"))
        self._stream = merged(silent(), self._askers.events())

    def tell(self, number: int, name: str) -> None:
        self._askers._take((), (Message(number, name, Said.TELL, {"value": 0.5}),))

    async def take(self) -> Sequence[Event]:
        """The next batch; while it is on its way, all that may be is acknowledged, over and over."""
        taking = asyncio.ensure_future(anext(self._stream))
        while not taking.done():
            await self.acknowledge()
        return taking.result()

    async def acknowledge(self) -> None:
        if n_batches := self._askers.handed_over():
            self._askers.acknowledge(n_batches)
        await asyncio.sleep(0)
        await asyncio.gather(*self._askers._tasks)

    async def ask_for_more(self) -> None:
        """Whoever had the last batch has passed it on."""
        asking = asyncio.ensure_future(anext(self._stream))
        await asyncio.wait([asking], timeout=0)
        await self.acknowledge()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def silent() -> AsyncIterator[Sequence[Event]]:
    await asyncio.Event().wait()
    yield []


async def test_a_message_is_settled_once_the_batch_that_tells_of_it_is_passed_on() -> None:
    one = Settling()
    one.tell(1, "a")
    assert [event.run_id for event in await one.take()] == ["a"]
    one.tell(2, "b")
    await one.acknowledge()
    assert one.settled == []
    assert [event.run_id for event in await one.take()] == ["b"]
    assert one.settled == [1], "the second is in nobody's inbox"
    await one.ask_for_more()
    assert one.settled == [1, 2]
