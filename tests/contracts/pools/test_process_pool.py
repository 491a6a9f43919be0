"""The pool of subprocesses keeps the contracts of pools."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from service.dispatch.pool import PoolOptions, WarmPool
from service.dispatch.process_pool import ProcessPool
from tests.contracts.pools.pool_placement import MakePool, PoolPlacement
from tests.contracts.pools.pool_training import PoolTraining


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pool(options: PoolOptions) -> AsyncIterator[WarmPool]:
    """One warm worker."""
    pool = ProcessPool(options)
    await pool.start()
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
