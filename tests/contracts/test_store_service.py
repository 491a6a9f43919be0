"""What a store promises to the service's processes: one leader, items that are never lost, workers, being woken."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from service.errors import LostLeadership
from service.storage.db.database import open_database, writing
from service.storage.db.watcher import Watcher
from service.storage.mlflow_sync.summaries import Settled
from service.storage.mlflow_sync.sync_items import Rejections, SyncItem
from service.storage.store import Store
from service.study.jobs import PoolKey, Resources, WorkerInfo
from service.study.records import SamplerProcess
from service.study.states import Desired, StudyState
from service.study.waits import Wait


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        """Seconds."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that leadership is measured with."""
    clock = Clock()
    monkeypatch.setattr("service.storage.leadership.time", clock)
    return clock


class LeadershipContract:
    """Who leads, and who learns of what."""

    def test_a_standby_leads_when_the_heartbeat_stands_still(self, bench: Any, database: Any, clock: Clock) -> None:
        standby = Store(database)
        assert standby.leadership.lead("standby", 5.0) is None
        clock.now += 4.0
        assert bench.store.leadership.heartbeat(bench.epoch)
        assert standby.leadership.lead("standby", 5.0) is None
        clock.now += 4.9
        assert standby.leadership.lead("standby", 5.0) is None
        clock.now += 0.2
        assert standby.leadership.lead("standby", 5.0) == bench.epoch + 1
        assert not bench.store.leadership.heartbeat(bench.epoch)
        assert bench.store.leadership.lead("bench", 5.0) is None

    async def test_a_standby_that_looks_wakes_nobody(self, bench: Any, database: Any) -> None:
        standby, watcher = Store(database), Watcher(database)
        while await watcher.wait(0.1):
            pass
        assert standby.leadership.lead("standby", 5.0) is None
        assert not await watcher.wait(0.1)

    async def test_a_heartbeat_wakes_nobody(self, bench: Any, database: Any) -> None:
        watcher = Watcher(database)
        while await watcher.wait(0.1):
            pass
        assert bench.store.leadership.heartbeat(bench.epoch)
        assert not await watcher.wait(0.1)

    def test_an_engine_that_resigned_is_followed_at_once(self, bench: Any, database: Any) -> None:
        assert bench.store.leadership.engine_seen() < 60
        bench.store.leadership.resign(bench.epoch)
        assert bench.store.leadership.engine_seen() is None
        assert Store(database).leadership.lead("next", 5.0) == bench.epoch + 1

    def test_who_bears_the_leader_s_name_succeeds_it_at_once(self, bench: Any, database: Any) -> None:
        assert Store(database).leadership.lead("bench", 5.0) == bench.epoch + 1
        assert not bench.store.leadership.heartbeat(bench.epoch)

    def test_an_engine_s_trouble_is_known_until_a_later_one_works(self, bench: Any, database: Any) -> None:
        bench.store.leadership.set_trouble(bench.epoch, "Ray has died")
        bench.store.leadership.resign(bench.epoch)
        bench.store.leadership.set_trouble(bench.epoch, "")
        epoch = Store(database).leadership.lead("next", 5.0)
        assert bench.store.leadership.trouble() == "Ray has died"
        bench.store.leadership.set_trouble(epoch, "")
        assert bench.store.leadership.trouble() == ""

    def test_a_service_has_one_name_for_ever(self, bench: Any, database: Any) -> None:
        assert bench.store.leadership.service_id() == Store(database).leadership.service_id() != ""

    def test_of_many_engines_one_leads(self, bench: Any, database: Any) -> None:
        bench.store.leadership.resign(bench.epoch)
        epochs: list[int | None] = []

        def stand(number: int) -> None:
            epochs.append(Store(database).leadership.lead(f"engine-{number}", 5.0))

        threads = [threading.Thread(target=stand, args=(number,)) for number in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [epoch for epoch in epochs if epoch is not None] == [bench.epoch + 1]

    def test_an_engine_that_lost_its_lease_changes_nothing(self, bench: Any, database: Any) -> None:
        study = bench.study()
        bench.store.leadership.resign(bench.epoch)
        with pytest.raises(LostLeadership), bench.store.transaction(bench.epoch) as transaction:
            transaction.set_study_state(study.id, StudyState.RUNNING, "")
        assert Store(database).leadership.lead("next", 5.0) is not None
        with pytest.raises(LostLeadership), bench.store.transaction(bench.epoch) as transaction:
            transaction.set_study_state(study.id, StudyState.RUNNING, "")
        with pytest.raises(LostLeadership):
            bench.store.workers.set(bench.epoch, [worker("w1")])
        assert bench.store.studies.get(study.id) == study

    def test_nobody_takes_over_in_the_middle_of_a_transaction(self, bench: Any, database: Any, clock: Clock) -> None:
        study = bench.study()
        standby, taken = Store(database), []
        assert standby.leadership.lead("standby", 5.0) is None
        clock.now += 6.0
        thread = threading.Thread(target=lambda: taken.append(standby.leadership.lead("standby", 5.0)))
        with bench.store.transaction(bench.epoch) as transaction:
            thread.start()
            transaction.set_study_state(study.id, StudyState.RUNNING, "first")
            assert not taken
        thread.join()
        assert taken == [bench.epoch + 1]
        assert bench.store.studies.get(study.id).state == StudyState.RUNNING

    def test_workers_are_as_the_engine_last_said(self, bench: Any) -> None:
        bench.store.workers.set(bench.epoch, [worker("w2", state="starting"), worker("w1", run_id="ru_1")])
        bench.store.workers.set(bench.epoch, [worker("w1", run_id="ru_2", gpus=0.5)])
        assert bench.store.workers.all() == [worker("w1", run_id="ru_2", gpus=0.5)]

    async def test_what_waits_is_in_the_order_of_turns_and_written_when_it_changes(
        self, bench: Any, database: Any
    ) -> None:
        first = Wait("st_2", "large", 1, "needs 4 CPUs, 1 is free", Resources(4.0), "here", True)
        second = Wait("st_1", "small", 0, "max_concurrent_trials 2 reached", Resources())
        bench.store.workers.set(bench.epoch, [worker("w1")], [first, second])
        assert list(bench.store.workers.waits().values()) == [first, second]
        assert bench.store.workers.waits(["st_1", "st_3"]) == {"st_1": second}
        watcher = Watcher(database)
        while await watcher.wait(0.1):
            pass
        bench.store.workers.set(bench.epoch, [worker("w1")], [first, second])
        assert not await watcher.wait(0.1)
        bench.store.workers.set(bench.epoch, [worker("w1")], [second])
        assert (list(bench.store.workers.waits()), bench.store.workers.all()) == (["st_1"], [worker("w1")])

    def test_processes_that_ask_samplers_are_as_the_engine_last_said(self, bench: Any) -> None:
        asked = [SamplerProcess(4712, "tpe", 250, datetime(2026, 1, 2, tzinfo=UTC)), SamplerProcess(None)]
        bench.store.workers.set(bench.epoch, [worker("w1")], [], asked)
        assert bench.store.workers.sampler_processes() == asked
        bench.store.workers.set(bench.epoch, [worker("w1")], [], [SamplerProcess(4712)])
        assert bench.store.workers.sampler_processes() == [SamplerProcess(4712)]
        assert bench.store.workers.all() == [worker("w1")]


def worker(name: str, state: str = "busy", run_id: str | None = None, gpus: float = 0.0) -> WorkerInfo:
    """A worker."""
    return WorkerInfo(name, PoolKey(Resources(1.0, gpus), "abc"), state, 4711, "here", run_id)


class SyncItemsContract:
    """What MLflow must still learn."""

    def test_a_change_marks_the_trial_until_it_is_projected(self, bench: Any) -> None:
        study = bench.study()
        trial, run = bench.insert(study, started=True)
        sync_items = {item.kind: item for item in bench.store.sync_items.dirty()}
        assert (sync_items["study"].id, sync_items["trial"].id) == (study.id, trial.id)
        bench.store.sync_items.projected("study", study.id, sync_items["study"].version, mlflow_id="7")
        bench.append(run, 1, 0)
        bench.store.sync_items.projected(
            "trial", trial.id, sync_items["trial"].version, mlflow_id="abc", run_ids={run.id: "def"}
        )
        assert [(m.id, m.version) for m in bench.store.sync_items.dirty()] == [
            (trial.id, sync_items["trial"].version + 1)
        ]
        assert bench.store.studies.get(study.id).mlflow_experiment_id == "7"
        assert bench.store.trials.get(study.id, 0).mlflow_run_id == "abc"
        assert bench.store.runs.get(run.id).mlflow_run_id == "def"

    def test_a_rejected_item_waits_for_its_next_change(self, bench: Any) -> None:
        study = bench.study()
        (item,) = bench.store.sync_items.dirty()
        bench.store.sync_items.reject("study", study.id, item.version, "too long")
        assert not bench.store.sync_items.dirty()
        assert [(m.id, m.error) for m in bench.store.sync_items.rejected(study.id)] == [(study.id, "too long")]
        assert bench.store.sync_items.rejections() == {study.id: Rejections(study.name, 1, "too long")}
        bench.store.desired_state.set(study.id, Desired.PAUSED)
        assert [m.id for m in bench.store.sync_items.dirty()] == [study.id]
        assert bench.store.sync_items.rejections() == {}

    def test_what_mlflow_refuses_is_counted_by_trial_and_cleared_when_it_is_taken(self, bench: Any) -> None:
        study = bench.study()
        trial, run = bench.insert(study, started=True)
        about = SyncItem("trial", trial.id, study.id, bench.store.sync_items.dirty()[-1].version)
        bench.add_artifact(run, "model.pt2")
        refused = [item for item in bench.store.sync_items.dirty() if item.kind != "study"]
        assert {item.kind for item in refused} == {"trial", "run"}
        before = len(bench.store.events.read(study.id))
        bench.store.summaries.settle(Settled(rejected=[(item, "gone") for item in refused]))
        assert bench.store.sync_items.rejections([study.id]) == {study.id: Rejections(study.name, 1, "gone")}
        assert bench.store.sync_items.errors([trial.id, run.id]) == {trial.id: "gone", run.id: "gone"}
        [event] = bench.store.events.read(study.id)[before:]
        assert (event.kind, event.payload["change"]) == ("study", "mlflow")
        bench.store.summaries.touch_trials([trial.id])  # as a comparison does, which offers the trial again
        bench.store.summaries.settle(
            Settled(projected=[item for item in bench.store.sync_items.dirty() if item.id == trial.id])
        )
        assert (bench.store.sync_items.rejections(), bench.store.sync_items.errors([trial.id, run.id])) == ({}, {})
        bench.store.summaries.settle(Settled(rejected=[(about, "too late")]))  # of a version that has passed
        assert bench.store.sync_items.rejections() == {}

    def test_everything_can_be_compared_anew(self, bench: Any) -> None:
        study, other = bench.study("a"), bench.study("b")
        for item in bench.store.sync_items.dirty():
            bench.store.sync_items.projected("study", item.id, item.version, mlflow_id="1")
        assert bench.store.sync_items.mark_all_dirty(study.id) == 1
        assert [m.id for m in bench.store.sync_items.dirty()] == [study.id]
        assert bench.store.sync_items.mark_all_dirty(forget=True) == 2
        assert bench.store.studies.get(other.id).mlflow_experiment_id is None
        assert bench.store.sync_items.n_dirty() == 2

    def test_a_deleted_study_leaves_a_tombstone_until_mlflow_has_forgotten_it(self, bench: Any) -> None:
        study = bench.study()
        bench.insert(study)
        bench.store.sync_items.projected("study", study.id, 1, mlflow_id="7")
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.delete_study(study.id)
        (item,) = bench.store.sync_items.dirty()
        assert (item.id, item.tombstone, item.mlflow_experiment_id) == (study.id, True, "7")
        bench.store.sync_items.drop_tombstone(study.id)
        assert not bench.store.sync_items.dirty()

    def test_what_a_wiped_mlflow_called_it_is_forgotten_of_a_deleted_study_too(self, bench: Any) -> None:
        deleted, kept = bench.study("a"), bench.study("b")
        for study, mlflow_id in ((deleted, "7"), (kept, "8")):
            bench.store.sync_items.projected("study", study.id, 1, mlflow_id=mlflow_id)
            with bench.store.transaction(bench.epoch) as transaction:
                transaction.delete_study(study.id)
        bench.store.sync_items.mark_all_dirty(deleted.id, forget=True)
        assert {m.id: m.mlflow_experiment_id for m in bench.store.sync_items.dirty()} == {
            deleted.id: None,
            kept.id: "8",
        }
        bench.store.sync_items.mark_all_dirty(forget=True)
        assert [m.mlflow_experiment_id for m in bench.store.sync_items.dirty()] == [None, None]

    def test_a_tombstone_learns_of_an_experiment_made_too_late(self, bench: Any) -> None:
        study = bench.study()
        (item,) = bench.store.sync_items.dirty()
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.delete_study(study.id)
        bench.store.sync_items.projected("study", study.id, item.version, mlflow_id="9")
        (item,) = bench.store.sync_items.dirty()
        assert (item.tombstone, item.mlflow_experiment_id) == (True, "9")


class WatchContract:
    """Being woken by a commit."""

    async def test_a_commit_of_another_process_wakes(self, bench: Any, database: Any, url: str) -> None:
        watcher, other = Watcher(database), open_database(url)
        while await watcher.wait(0.1):
            pass
        waiting = asyncio.ensure_future(watcher.wait(20))
        await asyncio.sleep(0)
        assert not waiting.done()
        await asyncio.to_thread(Store(other).studies.create, bench.submission())
        assert await waiting
        other.dispose()

    async def test_a_commit_between_two_waits_is_not_missed(self, bench: Any, database: Any) -> None:
        watcher = Watcher(database)
        readers = [watcher.subscribe(), watcher.subscribe()]
        bench.study()
        assert [await reader.wait(20) for reader in readers] == [True, True]
        while await readers[0].wait(0.1):
            pass
        assert not await readers[0].wait(0)

    async def test_a_rolled_back_write_wakes_nobody(self, bench: Any, database: Any) -> None:
        study, watcher = bench.study(), Watcher(database)
        while await watcher.wait(0.1):
            pass
        with pytest.raises(ZeroDivisionError), bench.store.transaction(bench.epoch) as transaction:
            transaction.insert_trial(bench.trial(study), [])
            transaction.flush()
            raise ZeroDivisionError
        assert not await watcher.wait(0.1)


class TestLeadershipOnSqlite(LeadershipContract):
    """On SQLite."""

    backend = "sqlite"


class TestLeadershipOnPostgresql(LeadershipContract):
    """On a real PostgreSQL."""

    backend = "postgresql"

    def test_a_heartbeat_waits_for_no_write(self, bench: Any, database: Any) -> None:
        with bench.store.transaction(bench.epoch):
            assert Store(database).leadership.heartbeat(bench.epoch)


class TestSyncItemsOnSqlite(SyncItemsContract):
    """On SQLite."""

    backend = "sqlite"


class TestSyncItemsOnPostgresql(SyncItemsContract):
    """On a real PostgreSQL."""

    backend = "postgresql"


class TestWatchOnSqlite(WatchContract):
    """On SQLite."""

    backend = "sqlite"


class TestWatchOnPostgresql(WatchContract):
    """On a real PostgreSQL."""

    backend = "postgresql"

    async def test_a_lost_connection_is_made_again(
        self, bench: Any, database: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("service.storage.db.watcher.RECONNECT", 0.0)
        watcher = Watcher(database)
        listeners = "query LIKE 'LISTEN%' AND datname = current_database()"
        with writing(database) as connection:
            kill = text(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {listeners}")
            ended = connection.execute(kill)
            assert set(ended.scalars()) == {True}  # an earlier test's may still be closing
        assert await watcher.wait(20)  # something may have been missed
        while await watcher.wait(0.1):
            pass
        bench.study()
        assert await watcher.wait(20)
