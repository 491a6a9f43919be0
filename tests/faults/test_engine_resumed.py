"""An engine that was stopped, deposed meanwhile and then goes on: what its successor has, it leaves alone."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
from sqlalchemy import select

from service.settings import Settings
from service.storage.db.database import open_database, reading
from service.storage.db.service_tables import leadership
from service.storage.migrations import migrate
from service.storage.store import Store
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.submission import submission_of
from service.study.states import RunState
from service.supervisor.children import environment
from tests.service.engine.conftest import DEFINITION
from tests.support.supervisors import until

ENGINE = """
from dataclasses import replace
from service.dispatch.options import PoolOptions
from service.dispatch.process.pool import ProcessPool
from service.engine import __main__ as engine, leading

leading.HEARTBEAT, leading.TERM = 0.2, 2.0
engine.make_pool = lambda settings, _: ProcessPool(
    replace(PoolOptions.from_settings(settings), trainer="counting_trainer")
)
raise SystemExit(engine.main())
"""
TRAINERS = Path(__file__).parents[1] / "contracts" / "pools" / "trainers"


@contextlib.contextmanager
def engine(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """An engine without a supervisor, whose workers are subprocesses that train nothing, until they are stopped."""
    variables = os.environ | environment(settings) | {"PYTHONPATH": str(TRAINERS)}
    process = subprocess.Popen([sys.executable, "-c", ENGINE], env=variables)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def put_to_sleep(process: subprocess.Popen[bytes], database: Path) -> None:
    """Stop the process, but not amid a write: then nobody else could write as long as it sleeps."""
    while True:
        process.send_signal(signal.SIGSTOP)
        with contextlib.closing(sqlite3.connect(database, timeout=0.2)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                process.send_signal(signal.SIGCONT)
            else:
                return


def test_p4_an_engine_that_slept_leaves_its_successor_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, pool="process", workers=1)
    settings.directory.mkdir(exist_ok=True)
    migrate(settings.database)
    database = open_database(settings.database)
    store = Store(database)

    def leads(process: subprocess.Popen[bytes]) -> bool:
        with reading(database) as connection:
            holder = connection.execute(select(leadership.c.holder)).scalar()
        return str(holder).endswith(f":{process.pid}")

    with contextlib.ExitStack() as stack:
        both = [stack.enter_context(engine(settings)) for _ in range(2)]
        until(lambda: any(map(leads, both)))
        first, second = both if leads(both[0]) else reversed(both)
        changes = {"experiment": "digits-mlp", "max_trials": 1, "training": {"epochs": 100}}
        study = store.studies.create(submission_of(StudyDefinition.parse(DEFINITION | changes)))[0]

        def trains() -> bool:
            """Whether the worker of whoever leads has begun."""
            runs = store.runs.of_study(study.id)
            return bool(runs) and runs[0].state == RunState.RUNNING and runs[0].worker is not None

        until(trains)
        before = store.runs.of_study(study.id)[0].worker
        put_to_sleep(first, settings.directory / "studyhall.db")
        until(lambda: leads(second) and trains() and store.runs.of_study(study.id)[0].worker != before)
        workers = psutil.Process(second.pid).children()
        kept = [worker.cwd() for worker in workers]
        first.send_signal(signal.SIGCONT)
        assert first.wait(20) == 1
        assert [worker.is_running() for worker in workers] == [True]
        assert [Path(each).is_dir() for each in kept] == [True]
        [run] = store.runs.of_study(study.id)
        assert (run.state, run.attempt, run.starts) == (RunState.RUNNING, 1, 2)
        second.terminate()
        assert second.wait(20) == 0
        assert store.runs.of_study(study.id)[0].state == RunState.WAITING
    assert list(settings.scratch.iterdir()) == []
    database.dispose()
