"""What a store promises about trials and runs: legal changes only, each once, each with its event."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from service.errors import ArtifactNotFound, Conflict, IllegalTransition, RunNotFound, TrialNotFound
from service.study.jobs import Placement
from service.study.ports import Outcome
from service.study.records import Artifact, Study
from service.study.states import FailureKind, RunState, StudyState
from tests.support.rows import waiting_run

DONE = Outcome(RunState.COMPLETED, "done", 0.5, {"val_loss": 0.5}, None, 5, 1.5)
LOST = Outcome(RunState.FAILED, "too late", 0.1, failure=FailureKind.WORKER_LOST)


class RunsContract:
    """Trials and runs come to one end, whoever reports it, and however often."""

    def test_a_trial_lives_from_waiting_to_its_end(self, bench: Any) -> None:
        study = bench.study()
        trial, run = bench.insert(study)
        assert bench.store.trials.get(study.id, 0) == trial
        assert bench.store.runs.get(run.id) == run
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.start_run(run.id, 1)
        assert bench.store.trials.get(study.id, 0).started_at is bench.store.runs.get(run.id).started_at is None
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.assign_run(run.id, 1, Placement("worker-1"))
        taken = bench.store.runs.get(run.id).started_at
        assert bench.store.trials.get(study.id, 0).started_at == taken
        assert bench.store.trials.get(study.id, 0).state == bench.store.runs.get(run.id).state == RunState.RUNNING
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.end_run(run.id, 1, DONE)
            transaction.end_trial(trial.id, DONE, {"grid": 3})
        ended, ended_run = bench.store.trials.get(study.id, 0), bench.store.runs.get(run.id)
        assert (ended.state, ended.value, ended.metrics, ended.reason) == ("COMPLETED", 0.5, {"val_loss": 0.5}, "done")
        assert (ended.sampler_attrs, ended_run.worker) == ({"grid": 3}, "worker-1")
        assert (ended_run.epochs, ended_run.training_time, ended_run.value) == (5, 1.5, 0.5)
        assert ended.created_at <= ended.started_at == ended_run.started_at == taken <= ended.ended_at

    def test_a_run_began_when_its_worker_says_so(self, bench: Any) -> None:
        trial, run = bench.insert(study := bench.study())
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.start_run(run.id, 1)
            transaction.assign_run(run.id, 1, Placement("worker-1", ago=3.0))
            transaction.end_run(run.id, 1, DONE)
            transaction.end_trial(trial.id, DONE, {})
        for ended in (bench.store.trials.get(study.id, 0), bench.store.runs.get(run.id)):
            assert ended.ended_at - ended.started_at == timedelta(seconds=3)
        assert bench.store.runs.attempts(run.id)[0].started_at == bench.store.runs.get(run.id).started_at

    def test_why_a_trial_is_being_ended_is_said_while_it_runs(self, bench: Any) -> None:
        study = bench.study()
        trial, run = bench.insert(study)
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.start_run(run.id, 1)
            transaction.set_trial_reason(trial.id, "pruned after 4 of 6 runs")
        assert bench.store.trials.get(study.id, 0).reason == "pruned after 4 of 6 runs"
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.end_trial(trial.id, DONE, {})
            transaction.set_trial_reason(trial.id, "too late")
        assert bench.store.trials.get(study.id, 0).reason == "done"

    def test_the_ended_runs_of_trials_that_go_on_are_counted(self, bench: Any) -> None:
        study = bench.study()
        for number in range(2):
            trial = bench.trial(study, number)
            runs = [waiting_run(trial, replicate) for replicate in range(3)]
            with bench.store.transaction(bench.epoch) as transaction:
                transaction.insert_trial(trial, runs)
                for run in runs[: 2 + number]:
                    transaction.start_run(run.id, 1)
                    transaction.end_run(run.id, 1, DONE)
                if number:
                    transaction.end_trial(trial.id, DONE, {})
        assert bench.store.studies.get(study.id).ended_runs == 2
        assert [trial.number for trial in bench.store.trials.at([(study.id, 1), (study.id, 7)])] == [1]
        assert not bench.store.trials.at([])

    def test_everything_fits_into_one_transaction(self, bench: Any) -> None:
        study = bench.study()
        trial = bench.trial(study)
        runs = [waiting_run(trial, replicate, fold=replicate) for replicate in range(2)]
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.insert_trial(trial, runs)
            for run in runs:
                transaction.start_run(run.id, 1)
                transaction.end_run(run.id, 1, DONE)
            transaction.end_trial(trial.id, DONE, {})
        assert [run.fold for run in bench.store.runs.of_trial(trial.id)] == [0, 1]
        assert bench.store.studies.get(study.id).counts == {RunState.COMPLETED: 1}

    def test_an_inserted_trial_is_inserted_once(self, bench: Any) -> None:
        study = bench.study()
        trial, run = bench.insert(study)
        events = bench.store.events.read(study.id)
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.insert_trial(trial, [run])
        assert bench.store.events.read(study.id) == events

    def test_a_number_is_given_once(self, bench: Any) -> None:
        study = bench.study()
        bench.insert(study, 0)
        with pytest.raises(Conflict):
            bench.insert(study, 0)
        assert len(bench.store.trials.of_study(study.id)) == 1

    def test_a_seed_and_a_fold_are_run_once(self, bench: Any) -> None:
        study = bench.study()
        trial = bench.trial(study)
        with pytest.raises(Conflict), bench.store.transaction(bench.epoch) as transaction:
            transaction.insert_trial(trial, [waiting_run(trial, 0), waiting_run(trial, 0)])
        assert not bench.store.trials.of_study(study.id)

    def test_a_start_begins_once_whoever_says_so(self, bench: Any) -> None:
        study = bench.study()
        _, run = bench.insert(study)

        def begin(start: int) -> None:
            with bench.store.transaction(bench.epoch) as transaction:
                transaction.start_run(run.id, start)

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(begin, [1] * 4))
        assert (bench.store.runs.get(run.id).state, bench.store.runs.get(run.id).starts) == (RunState.RUNNING, 1)
        assert [event.kind for event in bench.store.events.read(study.id)] == ["study", "trial", "trial", "run"]
        with pytest.raises(IllegalTransition):
            begin(2)

    def test_a_repeated_end_is_answered_like_the_first(self, bench: Any) -> None:
        study = bench.study()
        trial, run = bench.insert(study, started=True)
        for outcome in (DONE, LOST):
            with bench.store.transaction(bench.epoch) as transaction:
                transaction.end_run(run.id, 1, outcome)
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.end_trial(trial.id, DONE, {})
        before = bench.store.trials.get(study.id, 0), bench.store.runs.get(run.id), bench.store.events.read(study.id)
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.end_trial(trial.id, Outcome(RunState.COMPLETED, "again", 9.0), {})
        assert (
            bench.store.trials.get(study.id, 0),
            bench.store.runs.get(run.id),
            bench.store.events.read(study.id),
        ) == before
        with pytest.raises(IllegalTransition), bench.store.transaction(bench.epoch) as transaction:
            transaction.end_trial(trial.id, LOST, {})

    def test_a_late_report_of_another_start_changes_nothing(self, bench: Any) -> None:
        study = bench.study()
        _, run = bench.insert(study, started=True)
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.requeue_run(run.id, "its worker was lost", attempt_used=True)
            transaction.start_run(run.id, 2)
        before = bench.store.runs.get(run.id), bench.store.events.read(study.id)
        bench.append(run, 1, 0, 1, 2)
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.assign_run(run.id, 1, Placement("ghost"))
            transaction.add_checkpoint(run.id, 1, {"sha256": "0" * 64, "size": 1, "step": 2})
            transaction.end_run(run.id, 1, DONE)
        assert (bench.store.runs.get(run.id), bench.store.events.read(study.id)) == before
        assert len(bench.store.curves.get(run.id)) == 0

    @pytest.mark.parametrize(("used", "attempt"), [(True, 2), (False, 1)])
    def test_a_requeued_run_waits_for_its_next_attempt(self, bench: Any, used: bool, attempt: int) -> None:
        study = bench.study()
        _, run = bench.insert(study, started=True)
        for _ in range(2):
            with bench.store.transaction(bench.epoch) as transaction:
                transaction.requeue_run(run.id, "released", attempt_used=used)
        stored = bench.store.runs.get(run.id)
        assert (stored.state, stored.attempt, stored.reason, stored.worker) == ("WAITING", attempt, "released", None)
        assert bench.store.trials.get(study.id, 0).state == RunState.RUNNING
        assert [r.id for r in bench.store.runs.of_study(study.id, unfinished=True)] == [run.id]

    def test_an_illegal_change_is_refused_and_leaves_the_rest(self, bench: Any) -> None:
        study = bench.study()
        trial, run = bench.insert(study)
        with bench.store.transaction(bench.epoch) as transaction:
            with pytest.raises(IllegalTransition, match="is WAITING and cannot become COMPLETED"):
                transaction.end_run(run.id, 1, DONE)
            with pytest.raises(IllegalTransition, match="QUEUED and cannot become COMPLETED"):
                transaction.set_study_state(study.id, StudyState.COMPLETED, "no")
            transaction.end_run(run.id, 1, Outcome(RunState.CANCELLED, "the study was stopped"))
            transaction.end_trial(trial.id, Outcome(RunState.CANCELLED, "the study was stopped"), {})
            with pytest.raises(IllegalTransition):
                transaction.start_run(run.id, 1)
            with pytest.raises(IllegalTransition):
                transaction.requeue_run(run.id, "no")
        assert bench.store.studies.get(study.id).counts == {RunState.CANCELLED: 1}

    def test_an_exception_undoes_the_whole_transaction(self, bench: Any) -> None:
        study = bench.study()
        _, run = bench.insert(study)
        before = bench.store.events.read(study.id)
        with pytest.raises(ZeroDivisionError), bench.store.transaction(bench.epoch) as transaction:
            transaction.start_run(run.id, 1)
            transaction.set_study_state(study.id, StudyState.RUNNING, "")
            raise ZeroDivisionError
        assert bench.store.runs.get(run.id).state == RunState.WAITING
        assert (bench.store.studies.get(study.id).state, bench.store.events.read(study.id)) == (
            StudyState.QUEUED,
            before,
        )

    def test_no_number_that_is_none_enters_a_row(self, bench: Any) -> None:
        study = bench.study()
        trial, run = bench.insert(study, started=True)
        outcome = Outcome(RunState.COMPLETED, "n\0ul \ud800", float("inf"), {"a": float("nan"), "b": 2.0})
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.end_run(run.id, 1, outcome)
            transaction.end_trial(trial.id, outcome, {})
            transaction.append_log(run.id, "binary \0 and \ud800\n")
        stored = bench.store.trials.get(study.id, 0)
        assert (stored.value, stored.metrics, stored.reason) == (None, {"b": 2.0}, "n\ufffdul ?")
        assert bench.store.trials.best(study.id) is None
        assert bench.store.runs.log(run.id) == "binary \ufffd and ?\n"

    def test_events_are_numbered_without_a_gap_and_tell_what_happened(self, bench: Any) -> None:
        study = bench.study()
        trial, run = bench.insert(study, started=True)
        bench.append(run, 1, 4, 9)
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.end_run(run.id, 1, DONE)
            transaction.end_trial(trial.id, DONE, {})
        events = bench.store.events.read(study.id)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert [event.kind for event in events] == ["study", "trial", "trial", "run", "metrics", "run", "trial"]
        assert bench.store.studies.get(study.id).version == len(events)
        metrics, ended = events[4].payload, events[6].payload
        assert (metrics["run"], metrics["trial"], metrics["step"], metrics["values"]) == (
            run.id,
            0,
            9,
            {"val_loss": 109.0},
        )
        assert (ended["trial"], ended["state"], ended["value"], ended["reason"]) == (0, "COMPLETED", 0.5, "done")
        assert bench.store.events.read(study.id, after=5, limit=1) == events[5:6]

    def test_who_reads_behind_trimmed_events_begins_anew(self, bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("service.storage.events.KEPT", 3)
        study, other = bench.study(), bench.study("other")
        bench.insert(study, started=True)
        newest = bench.store.studies.get(study.id).version
        kept = bench.store.events.read(study.id, newest - 3)
        assert list(bench.store.events.trim()) == [newest - 3]
        assert not list(bench.store.events.trim())
        assert bench.store.events.read(study.id, newest - 3) == kept
        for after in (0, newest - 4):
            (reset,) = bench.store.events.read(study.id, after)
            assert (reset.kind, reset.seq) == ("reset", newest)
        assert [event.kind for event in bench.store.events.read(other.id)] == ["study"]

    def test_old_events_go_and_who_has_seen_them_goes_on(self, bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        study = bench.study()
        bench.insert(study)
        newest = bench.store.studies.get(study.id).version
        assert not list(bench.store.events.trim())
        monkeypatch.setattr("service.storage.events.KEPT_FOR", timedelta(0))
        assert list(bench.store.events.trim()) == [newest]
        assert [event.kind for event in bench.store.events.read(study.id)] == ["reset"]
        assert not bench.store.events.read(study.id, newest)
        bench.store.desired_state.update(study.id, {"notes": "new"})
        assert [event.seq for event in bench.store.events.read(study.id, newest)] == [newest + 1]

    def test_studies_written_at_once_number_their_own_events(self, bench: Any) -> None:
        studies = [bench.study(f"s{i}") for i in range(4)]

        def work(study: Study) -> list[int]:
            for number in range(5):
                bench.insert(study, number)
            return [event.seq for event in bench.store.events.read(study.id)]

        with ThreadPoolExecutor(4) as threads:
            assert list(threads.map(work, studies)) == [list(range(1, 7))] * 4

    def test_the_ranking_is_of_completed_trials_that_are_not_excluded(self, bench: Any) -> None:
        study = bench.study(objective={"metric": "a", "direction": "maximize"})
        for number, value in enumerate((0.1, 0.9, 0.9, 0.5)):
            bench.finish(study, number, value)
        bench.finish(study, 4, 2.0, RunState.PRUNED)
        bench.finish(study, 5, None, RunState.FAILED)
        cheat = bench.trial(study, 6, excluded=True)
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.insert_trial(cheat, [run := waiting_run(cheat)])
            transaction.start_run(run.id, 1)
            transaction.end_trial(cheat.id, Outcome(RunState.COMPLETED, "", 5.0), {})
        assert [trial.number for trial in bench.store.trials.ranking(study.id, 3)] == [1, 2, 3]
        assert bench.store.trials.best(study.id).number == 1
        assert bench.store.studies.get(study.id).best == (1, 0.9)

    def test_trials_come_in_pages_by_number(self, bench: Any) -> None:
        study = bench.study()
        for number in range(5):
            bench.finish(study, number, 0.1, RunState.PRUNED if number % 2 else RunState.COMPLETED)
        first = bench.store.trials.page(study.id, limit=2)
        second = bench.store.trials.page(study.id, limit=3, cursor=first.next_cursor)
        assert [trial.number for trial in (*first.items, *second.items)] == [0, 1, 2, 3, 4]
        assert second.next_cursor is None
        assert [t.number for t in bench.store.trials.page(study.id, states=[RunState.PRUNED]).items] == [1, 3]

    def test_artifacts_replace_by_path_and_logs_append(self, bench: Any) -> None:
        _, run = bench.insert(bench.study(), started=True)
        for text, sha256 in (("one\n", "1" * 64), ("two\n", "2" * 64)):
            with bench.store.transaction(bench.epoch) as transaction:
                transaction.append_log(run.id, text)
                transaction.add_artifact(Artifact(run.id, "model.pt", sha256, 3, "application/x", run.created_at))
        assert bench.store.runs.log(run.id) == "one\ntwo\n"
        assert [a.sha256 for a in bench.store.runs.artifacts(run.id)] == ["2" * 64]
        with pytest.raises(ArtifactNotFound):
            bench.store.runs.artifact(run.id, "nothing")

    def test_the_last_two_checkpoints_are_kept_until_the_run_ends(self, bench: Any) -> None:
        trial, run = bench.insert(bench.study(), started=True)

        def checkpoint(step: int) -> list[int]:
            with bench.store.transaction(bench.epoch) as transaction:
                transaction.add_checkpoint(run.id, 1, {"sha256": f"{step:064}", "step": step, "judged_place": 0})
            return [each["step"] for each in bench.store.runs.get(run.id).checkpoints]

        assert [checkpoint(step) for step in (1, 2, 3)] == [[1], [2, 1], [3, 2]]
        assert checkpoint(3) == [3, 2]
        assert checkpoint(2) == [2], "the third was damaged: the run went on from an earlier one"
        assert bench.store.references.referenced([f"{step:064}" for step in (1, 2, 3)]) == {f"{2:064}"}
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.end_run(run.id, 1, DONE)
            transaction.end_trial(trial.id, DONE, {})
        assert not bench.store.runs.get(run.id).checkpoints
        assert not bench.store.references.referenced([f"{2:064}"])

    def test_bytes_are_referred_to_as_long_as_one_study_has_them(self, bench: Any) -> None:
        shared, own, nobody_s = "1" * 64, "2" * 64, "3" * 64
        studies = [bench.study("first"), bench.study("second")]
        for study, names in zip(studies, [{shared, own}, {shared}], strict=True):
            _, run = bench.insert(study, started=True)
            with bench.store.transaction(bench.epoch) as transaction:
                for name in names:
                    transaction.add_artifact(Artifact(run.id, name, name, 3, "application/x", run.created_at))
        assert bench.store.references.referenced([shared, own, nobody_s]) == {shared, own}
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.delete_study(studies[0].id)
        assert bench.store.references.referenced([shared, own, nobody_s]) == {shared}

    def test_what_is_not_there_is_not_found(self, bench: Any) -> None:
        study = bench.study()
        with pytest.raises(TrialNotFound):
            bench.store.trials.get(study.id, 0)
        with pytest.raises(RunNotFound):
            bench.store.runs.get("ru_nothing")
        with pytest.raises(RunNotFound), bench.store.transaction(bench.epoch) as transaction:
            transaction.start_run("ru_nothing", 1)

    def test_the_test_result_stands_on_the_study_and_its_trial(self, bench: Any) -> None:
        study = bench.study()
        trial = bench.finish(study, 0, 0.5)
        before = {item.id: item.version for item in bench.store.sync_items.dirty()}
        measured: dict[str, Any] = {"metrics": {"test_accuracy": 0.97}}
        result = {"trial": 0, **measured, "runs": [{"fold": None, **measured, "data_hash": "d1"}]}
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.set_test_result(study.id, result)
            transaction.set_sampler_state(study.id, {"cursor": 4})
        after = {item.id: item.version for item in bench.store.sync_items.dirty()}
        assert bench.store.studies.get(study.id).test_result == result | {"look": 1}
        assert bench.store.studies.get(study.id).sampler_state == {"cursor": 4}
        assert (after[study.id], after[trial.id]) == (before[study.id] + 1, before[trial.id] + 1)

    def test_looks_at_a_test_split_are_counted_over_all_studies_that_looked_there(self, bench: Any) -> None:
        def look(name: str, *hashes: str, measured: bool = True) -> int | None:
            bench.finish(study := bench.study(name=name), 0, 0.5)
            metrics = {"metrics": {"test_accuracy": 0.9} if measured else {}}
            runs = [{"fold": fold, **metrics, "data_hash": each} for fold, each in enumerate(hashes)]
            with bench.store.transaction(bench.epoch) as transaction:
                transaction.set_test_result(study.id, {"trial": 0, **metrics, "runs": runs})
            return bench.store.studies.get(study.id).test_result["look"]  # type: ignore[no-any-return]

        assert (look("first", "a"), look("other-data", "b")) == (1, 1)
        assert look("unmeasured", "a", measured=False) is None
        assert look("second", "a", "a") == 2, "two runs of a trial are one look"
        assert look("unknown", "") is None
        with bench.store.transaction(bench.epoch) as deleting:
            deleting.delete_study(bench.store.studies.get("second").id)
        assert (look("both", "a", "b"), look("again", "b")) == (3, 3), "what was looked at most counts"


class TestRunsOnSqlite(RunsContract):
    """On SQLite."""

    backend = "sqlite"


class TestRunsOnPostgresql(RunsContract):
    """On a real PostgreSQL."""

    backend = "postgresql"
