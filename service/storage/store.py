"""The store: everything the service keeps, in one object per process. Safe from any thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from service.storage.curves.reading import CurveStore
from service.storage.db.database import writing
from service.storage.desired_state import DesiredStateStore
from service.storage.events import EventStore
from service.storage.leadership import LeadershipStore, check_epoch
from service.storage.mlflow_sync.summaries import ProjectionStore
from service.storage.mlflow_sync.sync_items import SyncItemStore
from service.storage.references import ReferenceStore
from service.storage.studies import StudyStore
from service.storage.trials import TrialStore
from service.storage.workers import WorkerStore
from service.storage.writes.engine_writes import EngineTransaction


class Store(
    StudyStore,
    DesiredStateStore,
    TrialStore,
    CurveStore,
    EventStore,
    SyncItemStore,
    ProjectionStore,
    LeadershipStore,
    WorkerStore,
    ReferenceStore,
):
    """The tables of one database, by concern; the engine's writes go through ``transaction``."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._metrics_seen: set[tuple[str, str]] = set()

    @contextmanager
    def transaction(self, epoch: int) -> Iterator[EngineTransaction]:
        """A write transaction of the engine with this epoch.

        Raises:
            LostLeadership: another engine has taken over; nothing is written.
        """
        with writing(self._engine) as connection:
            check_epoch(connection, epoch)
            transaction = EngineTransaction(connection, self._metrics_seen)
            yield transaction
            transaction.flush()
        self._metrics_seen |= transaction.new_metrics
