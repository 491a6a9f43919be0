"""What every pool promises about its workers: where jobs go, who is retired, and what becomes of the dead."""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio

from experiments.parsing import parse_config
from service.dispatch.pool import NoRoom, PoolOptions, WarmPool
from service.dispatch.ray.directory import MARK
from service.environment import LABEL, LABELS
from service.study.jobs import Event, Failed, Finished, Job, Log, Lost, Metrics, Payload, PoolKey, Resources, Started
from tests.contracts.pools.conftest import THEIRS

CPU = PoolKey(Resources(1))
GPU = PoolKey(Resources(1, 1))
HALF = PoolKey(Resources(1, 0.5))
PATIENT = 100
"""Epochs of a run of ``counting_trainer`` that goes on until it is asked to end."""
MakePool = Callable[[PoolOptions], WarmPool]


def config(epochs: int) -> dict[str, Any]:
    document = {"data": {"name": "wine"}, "model": {"name": "mlp"}, "training": {"epochs": epochs}}
    return dict(parse_config(document).to_json())


def job(name: str, key: PoolKey = CPU, epochs: int = 1, start: int = 1) -> Job:
    return Job(name, start, key, config(epochs), artifacts="none")


class Listener:
    """Reads a pool's events, and keeps them all."""

    def __init__(self, pool: WarmPool) -> None:
        self.heard: list[Event] = []
        self._pool = pool

    async def until(self, *wanted: tuple[str, type[Payload]], acknowledging: bool = False) -> None:
        """Listen until all of these (run and kind) have been heard, and say that what was heard is stored, if asked."""
        async with contextlib.aclosing(self._pool.events()) as batches:
            while not set(wanted) <= {(event.run_id, event.kind) for event in self.heard}:
                self.heard += await anext(batches)
            if acknowledging:
                more = asyncio.ensure_future(anext(batches))  # who asks for the next has passed this one on
                await asyncio.sleep(0)
                self._pool.acknowledge(self._pool.handed_over())
                more.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    self.heard += await more

    def ends(self, run_id: str) -> list[type[Payload]]:
        """Every terminal event of a run."""
        return [event.kind for event in self.heard if event.run_id == run_id and event.is_last]


def worker_of(pool: WarmPool, run_id: str) -> Any:
    return next(worker for worker in pool.workers() if worker.run_id == run_id)


