"""A pool on a Ray of two nodes, one of which is killed. A script: Ray is never initialized twice in a process."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from service.dispatch.options import PoolOptions
from service.dispatch.ray.driver import RayDriver, RayOptions
from service.dispatch.ray.environment import SHARED
from service.dispatch.ray.pool import RayPool
from service.study.jobs import Lost, Started
from service.study.states import FailureKind
from tests.contracts.pools.pool_placement import PATIENT, Listener, job

NODE = {"num_cpus": 1, "object_store_memory": 80 * 1024 * 1024}


async def main(home: Path) -> None:
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={**NODE, "include_dashboard": False})
    node = cluster.add_node(**NODE)
    driver = RayDriver(RayOptions(home, cluster.address))
    await driver.attach()
    pool = RayPool(PoolOptions(f"file://{home}/artifacts", Path("two-nodes"), trainer="counting_trainer"), driver)
    await pool.start(1)
    listener = Listener(pool)
    for name in ("one", "other"):
        await pool.submit(job(name, epochs=PATIENT))
    await listener.until(("one", Started), ("other", Started))
    assert not pool.can_start(job("third").key), "one worker for each CPU of both nodes"

    by_run = {member.info.run_id: member.node for member in pool._members.values()}
    lost = next(run for run, where in by_run.items() if where == node.node_id)
    cluster.remove_node(node, allow_graceful=False)
    await listener.until((lost, Lost))
    (loss,) = [event.payload for event in listener.heard if isinstance(event.payload, Lost)]
    assert loss.failure is FailureKind.NODE_LOST, loss
    assert [worker.run_id for worker in pool.workers()] == [run for run in by_run if run != lost]
    assert not pool.can_start(job(lost).key), "nothing is started on a node that does not answer"

    cluster.add_node(wait=False, **NODE)
    async for events in pool.events():
        if not events and pool.can_start(job(lost).key):
            break
    listener.heard.clear()
    await pool.submit(job(lost, epochs=PATIENT))
    await listener.until((lost, Started))
    await pool.close()
    driver.detach()
    cluster.shutdown()
    print("all is well")


if __name__ == "__main__":
    os.environ.update(SHARED)
    asyncio.run(main(Path(sys.argv[1])))
