"""The projection onto the local MLflow store: always equal to our tables, however often it is made."""

from __future__ import annotations

import asyncio
import json
import math
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from mlflow import MlflowClient

from service.settings import Settings
from service.storage.blobs.artifact_store import ArtifactStore
from service.storage.mlflow_sync.sync_items import Rejections
from service.study.records import Study
from service.study.states import RunState
from service.tracking import projector
from service.tracking import tracker as tracker_module
from service.tracking.errors import MlflowDown, Refused
from service.tracking.local import LocalMlflow
from service.tracking.runs import MlflowRun
from service.tracking.tracker import Tracker
from tests.support.tracking import Engine, contents, empty_mlflow

pytestmark = pytest.mark.slow


def test_every_trial_has_one_run_with_its_curves_parameters_state_and_files(
    engine: Engine, tracker: Tracker, client: MlflowClient
) -> None:
    study = engine.study()
    trial = engine.trial(study, 12)
    tracker.drain()
    [experiment] = client.search_experiments(filter_string="name LIKE 'digits st_%'")
    [run] = client.search_runs([experiment.experiment_id])
    assert experiment.name == f"digits {study.id}"
    assert experiment.tags["mlflow.experimentKind"] == "custom_model_development"
    assert run.info.run_name == "#12 adamw cosine kaiming_normal"
    assert run.info.status == "FINISHED"
    assert run.data.tags["studyhall.id"] == trial.id
    assert run.data.tags["studyhall.reason"] == "completed on purpose"
    run_id = engine.store.runs.of_trial(trial.id)[0].id
    assert run.data.tags["mlflow.note.content"] == f"[Open in Studyhall](/studies/digits?run={run_id})"
    assert run.data.params["optimizer.adamw.lr"] == "0.003"
    assert json.loads(run.data.params["model.mlp.hidden"]) == [64, 64]
    assert [(p.step, p.timestamp) for p in client.get_metric_history(run.info.run_id, "val_loss")] == [
        (10, 1700000001000),
        (20, 1700000002000),
        (30, 1700000003000),
    ]
    assert run.data.metrics["objective"] == pytest.approx(0.62)
    assert engine.store.studies.get(study.id).mlflow_experiment_id == experiment.experiment_id
    assert engine.store.trials.get(study.id, 12).mlflow_run_id == run.info.run_id
    assert engine.store.runs.get(run_id).mlflow_run_id == run.info.run_id


def test_files_lie_where_mlflow_looks_for_them(settings: Settings, engine: Engine, tracker: Tracker) -> None:
    study = engine.study()
    trial = engine.trial(study, 0)
    tracker.drain()
    stored = engine.store.trials.get(study.id, 0)
    experiment_id = engine.store.studies.get(study.id).mlflow_experiment_id
    folder = settings.mlflow_artifacts / str(experiment_id) / str(stored.mlflow_run_id) / "artifacts"
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert found == {"config.json", "pictures/confusion.png"}
    run_id = engine.store.runs.of_trial(trial.id)[0].id
    assert (folder / "pictures/confusion.png").read_bytes() == b"picture of " + run_id.encode()


def test_a_trial_of_several_runs_has_them_as_children(engine: Engine, tracker: Tracker, client: MlflowClient) -> None:
    study = engine.study()
    trial = engine.trial(study, 0, n_runs=2)
    tracker.drain()
    shown = contents(client)[f"digits {study.id}"]
    runs = engine.store.runs.of_trial(trial.id)
    assert shown.keys() == {trial.id, *(run.id for run in runs)}
    assert [shown[run.id]["parent"] for run in runs] == [trial.id, trial.id]
    assert [shown[run.id]["params"]["seed"] for run in runs] == ["100", "101"]
    assert shown[trial.id]["last"] == {"val_loss": 0.5, "objective": 0.5, "objective_std": 0.0, "objective_n": 2.0}
    assert {step for points in shown[trial.id]["points"].values() for step, _, _ in points} == {30}
    assert [shown[run.id]["last"]["objective"] for run in runs] == [0.5, 0.5]
    assert "seed" not in shown[trial.id]["params"]


