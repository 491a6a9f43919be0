"""The pool of subprocesses keeps the contracts of pools."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from service.dispatch.pool import PoolOptions, WarmPool
from service.dispatch.process_pool import ProcessPool
from service.study.jobs import Job
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


class TestProcessPoolTraining(PoolTraining):
    """Training on a subprocess."""


class TestProcessPoolPlacement(PoolPlacement):
    """Placement of subprocesses."""
