"""The pool of subprocesses keeps the contracts of pools."""

import contextlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from experiments.plugins.own_code import Sources
from experiments.reporting import Decision
from service.dispatch.pool import PoolOptions, WarmPool
from service.dispatch.process.pool import ProcessPool
from service.study.jobs import CheckpointStored, Event, Finished, Job, Lost, Metrics, Refused, Resume, Started
from tests.contracts.pools.pool_placement import MakePool, PoolPlacement
from tests.contracts.pools.pool_training import KEY, PoolTraining, config, curve, events_of, go_on, rows


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pool(options: PoolOptions, trap: Path) -> AsyncIterator[WarmPool]:
    """One worker that has become warm while the pool stood in the trap."""
    pool = ProcessPool(options)
    with contextlib.chdir(trap):
        await pool.start(1)
        await events_of(pool, Job("first", 1, KEY, config(epochs=1)))
    yield pool
    await pool.close()


@pytest.fixture
def make_pool() -> MakePool:
    """A pool that takes the machine for one with four CPUs."""
    return ProcessPool


@pytest.mark.asyncio(loop_scope="module")
class TestProcessPoolTraining(PoolTraining):
    """Training on a subprocess."""

    async def test_a_module_whose_worker_is_killed_goes_on_with_the_same_curve(self, pool: WarmPool) -> None:
        """It steps a ReduceLROnPlateau of its own, which Lightning does after all hooks of an epoch."""
        own = {"data": {"name": "own-plateau"}, "model": {"name": "own-plateau"}, "training": {"epochs": 5}, "seed": 3}
        whole = await events_of(pool, Job("uninterrupted", 1, KEY, own))

        def kill_at_third(event: Event) -> Decision | None:
            if event.kind is Metrics and event.payload.rows[-1].epoch == 3:
                os.kill(pool.workers()[0].pid, signal.SIGKILL)
            return go_on(event)

        job = Job("killed", 1, KEY, own, decide_every=1, checkpoint_every=0.0)
        first = await events_of(pool, job, kill_at_third)
        assert first[-1].kind is Lost
        newest = [event for event in first if event.kind is CheckpointStored][-1].payload
        resume = Resume((newest.sha256,), recorded_step=rows(first)[-1].step)
        second = await events_of(pool, Job("killed", 2, KEY, own, resume=resume))
        assert second[-1].kind is Finished
        assert curve(first) | curve(second) == curve(whole)
        assert [metrics["lr"] for metrics in curve(whole).values()] == pytest.approx([0.05 * 0.1**n for n in range(5)])

    async def test_only_the_code_that_a_job_wants_is_run(self, pool: WarmPool, monkeypatch: pytest.MonkeyPatch) -> None:
        """The last of all: a worker that has other code is ended, for nothing can make it right."""
        monkeypatch.syspath_prepend(Path(__file__).parent / "trainers")
        sources = Sources()
        sources.add("own_parts")
        right, wrong = ({"activation.our_swish": digest} for digest in (sources.hash(), "another"))
        own = {**config(), "activation": {"name": "our_swish"}}
        assert (await events_of(pool, Job("right", 1, KEY, own, code=right)))[-1].kind is Finished
        started, refused = await events_of(pool, Job("wrong", 1, KEY, own, code=wrong))
        assert (started.kind, refused.kind) == (Started, Refused)
        assert refused.payload.message.startswith("the code of activation.our_swish has changed")
        assert pool.workers() == []
        assert pool.can_start(KEY)


class TestProcessPoolPlacement(PoolPlacement):
    """Placement of subprocesses."""
