"""A store with studies in it, as an engine leaves them, a real MLflow server, and a look at what MLflow shows."""

from __future__ import annotations

import atexit
import math
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mlflow import MlflowClient
from sqlalchemy import Engine as Database

from experiments.reporting import Report
from service.settings import Settings
from service.storage.blobs.artifact_store import ArtifactStore
from service.storage.db.database import open_database
from service.storage.db.tables import metadata
from service.storage.store import Store
from service.study.jobs import Placement
from service.study.ports import Outcome
from service.study.records import Artifact, Run, Study, Submission, Trial
from service.study.states import RunState, StudyState
from service.supervisor import processes
from service.tracking import server
from service.tracking.local import LocalMlflow
from tests.support.rows import waiting_run, waiting_trial

CONFIG = {
    "data": {"name": "digits"},
    "model": {"name": "mlp", "hidden": [64, 64]},
    "initializer": {"name": "kaiming_normal"},
    "regularizers": {"dropout": {"name": "dropout", "p": 0.2}},
    "optimizer": {"name": "adamw", "lr": 0.003},
    "schedule": {"name": "cosine", "warmup": 0.05},
    "training": {"epochs": 3, "batch_size": 64},
    "seed": 0,
    "fold": None,
}


class Engine:
    """Writes to the store what an engine writes."""

    def __init__(self, database: Database, artifacts: ArtifactStore, scratch: Path) -> None:
        self.database = database
        self.store = store = Store(database)
        self.artifacts, self._scratch = artifacts, scratch
        epoch = store.leadership.lead("test", 5.0)
        assert epoch is not None
        self._epoch = epoch

    def study(self, name: str = "digits") -> Study:
        """A study without trials."""
        definition = {
            "name": name,
            "objective": {"metric": "val_loss", "direction": "minimize"},
            "replicates": {"seeds": 1},
            "priority": 0,
            "max_trials": 10,
            "max_concurrent_trials": 2,
        }
        study, _created = self.store.studies.create(Submission(definition))
        with self._transaction() as tx:
            tx.set_study_state(study.id, StudyState.RUNNING, "running")
        return study

    def trial(self, study: Study, number: int, state: RunState = RunState.COMPLETED, **more: Any) -> Trial:
        """A trial that has come to a state, with curves, and its config as an artifact of each run."""
        trial, runs = self.insert(study, number, more.pop("n_runs", 1), more.pop("parameters", {}))
        if state is not RunState.WAITING:
            for run in runs:
                self.report(run, range(1, 4), **more)
        if state.ended:
            self.end(trial, runs, state)
        return trial

    def insert(
        self, study: Study, number: int, n_runs: int = 1, parameters: Mapping[str, Any] = MappingProxyType({})
    ) -> tuple[Trial, list[Run]]:
        """A waiting trial."""
        parameters = {"optimizer": "adamw", "optimizer.adamw.lr": 0.003, **parameters}
        trial = waiting_trial(study, number, parameters=parameters, config=CONFIG)
        runs = [waiting_run(trial, replicate) for replicate in range(n_runs)]
        with self._transaction() as tx:
            tx.insert_trial(trial, runs)
        return trial, runs

    def report(
        self, run: Run, epochs: Sequence[int] | range, metrics: Sequence[str] = ("train_loss", "val_loss")
    ) -> None:
        """Epochs of a run, which is started by the first."""
        with self._transaction() as tx:
            if epochs[0] == 1:
                tx.start_run(run.id, 1)
                tx.assign_run(run.id, 1, Placement("worker-1"))
                tx.add_artifact(self._artifact(run, "config.json", b'{"optimizer": "adamw"}'))
            tx.append_points(run.id, 1, [_report(run, epoch, metrics) for epoch in epochs])

    def report_values(self, run: Run, epoch: int, **metrics: float) -> None:
        """One more epoch of a run, with these values."""
        with self._transaction() as tx:
            tx.append_points(run.id, 1, [Report(10 * epoch, epoch, 1.7e9 + epoch, float(epoch), metrics)])

    def add_file(self, run: Run, path: str, content: bytes) -> None:
        """An artifact of a run."""
        with self._transaction() as tx:
            tx.add_artifact(self._artifact(run, path, content))

    def end(self, trial: Trial, runs: Sequence[Run], state: RunState = RunState.COMPLETED) -> None:
        """The end of a trial and all its runs."""
        value = 0.5 + trial.number / 100 if state is RunState.COMPLETED else None
        outcome = Outcome(state, f"{state.value.lower()} on purpose", value, {"val_loss": 0.5} if value else {})
        with self._transaction() as tx:
            for run in runs:
                tx.add_artifact(self._artifact(run, "pictures/confusion.png", b"picture of " + run.id.encode()))
                tx.end_run(run.id, 1, outcome)
            tx.end_trial(trial.id, outcome, {})

    def unshowable(self, study: Study, number: int) -> Trial:
        """A completed trial that MLflow never takes: a file of it would lie outside of its folder."""
        trial, runs = self.insert(study, number)
        self.report(runs[0], [1])
        self.add_file(runs[0], "../../../escaped", b"x")
        self.end(trial, runs)
        return trial

    def test_result(self, study: Study, trial: Trial, metrics: Mapping[str, float]) -> None:
        """The best trial's result on the test split."""
        runs = [
            {"run": run.id, "seed": run.seed, "fold": run.fold, "metrics": dict(metrics), "reason": ""}
            for run in self.store.runs.of_trial(trial.id)
        ]
        std = dict.fromkeys(metrics, 0.0 if len(runs) > 1 else None)
        result = {"trial": trial.number, "n": len(runs), "metrics": dict(metrics), "std": std, "reason": ""}
        with self._transaction() as tx:
            tx.set_test_result(study.id, {**result, "runs": runs})

    def delete(self, study: Study) -> None:
        """All rows of the study."""
        with self._transaction() as tx:
            tx.delete_study(study.id)

    def _transaction(self) -> Any:
        return self.store.transaction(self._epoch)

    def _artifact(self, run: Run, path: str, content: bytes) -> Artifact:
        file = self._scratch / "artifact"
        file.write_bytes(content)
        blob = self.artifacts.put(file)
        return Artifact(run.id, path, blob.sha256, blob.size, "application/octet-stream", datetime.now(UTC))


