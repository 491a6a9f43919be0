"""The projection onto the local MLflow store, made again: after a repetition, a kill, a wipe, or damage."""

from __future__ import annotations

import shutil
import sqlite3

import pytest
from mlflow import MlflowClient

from service.settings import Settings
from service.study.states import RunState
from service.tracking.errors import Wiped
from service.tracking.opening import tracking
from service.tracking.rebuild import rebuild
from service.tracking.tracker import Tracker
from tests.support.tracking import Engine, contents, empty_mlflow

pytestmark = pytest.mark.slow


def fill(engine: Engine) -> None:
    """Two studies with trials of every end, one of them with several runs."""
    study = engine.study()
    for number, state in enumerate(state for state in RunState if state.ended):
        engine.trial(study, number, state)
    engine.trial(study, 4, n_runs=2)
    engine.trial(study, 5, RunState.WAITING)
    engine.trial(engine.study("another"), 0)


def test_projecting_again_changes_nothing(engine: Engine, tracker: Tracker, client: MlflowClient) -> None:
    fill(engine)
    tracker.drain()
    once = contents(client)
    assert sum(len(runs) for runs in once.values()) == 8  # 5 trials and 2 children, and 1
    assert engine.store.sync_items.dirty() == []
    engine.store.sync_items.mark_all_dirty()
    tracker.drain()
    assert contents(client) == once


def test_a_tracker_that_dies_between_mlflow_and_our_tables_leaves_nothing_double(
    engine: Engine, settings: Settings, client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(engine)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with tracking(settings, engine.database) as first, monkeypatch.context() as patch:
        patch.setattr(type(engine.store.summaries), "settle", die)
        with pytest.raises(KeyboardInterrupt):
            first.drain()
    assert len(engine.store.sync_items.dirty()) > 0
    with tracking(settings, engine.database) as second:
        second.drain()
    unbroken = contents(client)
    engine.store.sync_items.mark_all_dirty()
    with tracking(settings, engine.database) as third:
        third.drain()
    assert contents(client) == unbroken
    assert sum(len(runs) for runs in unbroken.values()) == 8


def test_a_wiped_mlflow_is_noticed_while_the_tracker_works(
    settings: Settings, engine: Engine, tracker: Tracker, client: MlflowClient
) -> None:
    fill(engine)
    tracker.drain()
    before = contents(client)
    shutil.rmtree(settings.directory / "mlflow")
    (settings.directory / "mlflow").mkdir()
    shutil.copy(empty_mlflow(), settings.directory / "mlflow" / "mlflow.db")
    engine.trial(engine.store.studies.get("another"), 1)
    with pytest.raises(Wiped):
        tracker.step()
    tracker.drain()
    after = contents(fresh(client, settings))
    assert after.keys() == before.keys()
    assert all(after[name].items() >= before[name].items() for name in before)
    assert sum(len(runs) for runs in after.values()) == 9


def test_a_deleted_study_takes_no_other_s_experiment_with_it_that_got_its_id_after_a_wipe(
    settings: Settings, engine: Engine, client: MlflowClient
) -> None:
    deleted = engine.study("deleted")
    with tracking(settings, engine.database) as tracker:
        tracker.drain()
    given = engine.store.studies.get(deleted.id).mlflow_experiment_id
    engine.delete(deleted)
    shutil.copy(empty_mlflow(), settings.directory / "mlflow" / "mlflow.db")
    kept = engine.study("kept")
    with tracking(settings, engine.database) as tracker:
        tracker.drain()
    assert engine.store.studies.get(kept.id).mlflow_experiment_id == given
    assert contents(fresh(client, settings)).keys() == {f"kept {kept.id}"}


def test_rebuild_restores_what_was_damaged(settings: Settings, engine: Engine, client: MlflowClient) -> None:
    fill(engine)
    assert rebuild(settings).by_service is False
    whole = contents(client)
    change(
        settings,
        "DELETE FROM metrics WHERE step = 20",
        "UPDATE params SET value = 'wrong' WHERE key = 'optimizer'",
        "DELETE FROM tags WHERE key = 'studyhall.reason'",
        "UPDATE runs SET lifecycle_stage = 'deleted', name = 'x' WHERE status = 'FAILED'",
    )
    assert contents(client) != whole
    done = rebuild(settings)
    assert contents(client) == whole
    assert (done.n_items > 0, done.rejected) == (True, [])


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM metrics WHERE step = 20",
        "UPDATE runs SET status = 'RUNNING' WHERE status = 'FAILED'",
        "UPDATE runs SET lifecycle_stage = 'deleted'",
    ],
)
def test_the_comparison_at_the_start_finds_what_differs(
    settings: Settings, engine: Engine, client: MlflowClient, damage: str
) -> None:
    fill(engine)
    rebuild(settings)
    whole = contents(client)
    change(settings, damage)
    assert contents(client) != whole
    with tracking(settings, engine.database) as tracker:
        tracker.drain()
    assert contents(client) == whole


def test_the_comparison_leaves_equal_trials_alone_and_deletes_strangers(
    settings: Settings, engine: Engine, client: MlflowClient
) -> None:
    fill(engine)
    rebuild(settings)
    whole = contents(client)
    [experiment] = client.search_experiments(filter_string="name LIKE 'another%'")
    client.create_run(experiment.experiment_id, tags={"studyhall.id": "tr_of_another_time"})
    theirs = client.create_run(experiment.experiment_id, tags={"mlflow.runName": "somebody's own"})
    with tracking(settings, engine.database) as tracker:
        assert tracker.step() == 0
    client.delete_run(theirs.info.run_id)  # which the tracker must have left: this would fail otherwise
    assert contents(client) == whole


def change(settings: Settings, *statements: str) -> None:
    """Damage MLflow's store."""
    connection = sqlite3.connect(settings.directory / "mlflow" / "mlflow.db")
    with connection:
        for statement in statements:
            assert connection.execute(statement).rowcount > 0
    connection.close()


def fresh(client: MlflowClient, settings: Settings) -> MlflowClient:
    """A client on the file that is there now."""
    client._tracking_client.store.engine.dispose()
    return MlflowClient(settings.mlflow_database)
