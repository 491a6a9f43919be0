"""The tracker process is killed while it writes: started again, it completes MLflow, with nothing missing or double."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from mlflow import MlflowClient

from experiments import own_process
from service.settings import Settings
from service.supervisor.children import environment
from service.tracking.rebuild import rebuild
from tests.support.tracking import contents, empty_mlflow, engine_on

pytestmark = pytest.mark.slow
N_TRIALS = 150
"""Six transactions of the tracker's, of which the first is seen before the last however slowly one looks."""


def n_runs(settings: Settings) -> int:
    """How many runs MLflow holds by now."""
    connection = sqlite3.connect(settings.directory / "mlflow" / "mlflow.db")
    try:
        return int(connection.execute("SELECT count(*) FROM runs").fetchone()[0])
    finally:
        connection.close()


def test_p9_a_tracker_killed_in_the_middle_is_made_good(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    (settings.directory / "mlflow").mkdir(parents=True)
    shutil.copy(empty_mlflow(), settings.directory / "mlflow" / "mlflow.db")
    with engine_on(settings, tmp_path) as engine:
        study = engine.study()
        for number in range(N_TRIALS):
            engine.trial(study, number)
        tracker = subprocess.Popen(own_process.command("service.tracking"), env={**os.environ, **environment(settings)})
        while n_runs(settings) == 0:
            assert tracker.poll() is None
            time.sleep(0.002)
        tracker.kill()
        tracker.wait()
        assert 0 < n_runs(settings) < N_TRIALS
        assert rebuild(settings).by_service is False
        shown = contents(MlflowClient(settings.mlflow_database))[f"digits {study.id}"]
        assert len(shown) == N_TRIALS
        for number in range(N_TRIALS):
            trial = engine.store.trials.get(study.id, number)
            [run] = engine.store.runs.of_trial(trial.id)
            curve = engine.store.curves.get(run.id)
            stored = {
                name: [
                    (int(s), round(w * 1000), float(v))
                    for s, w, v in zip(curve.step, curve.wall_time, values, strict=True)
                ]
                for name, values in curve.metrics.items()
            }
            points = shown[trial.id]["points"]
            assert points.pop("objective")[0][2] == trial.value
            assert {name: points.pop(f"judged/{name}")[0][2] for name in run.metrics} == run.metrics
            assert points == stored
        assert engine.store.sync_items.dirty() == []
