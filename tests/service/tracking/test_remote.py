"""The projection over HTTP: a real server, which is stopped, wiped, and gives the same content as the local store."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import psutil
import pytest
from mlflow import MlflowClient

from service.settings import Settings
from service.storage.blobs.artifact_store import ArtifactStore
from service.storage.db.watcher import Watcher
from service.study.records import Trial
from service.study.states import RunState
from service.tracking import server as server_module
from service.tracking.errors import MlflowDown, Wiped
from service.tracking.local import LARGEST
from service.tracking.names import NAME_TAG, mlflow_name
from service.tracking.opening import tracking
from service.tracking.rebuild import rebuild
from service.tracking.remote import RemoteMlflow
from tests.support.models import MODEL_FILES, trial_with_model
from tests.support.supervisors import until
from tests.support.tracking import Engine, Server, contents, files

pytestmark = pytest.mark.slow
ODD = (
    "val_loss",
    "MAP@5",
    mlflow_name("MAP@5"),
    "huber[delta=1.3]",
    "huber(delta=1.3)",
    "a//b",
    "objective",
    "x" * 300,
)
"""Names of metrics, most of which MLflow refuses."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all of this module."""
    server = Server(tmp_path_factory.mktemp("server"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def settings(tmp_path: Path, server: Server) -> Settings:
    """A service whose MLflow is that server."""
    return Settings(home=tmp_path / "home", mlflow_tracking_uri=server.uri)


@pytest.fixture
def client(server: Server) -> MlflowClient:
    """What users of the server see."""
    return MlflowClient(server.uri)


@pytest.fixture
def study_name(request: pytest.FixtureRequest) -> str:
    """A name of each test's own, because all share the server."""
    return str(request.node.name.lower().replace("_", "-"))


def mine(client: MlflowClient, name: str) -> dict[str, Any]:
    """The runs of the test's study."""
    return next((runs for title, runs in contents(client).items() if title.startswith(f"{name} st_")), {})


def test_the_same_content_as_in_the_local_store(
    settings: Settings, engine: Engine, client: MlflowClient, study_name: str
) -> None:
    study = engine.study(study_name)
    engine.trial(study, 0, n_runs=2)
    engine.trial(study, 1, RunState.FAILED)
    best = engine.trial(study, 2)
    engine.test_result(study, best, {"test_accuracy": 0.9, "test_MAP@5": 0.8})
    late, runs = engine.insert(study, 3)
    engine.report(runs[0], [1])
    for epoch, value in enumerate((math.nan, math.inf, -math.inf, 0.5), 2):
        engine.report_values(runs[0], epoch, val_f1=value)
    engine.end(late, runs)
    odd = engine.trial(study, 4, RunState.PRUNED, metrics=ODD, parameters={f"model.net.a[{i}]": i for i in range(120)})
    rebuild(settings)
    remote = mine(client, study_name)
    shown = [value for _step, _at, value in remote[late.id]["points"]["val_f1"]]
    assert shown == ["NaN", LARGEST, -LARGEST, 0.5]
    local = settings.model_copy(update={"mlflow_tracking_uri": ""})
    rebuild(local)
    assert len(remote) == 7
    names = {key.removeprefix(NAME_TAG): tag for key, tag in remote[odd.id]["tags"].items() if NAME_TAG in key}
    assert {names.get(key, key) for key in remote[odd.id]["last"]} == set(ODD)
    assert names.items() >= {mlflow_name(f"model.net.a[{i}]"): f"model.net.a[{i}]" for i in range(120)}.items()
    assert mlflow_name("test_MAP@5") in remote[best.id]["last"]
    assert without_addresses(remote) == without_addresses(mine(MlflowClient(local.mlflow_database), study_name))
    rebuild(settings)
    assert mine(client, study_name) == remote
    run_id = engine.store.trials.get(study.id, 2).mlflow_run_id
    assert files(client, str(run_id)) == {"config.json", "pictures/confusion.png"}


@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred:UserWarning")  # MLflow says so of its own classes
def test_a_model_is_loaded_from_its_run(
    settings: Settings, engine: Engine, server: Server, client: MlflowClient, study_name: str, tmp_path: Path
) -> None:
    study = engine.study(study_name)
    signature = trial_with_model(engine, study, tmp_path)
    rebuild(settings)
    run_id = str(engine.store.trials.get(study.id, 0).mlflow_run_id)
    held = {f"model/{name}" for name in (*MODEL_FILES, "model.md", "data/model.pt2")}
    assert files(client, run_id) == {"config.json", "pictures/confusion.png", *held}
    mlflow.set_tracking_uri(server.uri)
    loaded = mlflow.pyfunc.load_model(f"runs:/{run_id}/model")
    inputs, outputs = (np.array(signature["example"][side], np.float32) for side in ("inputs", "outputs"))
    np.testing.assert_array_equal(loaded.predict(inputs), outputs)
    assert loaded.predict(np.repeat(inputs, 3, axis=0)).shape == (6, 3)


async def test_p9_what_ended_while_mlflow_was_away_is_shown_once_it_is_back_and_after_a_wipe(
    settings: Settings,
    engine: Engine,
    server: Server,
    client: MlflowClient,
    study_name: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    study, stopped = engine.study(study_name), asyncio.Event()
    trials = [engine.trial(study, 0)]
    with tracking(settings, engine.database) as tracker:
        running = asyncio.create_task(tracker.run(Watcher(engine.database), stopped))
        await asyncio.to_thread(until, lambda: engine.store.sync_items.n_dirty() == 0)
        server.stop()
        trials += [engine.trial(study, 1), engine.trial(study, 2, RunState.PRUNED)]
        await asyncio.to_thread(until, lambda: caplog.text.count("trying again") > 1)
        assert engine.store.sync_items.n_dirty() > 0
        server.start()  # in this thread: the server ends with the one that started it
        await asyncio.to_thread(until, lambda: engine.store.sync_items.n_dirty() == 0)
        stopped.set()
        await running
    shown = mine(client, study_name)
    assert {id_: curves(run) for id_, run in shown.items()} == {trial.id: stored(engine, trial) for trial in trials}
    server.wipe()
    assert rebuild(settings).rejected == []
    assert mine(client, study_name) == shown


def curves(run: dict[str, Any]) -> dict[str, list[tuple[int, float]]]:
    """Steps and values of what was reported, without what stands on the run as a whole."""
    names = ("train_loss", "val_loss")
    return {name: [(step, value) for step, _at, value in run["points"][name]] for name in names}


def stored(engine: Engine, trial: Trial) -> dict[str, list[tuple[int, float]]]:
    """The same from our tables."""
    [run] = engine.store.runs.of_trial(trial.id)
    curve = engine.store.curves.get(run.id)
    return {
        name: list(zip(curve.step.tolist(), values.tolist(), strict=True)) for name, values in curve.metrics.items()
    }


def test_files_that_cannot_be_read_now_are_read_later(
    settings: Settings, engine: Engine, client: MlflowClient, study_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = engine.study(study_name)
    engine.trial(study, 0)

    def refuse(*_: object) -> None:
        raise OSError("slow down")

    with tracking(settings, engine.database) as tracker:
        with monkeypatch.context() as patched, pytest.raises(MlflowDown, match="slow down"):
            patched.setattr(ArtifactStore, "open", refuse)
            tracker.drain()
        tracker.drain()
    run_id = engine.store.trials.get(study.id, 0).mlflow_run_id
    assert files(client, str(run_id)) == {"config.json", "pictures/confusion.png"}


def test_a_request_without_an_answer_is_not_done_twice(
    settings: Settings,
    engine: Engine,
    client: MlflowClient,
    study_name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study = engine.study(study_name)
    engine.trial(study, 0)
    create = RemoteMlflow._create

    def create_and_lose_the_answer(self: RemoteMlflow, *arguments: Any) -> str:
        create(self, *arguments)
        monkeypatch.undo()
        raise MlflowDown("the answer was lost")

    monkeypatch.setattr(RemoteMlflow, "_create", create_and_lose_the_answer)
    with tracking(settings, engine.database) as tracker:
        tracker.drain()
    assert [run["status"] for run in mine(client, study_name).values()] == ["FINISHED"]


def test_what_contradicts_our_tables_is_replaced(
    settings: Settings, engine: Engine, client: MlflowClient, study_name: str
) -> None:
    study = engine.study(study_name)
    first, second = engine.trial(study, 0), engine.trial(study, 1)
    for best in (first, second):
        engine.test_result(study, best, {"test_accuracy": 0.9})
        rebuild(settings)
        shown = mine(client, study_name)
        assert [id_ for id_, run in shown.items() if "test_accuracy" in run["last"]] == [best.id]
    assert len(shown) == 2


def test_deleting_a_study_deletes_its_experiment(
    settings: Settings, engine: Engine, client: MlflowClient, study_name: str
) -> None:
    study = engine.study(study_name)
    engine.trial(study, 0)
    with tracking(settings, engine.database) as tracker:
        tracker.drain()
        engine.delete(study)
        tracker.drain()
    assert mine(client, study_name) == {}
    assert engine.store.sync_items.dirty() == []


def test_the_server_listens_on_loopback_only_and_shows_its_pages_under_the_prefix(
    server: Server, client: MlflowClient
) -> None:
    assert server.process is not None
    family = [psutil.Process(server.process.pid), *psutil.Process(server.process.pid).children(recursive=True)]
    assert len(family) == 2  # MLflow's command, and the one web server that it starts
    sockets = [entry for process in family for entry in process.net_connections() if entry.status == "LISTEN"]
    assert {entry.laddr for entry in sockets} == {("127.0.0.1", server.port)}
    assert server_module.answers(server.port)
    assert not server_module.answers(server.port + 1)


def test_a_wiped_server_is_written_again(
    settings: Settings, engine: Engine, server: Server, client: MlflowClient, study_name: str
) -> None:
    study = engine.study(study_name)
    engine.trial(study, 0)
    with tracking(settings, engine.database) as tracker:
        tracker.drain()
        before = mine(client, study_name)
        server.wipe()
        engine.trial(study, 1)
        with pytest.raises(Wiped):
            tracker.drain()
        tracker.drain()
    after = mine(client, study_name)
    assert len(after) == 2
    assert after.items() >= before.items()


def without_addresses(shown: dict[str, Any]) -> dict[str, Any]:
    """The content but for the links back, which hold the host when the server is another's."""
    links = {"studyhall.page", "mlflow.note.content"}
    return {
        id_: {**run, "tags": {key: value for key, value in run["tags"].items() if key not in links}}
        for id_, run in shown.items()
    }
