"""The pool on Ray keeps the contracts of pools."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from service.dispatch.pool import PoolOptions, WarmPool
from service.dispatch.ray.driver import RayDriver
from service.dispatch.ray.pool import RayPool
from service.study.jobs import Job
from tests.contracts.pools.pool_placement import MakePool, PoolPlacement
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


class TestRayPoolTraining(PoolTraining):
    """Training on an actor."""
