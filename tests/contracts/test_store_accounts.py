"""What a store promises to count, on every database: starts on workers, what they spend, every objective's value."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest

from experiments.reporting import Report
from service.study.jobs import Placement, Resources
from service.study.ports import Outcome
from service.study.states import FailureKind, RunState
from tests.support.rows import let_hours_pass, waiting_run

DONE = Outcome(RunState.COMPLETED, "done", 0.5, {"val_loss": 0.5}, None, 5, 1.5)


class AccountsContract:
    """Nothing is counted twice, however often it is said."""

    def test_each_start_on_a_worker_is_accounted_for(self, bench: Any) -> None:
        _, run = bench.insert(bench.study(), started=True)
        two_gpus = Placement("worker-2", "node-b", Resources(4, 2))
        with bench.store.transaction(bench.epoch) as transaction:
            for _ in range(2):
                transaction.assign_run(run.id, 1, Placement("worker-1", "node-a", alone=True))
            transaction.add_checkpoint(run.id, 1, {"sha256": "1" * 64, "step": 5, "judged_place": 0})
            transaction.requeue_run(run.id, "node-a is gone", attempt_used=True, failure=FailureKind.NODE_LOST)
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.start_run(run.id, 2)
            transaction.assign_run(run.id, 2, two_gpus)
        first, second = bench.store.runs.attempts(run.id)
        assert (first.worker, first.node, first.attempt, first.parent_checkpoint) == ("worker-1", "node-a", 1, None)
        assert (first.left_run, first.reason, first.device_seconds) == (RunState.WAITING, "node-a is gone", 0.0)
        assert (first.alone, first.failure, second.alone, second.failure) == (True, "node_lost", False, None)
        assert bench.store.runs.failed_starts(run.study_id) == {run.id: [first]}
        assert (second.attempt, second.cpus, second.gpus, second.parent_checkpoint) == (2, 4, 2, "1" * 64)
        assert (second.ended_at, second.left_run) == (None, None)
        with bench.store.transaction(bench.epoch) as transaction:
            for _ in range(2):
                transaction.end_run(run.id, 2, DONE)
        before, second = bench.store.runs.attempts(run.id)
        assert before == first
        assert not bench.store.runs.failed_starts(run.study_id), "the run has ended"
        assert (second.left_run, second.reason) == (RunState.COMPLETED, "done")
        assert second.device_seconds == 2 * (second.ended_at - second.started_at).total_seconds() > 0

    def test_starts_on_workers_are_found_by_study_and_by_when_they_ended(self, bench: Any) -> None:
        study, other = bench.study(), bench.study(name="other")
        places = [(study, 0), (study, 1), (other, 0)]
        ended, going, elsewhere = (bench.insert(each, number, started=True)[1] for each, number in places)
        with bench.store.transaction(bench.epoch) as transaction:
            for run in (ended, going, elsewhere):
                transaction.assign_run(run.id, 1, Placement(f"worker of {run.id}", "here"))
            transaction.end_run(ended.id, 1, DONE)
        of_study = bench.store.runs.stays(9, study_id=study.id)
        assert [(each.study, each.attempt.run_id) for each in of_study] == [
            (study.name, going.id),
            (study.name, ended.id),
        ]
        (attempt,) = bench.store.runs.attempts(ended.id)
        assert (of_study[1].attempt, of_study[1].trial_number) == (attempt, ended.trial_number)
        later = bench.store.runs.stays(9, since=attempt.ended_at + timedelta(seconds=1))
        assert {each.study for each in later} == {study.name, "other"}
        assert {each.attempt.run_id for each in later} == {going.id, elsewhere.id}
        assert len(bench.store.runs.stays(9, since=attempt.ended_at)) == 3
        assert [each.attempt.run_id for each in bench.store.runs.stays(1, study_id=study.id)] == [going.id]

    def test_what_never_started_has_no_attempt(self, bench: Any) -> None:
        _, run = bench.insert(bench.study())
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.end_run(run.id, 1, Outcome(RunState.CANCELLED, "stopped by request"))
        assert not bench.store.runs.attempts(run.id)

    def test_what_runs_take_is_reserved_before_and_spent_after(self, bench: Any) -> None:
        study = bench.study()
        trial = bench.trial(study)
        runs = [waiting_run(trial, replicate, planned_epochs=10) for replicate in range(3)]
        placement = Placement("worker-1", "node-1", Resources(1, 2))

        def stands(reserved: int, epochs: int) -> None:
            found = bench.store.studies.get(study.id)
            assert (found.reserved_epochs, found.spent.epochs) == (reserved, epochs)

        with bench.store.transaction(bench.epoch) as transaction:
            transaction.insert_trial(trial, runs)
            transaction.start_run(runs[0].id, 1)
            transaction.assign_run(runs[0].id, 1, placement)
        stands(30, 0)
        bench.append(runs[0], 1, 0, 10, 20)
        stands(27, 3)
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.requeue_run(runs[0].id, "lost", attempt_used=True)
            transaction.start_run(runs[0].id, 2)
        stands(30, 3)
        for _ in range(2):
            bench.append(runs[0], 2, 20, 30)  # the epochs before were computed again, and are not recorded again
        stands(26, 7)
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.end_run(runs[0].id, 2, DONE)
            transaction.end_run(runs[1].id, 1, Outcome(RunState.CANCELLED, "stopped"))
            transaction.end_run(runs[1].id, 1, Outcome(RunState.CANCELLED, "stopped"))
        stands(10, 7)
        spent, [first] = bench.store.studies.get(study.id).spent, bench.store.runs.attempts(runs[0].id)
        assert spent.seconds == pytest.approx((first.ended_at - first.started_at).total_seconds())
        assert spent.device_seconds == first.device_seconds == pytest.approx(2 * spent.seconds)
        run = bench.store.runs.get(runs[0].id)
        assert (run.computed_epochs, run.spent_seconds) == (7, pytest.approx(spent.seconds))

    def test_nobody_pays_for_the_time_in_which_nothing_ran(self, bench: Any, database: Any) -> None:
        """Both began ten hours ago, their engine was seen last nine hours ago; one goes on with its worker."""
        _, lost = bench.insert(bench.study("lost"), started=True)
        _, kept = bench.insert(bench.study("kept"), started=True)
        with bench.store.transaction(bench.epoch) as transaction:
            for run in (lost, kept):
                transaction.assign_run(run.id, 1, Placement("worker-1", "node-1", Resources(1, 2)))
        let_hours_pass(database, began=10, seen=9)
        assert bench.store.leadership.lead("bench", 5.0), "one that dies before it says what goes on changes nothing"
        epoch = bench.store.leadership.lead("bench", 5.0)
        with bench.store.transaction(epoch) as transaction:
            transaction.note_silence({(kept.id, 1)})
        for run, hours in ((lost, 1), (kept, 10)):
            spent = bench.store.studies.get(run.study_id).spent
            assert (spent.seconds, spent.wall_seconds) == pytest.approx((3600 * hours,) * 2, abs=60)
            assert spent.device_seconds == pytest.approx(2 * spent.seconds)
        with bench.store.transaction(epoch) as transaction:
            transaction.note_silence(())
            transaction.requeue_run(lost.id, "the engine was restarted", failure=FailureKind.NODE_LOST)
            transaction.end_run(kept.id, 1, DONE)
        for run, hours in ((lost, 1), (kept, 10)):
            spent, [first] = bench.store.studies.get(run.study_id).spent, bench.store.runs.attempts(run.id)
            assert (spent.seconds, spent.wall_seconds) == pytest.approx((3600 * hours,) * 2, abs=60)
            assert (first.ended_at - first.started_at).total_seconds() == spent.seconds
            assert first.device_seconds == spent.device_seconds == 2 * spent.seconds

    def test_the_values_of_all_objectives_are_kept_and_the_first_of_them_ranks(self, bench: Any) -> None:
        study = bench.study()
        trial, run = bench.insert(study, started=True)
        outcome = Outcome(RunState.COMPLETED, "done", 0.5, {"val_loss": 0.5}, further_values=(None, math.inf, 3.0))
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.end_run(run.id, 1, outcome)
            transaction.end_trial(trial.id, outcome, {})
        bench.finish(study, 1, None, RunState.FAILED)
        ended, failed = bench.store.trials.of_study(study.id)
        assert ended.objective_values == bench.store.runs.get(run.id).objective_values == (0.5, None, None, 3.0)
        assert (ended.value, failed.objective_values) == (0.5, ())

    def test_an_epoch_may_be_any_step_that_can_be_reported(self, bench: Any) -> None:
        """Who trains elsewhere may count examples."""
        most = 2**53 - 1
        ended = Outcome(RunState.COMPLETED, "done", 0.5, {"val_loss": 0.5}, epochs=most, metrics_epoch=most)
        trial, run = bench.insert(bench.study(), started=True)
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.append_points(run.id, 1, [Report(most, most, 0.0, 0.0, {"val_loss": 0.5})])
            transaction.end_run(run.id, 1, ended)
            transaction.end_trial(trial.id, ended, {})
        seen = bench.store.runs.get(run.id)
        assert (seen.recorded_step, seen.epochs, seen.reached_epoch, seen.metrics_epoch) == (most,) * 4
        assert seen.computed_epochs == most
        assert bench.store.curves.get(run.id).epoch.tolist() == [most]


class TestAccountsOnSqlite(AccountsContract):
    """On SQLite."""

    backend = "sqlite"


class TestAccountsOnPostgresql(AccountsContract):
    """On a real PostgreSQL."""

    backend = "postgresql"
