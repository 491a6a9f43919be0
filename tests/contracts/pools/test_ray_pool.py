"""The pool on Ray keeps the contracts of pools."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from experiments.reporting import Decision
from service.dispatch.ledger import Placement
from service.dispatch.pool import PoolOptions, WarmPool
from service.dispatch.ray import connection
from service.dispatch.ray import pool as ray_pool
from service.dispatch.ray.driver import RayDriver
from service.dispatch.ray.pool import RayPool
from service.errors import LostLeadership
from service.study.jobs import Finished, Job, Metrics, Started
from tests.contracts.pools.pool_placement import CPU, PATIENT, Listener, MakePool, PoolPlacement, assert_ends, job
from tests.contracts.pools.pool_training import KEY, PoolTraining, config, events_of

pytestmark = pytest.mark.slow


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pool(options: PoolOptions, trap: Path, ray_driver: RayDriver) -> AsyncIterator[WarmPool]:
    """One worker that has become warm while the pool stood in the trap."""
    pool = RayPool(options, ray_driver)
    with contextlib.chdir(trap):
        await pool.start(1)
        await events_of(pool, Job("first", 1, KEY, config(epochs=1)))
    yield pool
    await pool.close()


@pytest.fixture
def make_pool(ray_driver: RayDriver) -> MakePool:
    """Pools on the one Ray there is."""
    return lambda options: RayPool(options, ray_driver)


class TestRayPoolPlacement(PoolPlacement):
    """Placement of actors."""


class TestSuccession:
    """What becomes of workers whose engine is gone, or was replaced."""

    @pytest.fixture
    def options(self, tmp_path: Path, trainers: None) -> PoolOptions:
        """One worker that trains nothing."""
        return PoolOptions(str(tmp_path / "artifacts"), tmp_path / "workers", workers=1, trainer="counting_trainer")

    async def test_the_next_engine_goes_on_with_a_run_and_a_deposed_one_touches_nothing(
        self, make_pool: MakePool, options: PoolOptions
    ) -> None:
        first, second = make_pool(options), make_pool(options)
        await first.start(1)
        before = Listener(first)
        await first.submit(job("on", epochs=PATIENT))
        await before.until(("on", Metrics))
        (worker,) = first.workers()
        await second.start(2)
        assert second.adopted() == {("on", 1)}
        second.claim({("on", 1)})
        with pytest.raises(LostLeadership):
            await before.until(("on", Finished))
        await first.stop("on", checkpoint=False)
        await first.kill("on")
        await first.leave()
        after = Listener(second)
        await after.until(("on", Metrics), acknowledging=True)
        assert not second.can_start(CPU)
        assert [event.seq for event in after.heard] == [event.seq for event in before.heard]
        await second.stop("on", checkpoint=False)
        await after.until(("on", Finished))
        assert after.heard[-1].payload.ended == Decision.STOP
        assert [(each.id, each.pid) for each in second.workers()] == [(worker.id, worker.pid)]
        await second.leave()
        third = make_pool(options)
        await third.start(3)
        assert third.adopted() == {("on", 1)}, "its end was not acknowledged"
        third.claim({("on", 1)})
        last = Listener(third)
        await last.until(("on", Finished))
        assert [event.kind for event in last.heard if event.kind in {Started, Finished}] == [Finished]
        await third.submit(job("next"))
        await last.until(("next", Finished))
        await third.close()
        assert_ends(worker.pid)

    async def test_a_worker_that_a_replaced_engine_starts_is_ended(
        self, make_pool: MakePool, options: PoolOptions, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ray_pool, "CHECK_EVERY", 0.1)
        first, second = make_pool(options), make_pool(options)
        await first.start(1)
        await second.start(2)
        second.claim(set())
        (kept,) = second.workers()
        first._start_worker(Placement(CPU, node=next(iter(first.ledger.nodes))))
        (stray,) = {worker.id for worker in first.workers()} - {kept.id}
        async with asyncio.timeout(60):  # it may be ended before ``first`` has heard of it, who hears nothing then
            while stray in await connection.names_of_workers():
                await asyncio.sleep(0.01)
        assert [worker.id for worker in second.workers()] == [kept.id]
        await first.leave()
        await second.close()

    async def test_what_cannot_be_gone_on_with_is_ended(
        self, make_pool: MakePool, options: PoolOptions, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A run that no row knows; then a worker of another build, once its run is over."""
        first, second, third = (make_pool(options) for _ in range(3))
        await first.start(1)
        await first.submit(job("unknown", epochs=PATIENT))
        await Listener(first).until(("unknown", Started))
        (unknown,) = first.workers()
        await first.leave()
        await second.start(2)
        second.claim(set())
        assert second.workers() == []
        listener = Listener(second)
        await second.submit(job("old", epochs=PATIENT))
        await listener.until(("old", Started))
        assert {event.run_id for event in listener.heard} == {"old"}
        (old,) = second.workers()
        assert old.id != unknown.id
        await second.leave()
        monkeypatch.setattr(connection, "build_hash", lambda: "another")
        await third.start(3)
        third.claim({("old", 1)})
        await third.stop("old", checkpoint=False)
        listener = Listener(third)
        await listener.until(("old", Finished))
        assert third.workers() == []
        await third.close()
        assert not list(options.scratch.glob(f"*{old.id}"))


class TestRayPoolTraining(PoolTraining):
    """Training on an actor. It comes last: its pool stays open, and the pools of the others would find its worker."""
