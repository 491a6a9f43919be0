"""``python -m service.engine``: the composition root of the engine process."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys

from service.dispatch.environment import forget_settings
from service.dispatch.process_pool import ProcessPool
from service.dispatch.ray_pool import RayPool
from service.errors import LostLeadership
from service.foreign import register_foreign
from service.settings import Settings
from service.storage.database import open_database
from service.storage.store import Store
from service.storage.watch import Watcher
from service.study.engine import Engine
from service.study.jobs import Pool

log = logging.getLogger("service.engine")


def make_pool(settings: Settings) -> Pool:
    """The pool the settings name."""
    return ProcessPool.of(settings) if settings.pool == "process" else RayPool.of(settings)


async def serve(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT.

    Raises:
        LostLeadership: another engine has taken over.
    """
    stopped = asyncio.Event()
    for kind in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(kind, stopped.set)
    database = open_database(settings.database)
    try:
        holder = f"{socket.gethostname()}:{os.getpid()}"
        watcher = Watcher(database)
        await Engine(Store(database), make_pool(settings), watcher, holder, settings.stop_grace / 2).run(stopped)
    finally:
        database.dispose()


def main() -> int:
    """Run the engine; 1 when another one took over, so that whoever watches starts it again as a standby."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = Settings()
    forget_settings()
    register_foreign(settings.components)
    try:
        asyncio.run(serve(settings))
    except LostLeadership:
        log.warning("another engine has taken over; this one ends")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