def test_each_end_has_its_status(engine: Engine, tracker: Tracker, client: MlflowClient) -> None:
    study = engine.study()
    ends = {engine.trial(study, number, state).id: state for number, state in enumerate(RunState) if state.ended}
    tracker.drain()
    shown = contents(client)[f"digits {study.id}"]
    assert {ends[id_]: run["status"] for id_, run in shown.items()} == {
        RunState.COMPLETED: "FINISHED",
        RunState.PRUNED: "FINISHED",
        RunState.FAILED: "FAILED",
        RunState.CANCELLED: "KILLED",
    }
    assert {ends[id_]: run["tags"]["studyhall.state"] for id_, run in shown.items()} == {
        state: state.value for state in ends.values()
    }


def test_a_short_trial_is_written_once_and_a_long_one_while_it_runs(
    engine: Engine, tracker: Tracker, client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = engine.study()
    trial, runs = engine.insert(study, 0)
    engine.report(runs[0], [1])
    tracker.drain()
    name = f"digits {study.id}"
    monkeypatch.setattr(tracker_module, "LIVE_AFTER", 1e9)
    assert contents(client)[name] == {}
    monkeypatch.setattr(tracker_module, "LIVE_AFTER", 0.0)
    monkeypatch.setattr(tracker_module, "LIVE_EVERY", 0.0)
    tracker.drain()
    first = contents(client)[name][trial.id]
    assert (first["status"], len(first["points"]["val_loss"])) == ("RUNNING", 1)
    engine.report(runs[0], [2, 3])
    tracker.drain()
    assert len(contents(client)[name][trial.id]["points"]["val_loss"]) == 3
    engine.end(trial, runs)
    tracker.drain()
    last = contents(client)[name][trial.id]
    assert (last["status"], len(last["points"]["val_loss"])) == ("FINISHED", 3)
    engine.store.sync_items.mark_all_dirty()
    tracker.drain()
    assert contents(client)[name][trial.id] == last


class OneWait:
    """Tells nothing, keeps how long it was waited for, and ends that."""

    def __init__(self, stopped: asyncio.Event) -> None:
        self.stopped = stopped
        self.timeout = math.nan

    async def wait(self, timeout: float) -> bool:
        self.timeout = timeout
        self.stopped.set()
        return False


async def test_only_a_trial_that_is_still_to_be_shown_is_looked_at_every_second(
    engine: Engine, tracker: Tracker
) -> None:
    study = engine.study()
    _, runs = engine.insert(study, 0)
    engine.report(runs[0], [1])
    waits = OneWait(asyncio.Event())
    await tracker.run(waits, waits.stopped)
    assert waits.timeout == tracker_module.LIVE_EVERY
    engine.delete(study)
    waits = OneWait(asyncio.Event())
    await tracker.run(waits, waits.stopped)
    assert waits.timeout == tracker_module.IDLE


def test_the_test_result_stands_on_the_best_trial_alone(engine: Engine, tracker: Tracker, client: MlflowClient) -> None:
    study = engine.study()
    first, second = engine.trial(study, 0), engine.trial(study, 1)
    for best in (first, second):  # the second becomes best when the study is extended
        engine.test_result(study, best, {"test_accuracy": 0.97})
        tracker.drain()
        shown = contents(client)[f"digits {study.id}"]
        assert [id_ for id_, run in shown.items() if "test_accuracy" in run["last"]] == [best.id]


def test_what_mlflow_refuses_is_rejected_with_the_reason_and_holds_up_nothing(
    engine: Engine, tracker: Tracker, client: MlflowClient, caplog: pytest.LogCaptureFixture
) -> None:
    study = engine.study()
    good = [engine.trial(study, 0), engine.trial(study, 2)]
    bad = engine.unshowable(study, 1)
    tracker.drain()
    assert contents(client)[f"digits {study.id}"].keys() == {trial.id for trial in good}
    [item] = [item for item in engine.store.sync_items.rejected() if item.kind == "trial"]
    assert (item.id, "escaped" in item.error) == (bad.id, True)
    assert engine.store.sync_items.dirty() == []
    [said] = [record.getMessage() for record in caplog.records if record.name.startswith("service.tracking")]
    assert said.startswith(f"trial 1 of study {study.id} is not in MLflow") and "escaped" in said


def test_a_study_whose_experiment_is_refused_stops_no_other(
    engine: Engine, tracker: Tracker, client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = engine.study("bad"), engine.study("good")
    for study in (bad, good):
        engine.trial(study, 0)
    experiment = LocalMlflow.experiment

    def refuse(self: LocalMlflow, study: Study) -> str:
        if study.id == bad.id:
            raise Refused("no such luck")
        return experiment(self, study)

    with monkeypatch.context() as patch:
        patch.setattr(LocalMlflow, "experiment", refuse)
        tracker.drain()
    assert contents(client).keys() == {f"good {good.id}"}
    assert engine.store.sync_items.rejections() == {bad.id: Rejections("bad", 2, "no such luck")}
    engine.store.sync_items.mark_all_dirty()
    tracker.drain()
    assert (engine.store.sync_items.rejections(), len(contents(client))) == ({}, 2)


def test_a_trial_that_always_fails_is_rejected_while_mlflow_answers(
    engine: Engine, tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = engine.study()
    good, bad = engine.trial(study, 0), engine.trial(study, 1)
    write = LocalMlflow.write

    def fail(self: LocalMlflow, experiment_id: str, runs: Sequence[MlflowRun]) -> Mapping[str, str]:
        if any(run.id == bad.id for run in runs):
            raise MlflowDown("it broke")
        return write(self, experiment_id, runs)

    monkeypatch.setattr(LocalMlflow, "write", fail)
    for _ in range(projector.PATIENCE - 1):
        with pytest.raises(MlflowDown):
            tracker.drain()
    assert engine.store.trials.get(study.id, 0).mlflow_run_id is not None
    tracker.drain()
    assert {(item.id, item.error) for item in engine.store.sync_items.rejected()} >= {(bad.id, "it broke")}
    assert good.id not in {item.id for item in engine.store.sync_items.rejected()}


def test_artifacts_cannot_leave_their_folder(settings: Settings, engine: Engine, tracker: Tracker) -> None:
    study = engine.study()
    engine.unshowable(study, 0)
    tracker.drain()
    assert any("escaped" in item.error for item in engine.store.sync_items.rejected())
    assert not list(settings.directory.rglob("escaped"))


def test_deleting_a_study_deletes_its_experiment_and_its_files(
    settings: Settings, engine: Engine, tracker: Tracker, client: MlflowClient
) -> None:
    study = engine.study()
    engine.trial(study, 0)
    tracker.drain()
    experiment_id = engine.store.studies.get(study.id).mlflow_experiment_id
    assert experiment_id is not None and (settings.mlflow_artifacts / experiment_id).is_dir()
    engine.delete(study)
    tracker.drain()
    assert contents(client) == {}
    assert not (settings.mlflow_artifacts / experiment_id).exists()
    assert engine.store.sync_items.dirty() == []
    again = engine.study()  # of the same name: MLflow would refuse it a second time
    tracker.drain()
    assert contents(client).keys() == {f"digits {again.id}"}


def test_the_tables_are_the_running_server_s_to_make(tmp_path: Path) -> None:
    database = tmp_path / "mlflow.db"
    mlflow = LocalMlflow(database, tmp_path, ArtifactStore(str(tmp_path)), served=True)
    with pytest.raises(MlflowDown, match="not made its tables yet"):
        mlflow.ping()
    assert not database.exists()
    shutil.copy(empty_mlflow(), database)
    mlflow.ping()
    mlflow.close()
