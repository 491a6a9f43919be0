"""``studyhall mlflow rebuild``: everything written to MLflow anew, also after it was wiped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from service.errors import StudyNotFound
from service.settings import Settings
from service.storage.db.database import open_database
from service.storage.mlflow_sync.sync_items import SyncItem
from service.storage.store import Store
from service.tracking.opening import alone, tracking

_SQLITE = "sqlite:///"


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild did. ``by_service``: the service is running, and its tracker now does the work."""

    n_items: int
    by_service: bool
    rejected: Sequence[SyncItem] = ()
    """What MLflow refuses for good, with its words in ``error``."""


def rebuild(settings: Settings) -> Rebuilt:
    """Compare everything and write it again; nothing is written twice.

    Raises:
        StudyNotFound: nothing was ever served from this data directory.
        Unavailable: the database or MLflow does not answer; what is left to do is done by the next start.
    """
    if settings.database.startswith(_SQLITE) and not Path(settings.database.removeprefix(_SQLITE)).exists():
        raise StudyNotFound(f"there are no studies in {settings.directory}; name their data directory with --home")
    database = open_database(settings.database)
    try:
        store = Store(database)
        n_items = store.sync_items.mark_all_dirty()
        with alone(settings.directory, wait=False) as is_alone:
            if not is_alone:
                return Rebuilt(n_items, by_service=True)
            with tracking(settings, database) as tracker:
                tracker.drain()
        return Rebuilt(n_items, by_service=False, rejected=store.sync_items.rejected())
    finally:
        database.dispose()
