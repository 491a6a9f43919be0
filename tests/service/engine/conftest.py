"""A real store on SQLite, and an engine whose workers follow a script."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine as Database

from service.engine.engine import Engine
from service.storage.db.database import open_database
from service.storage.db.watcher import Watcher
from service.storage.store import Store
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.submission import submission_of
from service.study.jobs import Pool
from service.study.records import Study
from service.study.states import RunState

DEFINITION = {
    "name": "scripted",
    "experiment": "digits-mlp",
    "objective": "val_accuracy",
    "sampler": "random",
    "space": {"optimizer": {"name": "sgd", "lr": {"log_uniform": [1e-3, 1.0]}}},
    "max_trials": 6,
    "seed": 7,
}


class Bench:
    """One store, and engines on it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = Store(database)
        self._working: asyncio.Task[None] | None = None

    def submit(self, **changes: Any) -> Study:
        """A study of the standard definition with changes."""
        definition = StudyDefinition.parse({**DEFINITION, **changes})
        return self.store.studies.create(submission_of(definition))[0]

    @asynccontextmanager
    async def engine(self, pool: Pool, *, crash: bool = False, **options: Any) -> AsyncIterator[Engine]:
        """A working engine; left with ``crash``, it ends without releasing anything."""
        engine = Engine(self.store, pool, Watcher(self.database), "test", stop_grace=5, **options)
        stopped = asyncio.Event()
        self._working = task = asyncio.create_task(engine.run(stopped))
        try:
            yield engine
        finally:
            if crash:
                task.cancel()
            stopped.set()
            await asyncio.gather(task, return_exceptions=crash)

    async def until(self, condition: Callable[[], bool], within: float = 20) -> None:
        """Wait until the condition holds."""
        watcher = Watcher(self.database)
        async with asyncio.timeout(within):
            while not condition():
                await watcher.wait(0.05)
                if self._working is not None and self._working.done():
                    self._working.result()

    async def ended(self, study: Study) -> Study:
        """The study once its state is an ended one."""
        await self.until(lambda: self.store.studies.get(study.id).state.ended)
        return self.store.studies.get(study.id)


@pytest.fixture
def bench(tmp_path: Path, migrated: Path) -> Iterator[Bench]:
    database = open_database(f"sqlite:///{shutil.copy(migrated, tmp_path)}")
    yield Bench(database)
    database.dispose()


def states(bench: Bench, study_id: str) -> list[RunState]:
    return [trial.state for trial in bench.store.trials.of_study(study_id)]
