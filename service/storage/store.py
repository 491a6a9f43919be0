"""The store: everything the service keeps, by subject, in one object per process. Safe from any thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from sqlalchemy import Engine

from service.storage.analyses import AnalysisStore
from service.storage.asks import AskStore
from service.storage.curves.reading import CurveStore
from service.storage.db.database import writing
from service.storage.desired_state import DesiredStateStore
from service.storage.events import EventStore
from service.storage.leadership import LeadershipStore, check_epoch
from service.storage.looks import LookStore
from service.storage.mlflow_sync.summaries import SummaryStore
from service.storage.mlflow_sync.sync_items import SyncItemStore
from service.storage.queue import QueueStore
from service.storage.references import ReferenceStore
from service.storage.runs import RunStore
from service.storage.studies import StudyStore
from service.storage.trial_actions import TrialActionStore
from service.storage.trials import TrialStore
from service.storage.views import ViewStore
from service.storage.workers import WorkerStore
from service.storage.writes.engine_writes import EngineTransaction


class Reading(Protocol):
    """What every process may read."""

    @property
    def studies(self) -> StudyStore:
        """Studies, and what creates them."""

    @property
    def trials(self) -> TrialStore:
        """Their trials."""

    @property
    def runs(self) -> RunStore:
        """Their runs, logs and artifacts."""

    @property
    def curves(self) -> CurveStore:
        """Their curves."""

    @property
    def looks(self) -> LookStore:
        """Their confirmations."""

    @property
    def sync_items(self) -> SyncItemStore:
        """How far MLflow lags behind."""


class ApiStore(Reading, Protocol):
    """What the API is given: it writes what is desired, and never a state."""

    @property
    def desired_state(self) -> DesiredStateStore:
        """What users want of a study."""

    @property
    def trial_actions(self) -> TrialActionStore:
        """What users want of single trials."""

    @property
    def queue(self) -> QueueStore:
        """What is tried before the sampler is asked."""

    @property
    def asks(self) -> AskStore:
        """What those want and say who train elsewhere."""

    @property
    def events(self) -> EventStore:
        """What happened in a study."""

    @property
    def analyses(self) -> AnalysisStore:
        """What analyses have found."""

    @property
    def views(self) -> ViewStore:
        """Names for what the page shows."""

    @property
    def workers(self) -> WorkerStore:
        """The engine's workers."""

    @property
    def leadership(self) -> LeadershipStore:
        """Whether an engine lives."""


class TrackerStore(Reading, Protocol):
    """What the tracker is given: it writes how far MLflow is."""

    @property
    def summaries(self) -> SummaryStore:
        """Trials by the batch."""


class Store:
    """The tables of one database; the engine's writes go through ``transaction``.

    The engine is given what ``service.study.ports.EngineStore`` says.
    """

    def __init__(self, engine: Engine) -> None:
        self.studies = StudyStore(engine)
        self.desired_state = DesiredStateStore(engine)
        self.trial_actions = TrialActionStore(engine)
        self.queue = QueueStore(engine)
        self.asks = AskStore(engine)
        self.trials = TrialStore(engine)
        self.runs = RunStore(engine)
        self.curves = CurveStore(engine)
        self.looks = LookStore(engine)
        self.analyses = AnalysisStore(engine)
        self.events = EventStore(engine)
        self.sync_items = SyncItemStore(engine)
        self.summaries = SummaryStore(engine)
        self.leadership = LeadershipStore(engine)
        self.workers = WorkerStore(engine)
        self.views = ViewStore(engine)
        self.references = ReferenceStore(engine)
        self._engine = engine
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