def assert_ends(pid: int) -> None:
    """A worker is said to be gone when it closes its lines, a moment before its process is."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        psutil.wait_procs([process], timeout=10)
        assert process.status() == psutil.STATUS_ZOMBIE


class PoolPlacement:
    """The suite; the module of a subclass has a fixture ``make_pool``. Four CPUs, two logical GPUs."""

    @pytest_asyncio.fixture
    async def pool(self, make_pool: MakePool, tmp_path: Path, trainers: None, secrets: str) -> AsyncIterator[WarmPool]:
        pool = make_pool(
            PoolOptions(
                artifacts=str(tmp_path / "artifacts"),
                scratch=tmp_path / "workers",
                workers=4,
                gpus=2,
                default_key=PoolKey(Resources(4)),
                trainer="counting_trainer",
            )
        )
        await pool.start(1)
        yield pool
        await pool.close()
        assert list((tmp_path / "workers").glob("*")) == []

    async def test_a_killed_worker_loses_its_run_once_and_the_pool_goes_on(self, pool: WarmPool) -> None:
        listener = Listener(pool)
        await pool.submit(job("victim", epochs=PATIENT))
        await pool.submit(job("other", epochs=PATIENT))
        await listener.until(("victim", Metrics), ("other", Metrics))
        process = psutil.Process(worker_of(pool, "victim").pid)
        os.kill(process.pid, signal.SIGKILL)
        await listener.until(("victim", Lost))
        lost = listener.heard[-1]
        assert (lost.start, lost.payload.failure) == (1, "worker_lost")
        assert lost.seq == 1 + max(event.seq for event in listener.heard[:-1] if event.run_id == "victim")
        await pool.submit(job("victim", start=2))
        await pool.stop("other", checkpoint=False)
        await listener.until(("victim", Finished), ("other", Finished))
        assert listener.ends("victim") == [Lost, Finished]
        assert listener.heard[-1].kind is Finished

    async def test_a_worker_sees_the_user_s_variables_and_none_of_ours(self, pool: WarmPool, secrets: str) -> None:
        listener = Listener(pool)
        await pool.submit(job("nosy", epochs=PATIENT))
        await listener.until(("nosy", Log), ("nosy", Metrics))
        (log,) = [event.payload.text for event in listener.heard if event.kind is Log]
        seen = json.loads(log)
        worker = psutil.Process(worker_of(pool, "nosy").pid)
        assert secrets not in str(worker.environ())
        assert secrets not in str(seen)
        assert {name: seen.get(name) for name in THEIRS} == dict.fromkeys(THEIRS, "theirs")
        assert {name for name in seen if name.startswith("STUDYHALL_")} <= LABELS == {LABEL, MARK}
        await pool.stop("nosy", checkpoint=False)
        await listener.until(("nosy", Finished))
        assert os.environ["STUDYHALL_TOKEN"] == secrets

    async def test_a_run_that_is_killed_is_lost(self, pool: WarmPool) -> None:
        listener = Listener(pool)
        await pool.submit(job("deaf", epochs=PATIENT))
        await listener.until(("deaf", Started))
        pid = worker_of(pool, "deaf").pid
        await pool.kill("deaf")
        await listener.until(("deaf", Lost))
        assert listener.ends("deaf") == [Lost]
        assert "on request" in listener.heard[-1].payload.message
        assert_ends(pid)

    async def test_an_idle_worker_of_another_key_makes_room(self, pool: WarmPool) -> None:
        listener = Listener(pool)
        for name in ("a", "b"):
            await pool.submit(job(name, GPU))
        await listener.until(("a", Finished), ("b", Finished))
        assert len(pool.workers()) == 2  # the one of the default key held every CPU
        for name in ("c", "d"):
            assert pool.can_start(HALF)
            await pool.submit(job(name, HALF, epochs=PATIENT))
        await listener.until(("c", Started), ("d", Started))
        halves = [worker for worker in pool.workers() if worker.key == HALF]
        assert [worker.run_id for worker in halves] == ["c", "d"]
        assert [worker.key for worker in pool.workers()].count(GPU) == 1  # two halves share the other GPU
        await pool.submit(job("e", GPU))
        assert not pool.can_start(GPU)
        with pytest.raises(NoRoom):
            await pool.submit(job("f", GPU))
        await listener.until(("e", Finished))

    async def test_what_never_fits(self, pool: WarmPool) -> None:
        assert pool.never_fits(GPU) is None
        assert "at most 4 CPUs and 2 GPUs" in str(pool.never_fits(PoolKey(Resources(1, 3))))
        assert not pool.can_start(PoolKey(Resources(1, 3)))

    async def test_a_worker_that_cannot_prepare_itself_says_why(self, make_pool: MakePool, tmp_path: Path) -> None:
        options = PoolOptions(str(tmp_path / "artifacts"), tmp_path / "workers", workers=1, trainer="no_such_trainer")
        pool = make_pool(options)
        await pool.start(1)
        listener = Listener(pool)
        await pool.submit(job("hopeless"))
        await listener.until(("hopeless", Failed))
        assert "no_such_trainer" in listener.heard[-1].payload.message
        await pool.close()

    async def test_events_end_with_the_pool(self, pool: WarmPool) -> None:
        reading = asyncio.ensure_future(Listener(pool).until(("nobody", Finished)))
        await pool.close()
        with pytest.raises(StopAsyncIteration):
            await reading
