"""The pool on Ray keeps the contracts of pools."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from service.dispatch.pool import PoolOptions, WarmPool
from service.dispatch.ray_pool import RayPool
from service.dispatch.ray_runtime import RayRuntime
from tests.contracts.pools.pool_placement import MakePool, PoolPlacement
from tests.contracts.pools.pool_training import PoolTraining

pytestmark = pytest.mark.xdist_group("ray")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pool(options: PoolOptions, ray_runtime: RayRuntime) -> AsyncIterator[WarmPool]:
    """One warm worker."""
    pool = RayPool(options, ray_runtime)
    await pool.start()
    yield pool
    await pool.close()


@pytest.fixture
def make_pool(ray_runtime: RayRuntime) -> MakePool:
    """Pools on the one Ray there is."""
    return lambda options: RayPool(options, ray_runtime)


class TestRayPoolPlacement(PoolPlacement):
    """Placement of actors."""


class TestRayPoolTraining(PoolTraining):
    """Training on an actor."""
