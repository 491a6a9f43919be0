"""``python -m service.engine``: the composition root of the engine process."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import sys

from service.dispatch.elsewhere.askers import Askers
from service.dispatch.elsewhere.pool import PoolWithAskers
from service.dispatch.leaving import leave
from service.dispatch.process.pool import ProcessPool
from service.dispatch.ray.pool import RayPool
from service.engine.engine import Engine
from service.engine.sampling.sampler_processes import SamplerProcesses
from service.environment import LABEL, forget_settings
from service.errors import LostLeadership, PoolFailed
from service.plugins import Plugins, register_plugins
from service.settings import Settings, settings_or_exit
from service.storage.blobs.artifact_store import ArtifactStore
from service.storage.blobs.collector import BlobCollector
from service.storage.db.database import open_database
from service.storage.db.watcher import Watcher
from service.storage.store import Store
from service.study.jobs import Pool

log = logging.getLogger("service.engine")


def make_pool(settings: Settings, store: Store) -> Pool:
    """The pool the settings name."""
    if settings.pool == "process":
        return ProcessPool.from_settings(settings)
    return RayPool.from_settings(settings, store.leadership.service_id())


def holder() -> str:
    """Who leads. A supervisor starts an engine when the one before has died, so all of its engines are one holder."""
    return f"{socket.gethostname()}:{os.environ.get(LABEL) or os.getpid()}"


async def serve(settings: Settings, plugins: Plugins) -> None:
    """Work until SIGTERM or SIGINT; without anything to train on the process ends at once.

    Raises:
        LostLeadership: another engine has taken over.
    """
    stopped = asyncio.Event()
    for kind in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(kind, stopped.set)
    database = open_database(settings.database)
    try:
        store, watcher = Store(database), Watcher(database)
        askers = Askers(store, watcher.subscribe())
        pool, grace = PoolWithAskers(make_pool(settings, store), askers), settings.stop_grace / 2
        collector = BlobCollector(ArtifactStore(settings.artifacts), store.references)
        chores = {
            "files that nothing refers to": collector.collect,
            "old events": store.events.trim,
            "asks of which nothing came": store.asks.trim,
        }
        proposer = SamplerProcesses()
        engine = Engine(
            store,
            pool,
            watcher,
            holder(),
            grace,
            follow=plugins.follow,
            ready=gc.freeze,  # a look for garbage among all that was imported held everybody up for a tenth of a second
            chores=chores,
            proposer=proposer,
            hands_over=settings.hand_over,
        )
        await engine.run(stopped)
    except PoolFailed as error:
        leave(error)
    finally:
        database.dispose()


def main() -> int:
    """Run the engine; 1 when another one took over, so that whoever watches starts it again as a standby."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = settings_or_exit()
    forget_settings()
    plugins = register_plugins(settings)
    try:
        asyncio.run(serve(settings, plugins))
    except LostLeadership:
        log.warning("another engine has taken over; this one ends")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
