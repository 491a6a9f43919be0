"""The engine's lease while its workers start, which with Ray takes longer than a term."""

from __future__ import annotations

import asyncio
import time

import pytest
from sqlalchemy import select

from service.engine import leading
from service.errors import LostLeadership
from service.storage.db.database import reading
from service.storage.db.service_tables import heartbeats
from service.storage.store import Store
from tests.service.engine.conftest import Bench
from tests.support.scripted_pool import ScriptedPool, accuracy


class BlockingStart(ScriptedPool):
    """Like Ray it holds up the loop while it starts; it has started once the lease was renewed three times."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(accuracy)
        self._bench = bench
        self.closed = False

    async def start(self, epoch: int) -> None:
        deadline = time.monotonic() + 10
        while self._beats() < 3:
            assert time.monotonic() < deadline, "no heartbeat while the pool starts"
            time.sleep(0.01)

    async def close(self) -> None:
        await super().close()
        self.closed = True

    def _beats(self) -> int:
        with reading(self._bench.database) as connection:
            return connection.execute(select(heartbeats.c.beat)).scalar_one()


@pytest.fixture(autouse=True)
def frequent_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leading, "HEARTBEAT", 0.05)


async def test_the_lease_is_kept_while_the_workers_start(bench: Bench) -> None:
    study = bench.submit(max_trials=1)
    async with bench.engine(BlockingStart(bench)):
        await bench.ended(study)


async def test_an_engine_that_loses_its_lease_while_the_workers_start_ends_them(bench: Bench) -> None:
    class Overtaken(BlockingStart):
        async def start(self, epoch: int) -> None:
            await super().start(epoch)
            bench.store.leadership.resign(1)
            assert standby.leadership.lead("standby", 5.0) == 2

    standby, pool = Store(bench.database), Overtaken(bench)
    with pytest.raises(LostLeadership):
        async with bench.engine(pool):
            await bench.until(lambda: pool.closed)
    assert pool.closed
    assert standby.leadership.heartbeat(2)


async def test_a_stop_while_the_workers_start_ends_the_engine_and_them(bench: Bench) -> None:
    class Attaching(ScriptedPool):
        begun = closed = False

        async def start(self, epoch: int) -> None:
            self.begun = True
            await asyncio.get_running_loop().create_future()

        async def close(self) -> None:
            self.closed = True

    pool = Attaching(accuracy)
    async with bench.engine(pool):
        await bench.until(lambda: pool.begun)
    assert pool.closed
    assert not bench.store.leadership.heartbeat(1)
