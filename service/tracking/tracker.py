"""The tracker: makes MLflow equal to our tables, item by item, and never in anybody's way."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Protocol

from service.errors import StudyNotFound, Unavailable
from service.storage.mlflow_sync.sync_items import SyncItem
from service.storage.store import TrackerStore
from service.study.records import Run, Trial
from service.study.states import RunState
from service.tracking.comparison import compare
from service.tracking.errors import Refused, Wiped
from service.tracking.port import Mlflow
from service.tracking.projector import Projector, Work

log = logging.getLogger(__name__)

BATCH, CHUNK = 200, 25
"""Items a look, and trials that are written and settled together."""
LIVE_AFTER, LIVE_EVERY = 2.0, 1.0
"""Seconds until a running trial is shown (a shorter one is written once, ended), and between two looks at it."""
GATHER = 0.25
"""Seconds between two looks while there is work: trials that end close together share a transaction."""
IDLE = 30.0
"""Seconds between two looks when nothing happens."""
LONGEST_PAUSE = 5.0
"""Seconds between two attempts to reach an MLflow that is away."""
LAST_SECONDS = 3.0
"""How long a stop may take to write what has just ended."""


class Wakeup(Protocol):
    """Tells of commits by others."""

    async def wait(self, timeout: float) -> bool:
        """Return at the next commit, or after so many seconds."""
        ...


class Tracker:
    """Projects our tables onto MLflow. ``page`` is the dashboard's address, unless MLflow is shown under the same."""

    def __init__(self, store: TrackerStore, mlflow: Mlflow, page: str = "") -> None:
        self._store = store
        self._mlflow = mlflow
        self._projector = Projector(store, mlflow, page)
        self._compared = False
        self._shown_at: dict[str, float] = {}
        self._postponed = False
        """Whether a running trial is left for a later look, which no commit need announce."""
        self._until = math.inf
        """When to break off, by the monotonic clock."""

    async def run(self, wakeup: Wakeup, stopped: asyncio.Event) -> None:
        """Work until ``stopped`` is set, and a moment longer if something is left to do.

        An MLflow that does not answer is asked again after ever longer pauses.
        """
        pause = GATHER
        while not stopped.is_set():
            try:
                settled = await asyncio.to_thread(self.step)
            except Unavailable as error:
                pause = min(2 * pause, LONGEST_PAUSE)
                log.warning("%s; trying again in %.1f s", error, pause)
                await _first(stopped.wait(), asyncio.sleep(pause))
                continue
            pause = GATHER
            await _first(stopped.wait(), asyncio.sleep(GATHER))
            if not settled:
                await _first(stopped.wait(), wakeup.wait(LIVE_EVERY if self._postponed else IDLE))
        await asyncio.to_thread(self._finish)

    def stop_soon(self) -> None:
        """Break off within ``LAST_SECONDS``; may be called from another thread."""
        self._until = time.monotonic() + LAST_SECONDS

    def drain(self) -> None:
        """Work until nothing is left to write.

        Raises:
            MlflowDown: MLflow does not answer.
        """
        while self.step():
            continue

    def _finish(self) -> None:
        try:
            while time.monotonic() < self._until and self.step():
                continue
        except Unavailable as error:
            log.warning("%s; the rest waits for the next start", error)

    def step(self) -> int:
        """Look once, write what can be written, and return how many items that settled.

        Raises:
            MlflowDown: MLflow does not answer; what was written until then is settled.
            Wiped: MLflow lost what it had; the next step compares everything.
        """
        try:
            if not self._compared:
                compare(self._store, self._mlflow)
                self._compared = True
            self._postponed = False
            dirty = self._store.sync_items.dirty(BATCH)
            settled = sum(self._project_study(item) for item in dirty if item.kind == "study")
            return settled + self._project_trials([item for item in dirty if item.kind != "study"])
        except Wiped:
            self._mlflow.forget()
            self._compared = False
            raise

    def _project_study(self, item: SyncItem) -> int:
        try:
            if item.tombstone:
                self._mlflow.delete_experiment(item.study_id)
                self._store.sync_items.drop_tombstone(item.study_id)
                return 1
            study = self._store.studies.get(item.study_id)
            self._store.sync_items.projected("study", study.id, item.version, mlflow_id=self._mlflow.experiment(study))
        except StudyNotFound:
            return 0  # deleted a moment ago: its tombstone comes next
        except Refused as error:
            log.warning("study %s is not in MLflow as it should be: %s", item.study_id, error)
            self._store.sync_items.reject("study", item.id, item.version, str(error))
        return 1

    def _project_trials(self, sync_items: Sequence[SyncItem]) -> int:
        if not sync_items:
            return 0
        trials = [trial for trial in self._store.summaries.trials(sync_items) if self._is_due(trial)]
        runs = self._store.runs.of_trials([trial.id for trial in trials])
        by_id = {item.id: item for item in sync_items}
        settled = 0
        for study_id, group in groupby(trials, key=lambda trial: trial.study_id):
            works = [_work(trial, runs[trial.id], by_id) for trial in group]
            for start in range(0, len(works), CHUNK):
                if time.monotonic() < self._until:
                    settled += self._project_chunk(study_id, works[start : start + CHUNK])
        return settled

    def _project_chunk(self, study_id: str, works: Sequence[Work]) -> int:
        try:
            return self._projector.project(self._store.studies.get(study_id), works)
        except StudyNotFound:
            return 0

    def _is_due(self, trial: Trial) -> bool:
        if trial.state is not RunState.RUNNING:
            self._shown_at.pop(trial.id, None)
            return True
        if trial.started_at is None:
            return False  # no worker has taken it yet
        now = time.monotonic()
        age = (datetime.now(UTC) - trial.started_at).total_seconds()
        if age < LIVE_AFTER or now - self._shown_at.get(trial.id, -math.inf) < LIVE_EVERY:
            self._postponed = True
            return False
        self._shown_at[trial.id] = now
        return True


async def _first(*waits: Coroutine[Any, Any, object]) -> None:
    tasks = [asyncio.create_task(wait) for wait in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _work(trial: Trial, runs: Sequence[Run], sync_items: dict[str, SyncItem]) -> Work:
    return Work(trial, runs, [sync_items[id_] for id_ in (trial.id, *(run.id for run in runs)) if id_ in sync_items])
