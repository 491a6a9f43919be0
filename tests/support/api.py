"""A real store on SQLite, an engine's hand to fill it, and the API on top: in process, or listening on a port."""

from __future__ import annotations

import math
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import uvicorn
from fastapi.testclient import TestClient

from experiments.reporting import Report
from search_spaces.sampling import configure
from service.api import analyses
from service.api.__main__ import Server
from service.api.app import create_app
from service.settings import Settings
from service.storage.blobs.artifact_store import ArtifactStore
from service.storage.db.database import open_database
from service.storage.migrations import migrate
from service.storage.store import Store
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.submission import submission_of
from service.study.jobs import Placement
from service.study.ports import Outcome
from service.study.records import Artifact, Run, Study
from service.study.replicates import aggregate
from service.study.states import FailureKind, RunState, StudyState
from tests.support.lasting_helper import LastingHelper
from tests.support.rows import waiting_run, waiting_trial

STUDY: dict[str, Any] = {
    "name": "digits",
    "experiment": "digits-mlp",
    "objective": "val_loss",
    "sampler": "random",
    "space": {"optimizer": {"name": "sgd", "lr": {"log_uniform": [0.001, 1.0]}}},
    "training": {"epochs": 3},
    "max_trials": 6,
    "seed": 7,
}
DISTRIBUTION = '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}'


class Bench:
    """The store of one data directory, with what an engine would write."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = open_database(settings.database)
        self.store = Store(self.database)
        self.artifacts = ArtifactStore(settings.artifacts)
        epoch = self.store.leadership.lead("bench", 0.0)
        assert epoch is not None
        self.epoch = epoch
        self._definitions: dict[str, StudyDefinition] = {}

    def study(self, **changes: Any) -> Study:
        """A study of the standard definition with changes."""
        return self.store.studies.create(submission_of(StudyDefinition.parse({**STUDY, **changes})))[0]

    def set_state(self, study: Study, state: StudyState, reason: str = "") -> None:
        """What the engine found."""
        with self.store.transaction(self.epoch) as tx:
            tx.set_study_state(study.id, state, reason)

    def trial(
        self,
        study: Study,
        number: int,
        curve: Sequence[float] = (),
        state: RunState = RunState.COMPLETED,
        value: float | None = None,
        lr: float = 0.1,
        reason: str = "",
        further: tuple[float, ...] = (),
        infeasible: bool = False,
    ) -> Run:
        """A trial of one run whose ``val_loss`` is the curve, in ``state``; its values by ``further`` objectives."""
        (run,) = self._insert(study, number, lr)
        if state is RunState.WAITING:
            return run
        objective = self._definition_of(study).objective
        epoch = objective.monitor.judged_epoch({epoch: y for epoch, y in enumerate(curve, 1) if math.isfinite(y)})
        judged = None if epoch is None else curve[epoch - 1]
        value = judged if value is None else value
        ended = Outcome(state, reason, value, {"val_loss": 1.0}, metrics_epoch=epoch, further_values=further)
        ended = replace(ended, infeasible=infeasible)
        with self.store.transaction(self.epoch) as tx:
            tx.start_run(run.id, 1)
            tx.assign_run(run.id, 1, Placement("worker-1"))
        with self.store.transaction(self.epoch) as tx:
            for epoch, y in enumerate(curve, 1):
                row = Report(10 * epoch, epoch, 1000.0 + epoch, 0.5 * epoch, {"val_loss": y, "train_loss": y / 2})
                tx.append_points(run.id, 1, [row])
            if state.ended:
                tx.end_run(run.id, 1, ended)
                tx.end_trial(run.trial_id, ended, {})
        return self.store.runs.get(run.id)

    def trial_of_runs(
        self,
        study: Study,
        number: int,
        values: Sequence[float | None],
        state: RunState = RunState.COMPLETED,
        lr: float = 0.1,
    ) -> list[Run]:
        """A trial with a run for each value; None diverged. As long as the trial is RUNNING, its last run is too."""
        runs = self._insert(study, number, lr, len(values))
        ending = runs if state.ended else runs[:-1]
        with self.store.transaction(self.epoch) as tx:
            for run in runs:
                tx.start_run(run.id, 1)
            for run, value in zip(ending, values, strict=False):
                tx.end_run(run.id, 1, _ended(value))
        if state.ended:
            made = aggregate(self._definition_of(study), self.store.runs.named([run.id for run in runs]))
            with self.store.transaction(self.epoch) as tx:
                tx.end_trial(runs[0].trial_id, Outcome(state, "", *made), {})
        return [self.store.runs.get(run.id) for run in runs]

    def artifact(self, run: Run, path: str, content: bytes, media_type: str) -> None:
        """A file that the run left."""
        file = self.settings.directory / "upload"
        file.write_bytes(content)
        blob = self.artifacts.put(file)
        row = Artifact(run.id, path, blob.sha256, blob.size, media_type, datetime.now(UTC))
        with self.store.transaction(self.epoch) as tx:
            tx.add_artifact(row)

    def refuse(self, run: Run, error: str) -> None:
        """MLflow will not take what is known of the run and its trial now."""
        for item in self.store.sync_items.dirty(1000):
            if item.id in (run.id, run.trial_id):
                self.store.sync_items.reject(item.kind, item.id, item.version, error)

    def log(self, run: Run, text: str) -> None:
        """A line of the run's log."""
        with self.store.transaction(self.epoch) as tx:
            tx.append_log(run.id, text)

    def _definition_of(self, study: Study) -> StudyDefinition:
        """Parsed once: it takes as long as all else that makes a trial."""
        if study.id not in self._definitions:
            self._definitions[study.id] = StudyDefinition.parse(study.definition)
        return self._definitions[study.id]

    def _insert(self, study: Study, number: int, lr: float, n_runs: int = 1) -> list[Run]:
        name, lr_alone = f"{study.id}-{number}", {"optimizer.sgd.lr": lr}
        trial = waiting_trial(
            study,
            number,
            id=f"tr-{name}",
            parameters=lr_alone,
            distributions={"optimizer.sgd.lr": DISTRIBUTION},
            config=configure(self._definition_of(study).search_space(), lr_alone),
        )
        ids = [f"ru-{name}-{replicate}" if replicate else f"ru-{name}" for replicate in range(n_runs)]
        runs = [waiting_run(trial, replicate, id=id_, seed=1 + replicate) for replicate, id_ in enumerate(ids)]
        with self.store.transaction(self.epoch) as tx:
            tx.insert_trial(trial, runs)
        return runs