def _report(run: Run, epoch: int, metrics: Sequence[str]) -> Report:
    values = {metric: run.trial_number + 1.0 / epoch + index for index, metric in enumerate(metrics)}
    return Report(step=10 * epoch, epoch=epoch, wall_time=1.7e9 + epoch, training_time=float(epoch), metrics=values)


@contextmanager
def engine_on(settings: Settings, scratch: Path) -> Iterator[Engine]:
    """An engine on a fresh store of these settings."""
    settings.directory.mkdir(mode=0o700, exist_ok=True)
    database = open_database(settings.database)
    metadata.create_all(database)
    yield Engine(database, ArtifactStore(settings.artifacts), scratch)
    database.dispose()


@cache
def empty_mlflow() -> Path:
    """An MLflow database with all tables and nothing in them, to be copied: MLflow takes seconds to make one."""
    folder = Path(tempfile.mkdtemp(prefix="studyhall-mlflow-"))
    atexit.register(shutil.rmtree, folder)
    mlflow = LocalMlflow(folder / "mlflow.db", folder, ArtifactStore(str(folder)))
    mlflow.ping()
    mlflow.close()
    connection = sqlite3.connect(folder / "mlflow.db")
    connection.execute("PRAGMA journal_mode = DELETE")  # all of it in one file
    connection.close()
    return folder / "mlflow.db"


def contents(client: MlflowClient) -> dict[str, Any]:
    """All that MLflow shows of our studies, by names that are ours: what must be equal however it came about."""
    shown: dict[str, Any] = {}
    for experiment in client.search_experiments(filter_string="name LIKE '% st_%'"):
        runs = list(client.search_runs([experiment.experiment_id], max_results=1000))
        ours = {run.info.run_id: run.data.tags["studyhall.id"] for run in runs}
        assert len(set(ours.values())) == len(runs), "two runs for one trial"
        shown[experiment.name] = {ours[run.info.run_id]: _run(client, run, ours) for run in runs}
    return shown


def _run(client: MlflowClient, run: Any, ours: Mapping[str, str]) -> dict[str, Any]:
    tags = {key: value for key, value in run.data.tags.items() if key not in {"mlflow.user", "mlflow.parentRunId"}}
    history = {key: client.get_metric_history(run.info.run_id, key) for key in run.data.metrics}
    return {
        "name": run.info.run_name,
        "status": run.info.status,
        "times": (run.info.start_time, run.info.end_time),
        "tags": tags,
        "parent": ours.get(run.data.tags.get("mlflow.parentRunId", "")),
        "params": dict(run.data.params),
        "last": dict(run.data.metrics),
        "points": {key: sorted(map(_point, points)) for key, points in history.items()},
    }


def _point(point: Any) -> tuple[int, int, float | str]:
    """NaN, which equals nothing, by its name."""
    return point.step, point.timestamp, "NaN" if math.isnan(point.value) else point.value


def files(client: MlflowClient, run_id: str, folder: str = "") -> set[str]:
    """The paths of a run's artifacts as MLflow lists them."""
    found: set[str] = set()
    for entry in client.list_artifacts(run_id, folder or None):
        found |= files(client, run_id, entry.path) if entry.is_dir else {entry.path}
    return found


class Server:
    """A real local MLflow server, on an empty store, that can be stopped, started and wiped."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.settings = Settings(home=home)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """Its tracking URI."""
        return server.tracking_uri(self.port)

    def start(self) -> None:
        """Start it, and wait until it answers; a missing database becomes an empty one."""
        folder = self.settings.directory / "mlflow"
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "mlflow.db").exists():
            shutil.copy(empty_mlflow(), folder / "mlflow.db")
        command = server.command(self.settings, self.port)
        self.process = processes.start(command, server.environment(), folder.parent / "mlflow.log", folder)
        deadline = time.monotonic() + 60
        while not server.answers(self.port):
            assert self.process.poll() is None and time.monotonic() < deadline, "the MLflow server does not start"
            time.sleep(0.05)

    def stop(self) -> None:
        """Kill it with everything it started."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def wipe(self) -> None:
        """Lose all it had, as if its database had been made anew."""
        connection = sqlite3.connect(self.settings.directory / "mlflow" / "mlflow.db")
        with connection:
            for table in ("latest_metrics", "metrics", "params", "tags", "runs", "experiment_tags", "experiments"):
                connection.execute(f"DELETE FROM {table}")
        connection.close()
        shutil.rmtree(self.settings.mlflow_artifacts, ignore_errors=True)
