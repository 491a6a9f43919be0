"""MLflow is away for a whole study, which does not notice: MLflow has everything once it is back, also after a wipe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from mlflow import MlflowClient

from service.settings import Settings
from service.storage.db.database import open_database
from service.storage.store import Store
from service.study.records import Study
from service.supervisor.home import serving_now
from service.supervisor.serving import serving
from service.tracking.rebuild import rebuild
from tests.support.supervisors import until
from tests.support.tracking import Server, contents

pytestmark = pytest.mark.slow
DEFINITION = {
    "name": "undisturbed",
    "experiment": "digits-mlp",
    "objective": "val_accuracy",
    "sampler": "random",
    "space": {"optimizer": {"name": "sgd", "lr": {"log_uniform": [1e-2, 1.0]}}},
    "training": {"epochs": 2},
    "max_trials": 4,
    "max_concurrent_trials": 1,
    "seed": 3,
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server that has not been started."""
    server = Server(tmp_path / "server")
    yield server
    server.stop()


def test_p9_mlflow_converges_after_it_was_away_and_after_it_was_wiped(server: Server, tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path / "home",
        port=0,
        public_url="http://studyhall.test",
        pool="process",
        workers=1,
        mlflow_tracking_uri=server.uri,
    )
    with serving(settings) as url, httpx.Client(base_url=f"{url}/api/v1", timeout=30) as api:
        api.post("/studies", json=DEFINITION).raise_for_status()
        until(lambda: api.get("/studies/undisturbed").json()["state"] == "COMPLETED", 120)
        assert listening_off_loopback(settings) == []
        server.start()
        store = Store(open_database(settings.database))
        until(lambda: store.sync_items.n_dirty() == 0, 60)
        study = store.studies.get("undisturbed")
        shown = contents(MlflowClient(server.uri))
        assert points(shown[f"undisturbed {study.id}"]) == expected(store, study)
    server.wipe()
    assert rebuild(settings).rejected == []
    assert contents(MlflowClient(server.uri)) == shown
    assert serving_now(settings.directory) is None


def points(runs: dict[str, Any]) -> dict[str, Any]:
    """Status and curves of each run, by our id, without what stands on the run as a whole."""
    return {
        id_: (
            run["status"],
            {key: [(s, v) for s, _, v in values] for key, values in run["points"].items() if key in CURVES},
        )
        for id_, run in runs.items()
    }


CURVES = frozenset({"train_loss", "val_loss", "val_accuracy"})


def expected(store: Store, study: Study) -> dict[str, Any]:
    """The same from our tables."""
    found: dict[str, Any] = {}
    for trial in store.trials.of_study(study.id):
        [run] = store.runs.of_trial(trial.id)
        curve = store.curves.get(run.id, sorted(CURVES))
        columns = {key: list(zip(curve.step.tolist(), curve.metrics[key].tolist(), strict=True)) for key in CURVES}
        found[trial.id] = ("FINISHED", columns)
    assert len(found) == DEFINITION["max_trials"]
    return found


def listening_off_loopback(settings: Settings) -> list[Any]:
    """Listening sockets of the service's processes that others than this machine can reach."""
    served = serving_now(settings.directory)
    assert served is not None
    supervisor = psutil.Process(served.pid)
    family = [supervisor, *supervisor.children(recursive=True)]
    sockets = [entry for process in family for entry in process.net_connections() if entry.status == "LISTEN"]
    assert sockets
    return [entry for entry in sockets if entry.laddr.ip not in {"127.0.0.1", "::1"}]