def _ended(value: float | None) -> Outcome:
    if value is None:
        return Outcome(RunState.FAILED, "train_loss became nan in epoch 2", failure=FailureKind.DIVERGED)
    return Outcome(RunState.COMPLETED, "", value, {"val_loss": value})


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "studyhall.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def settings(tmp_path: Path, migrated: Path) -> Settings:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(migrated, home / "studyhall.db")
    return Settings(home=home, mlflow_port=0)


@pytest.fixture
def lab(settings: Settings) -> Iterator[Bench]:
    made = Bench(settings)
    yield made
    made.database.dispose()


@pytest.fixture
def api(settings: Settings) -> Iterator[TestClient]:
    with (
        patch.object(analyses, "HelperProcess", LastingHelper),
        TestClient(create_app(settings), base_url="http://127.0.0.1") as client,
    ):
        yield client


@contextmanager
def listening(settings: Settings) -> Iterator[str]:
    """The API on a free port of loopback, in a thread."""
    with patch.object(analyses, "HelperProcess", LastingHelper):
        yield from _listening(settings)


def _listening(settings: Settings) -> Iterator[str]:
    app = create_app(settings)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", timeout_graceful_shutdown=5)
    server = Server(config, app.state.closing)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.01)
            assert thread.is_alive(), "the API did not start"
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive(), "the API did not stop"


@pytest.fixture
def url(settings: Settings) -> Iterator[str]:
    with listening(settings) as address:
        yield address
