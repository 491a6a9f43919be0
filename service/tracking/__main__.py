"""``python -m service.tracking``: the tracker process."""

from __future__ import annotations

import asyncio
import logging
import re
import signal

from service.settings import Settings, settings_or_exit
from service.storage.db.database import open_database
from service.storage.db.watcher import SLOWEST, Watcher
from service.tracking.opening import alone, tracking

log = logging.getLogger("service.tracking")


async def _run(settings: Settings) -> None:
    database = open_database(settings.database)
    stopped = asyncio.Event()
    try:
        with tracking(settings, database) as tracker:

            def stop() -> None:
                tracker.stop_soon()
                stopped.set()

            target = settings.mlflow_tracking_uri or settings.mlflow_database
            log.info("projecting to %s", re.sub("//[^/@]*@", "//", target))  # without a password
            for kind in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(kind, stop)
            await tracker.run(Watcher(database, interval=SLOWEST), stopped)
    finally:
        database.dispose()


def main() -> None:
    """Track until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = settings_or_exit()
    with alone(settings.directory, wait=True):
        asyncio.run(_run(settings))


if __name__ == "__main__":
    main()
