"""The pool of subprocesses keeps the contracts of pools."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from experiments.own_code import Sources
from service.dispatch.pool import PoolOptions, WarmPool
from service.dispatch.process_pool import ProcessPool
from service.study.jobs import EventKind, Job
from tests.contracts.pools.pool_placement import MakePool, PoolPlacement
from tests.contracts.pools.pool_training import KEY, PoolTraining, config, events_of


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pool(options: PoolOptions, trap: Path) -> AsyncIterator[WarmPool]:
    """One worker that has become warm while the pool stood in the trap."""
    pool = ProcessPool(options)
    with contextlib.chdir(trap):
        await pool.start()
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

    async def test_only_the_code_that_a_job_wants_is_run(self, pool: WarmPool, monkeypatch: pytest.MonkeyPatch) -> None:
        """The last of all: a worker that has other code is ended, for nothing can make it right."""
        monkeypatch.syspath_prepend(Path(__file__).parent / "trainers")
        sources = Sources()
        sources.add("own_parts")
        right, wrong = ({"activation.our_swish": digest} for digest in (sources.hash(), "another"))
        own = {**config(), "activation": {"name": "our_swish"}}
        assert (await events_of(pool, Job("right", 1, KEY, own, code=right)))[-1].kind is EventKind.FINISHED
        started, refused = await events_of(pool, Job("wrong", 1, KEY, own, code=wrong))
        assert (started.kind, refused.kind) == (EventKind.STARTED, EventKind.REFUSED)
        assert refused.payload["message"].startswith("the code of activation.our_swish has changed")
        assert pool.workers() == []
        assert pool.can_start(KEY)


class TestProcessPoolPlacement(PoolPlacement):
    """Placement of subprocesses."""
