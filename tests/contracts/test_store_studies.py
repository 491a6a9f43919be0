"""What a store promises about studies and wishes, on every database."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from service.errors import Conflict, IdempotencyKeyReused, Invalid, NameTaken, StudyNotFound
from service.study.filters import parse_filter
from service.study.records import CodeCheck, Look, Study, Submission
from service.study.states import Desired, RunningTrials, RunState, StudyState

BACK_AND_FORTH = [
    (StudyState.PAUSED, Desired.RUNNING),
    (StudyState.STOPPED, Desired.RUNNING),
    (StudyState.FAILED, Desired.RUNNING),
]


class StudiesContract:
    """Studies are created once, found, listed, changed and wished away."""

    def test_a_study_is_found_by_id_and_name(self, bench: Any) -> None:
        created = bench.study("digits", priority=3, notes="first")
        assert bench.store.studies.get("digits") == bench.store.studies.get(created.id) == created
        assert (created.state, created.desired, created.priority) == (StudyState.QUEUED, Desired.RUNNING, 3)
        assert created.definition == bench.definition("digits", priority=3, notes="first")
        assert created.created_at.utcoffset().total_seconds() == 0

    def test_an_expanded_space_keeps_the_order_in_which_it_is_drawn(self, bench: Any) -> None:
        space = {"optimizer": {"name": "sgd", "lr": {"uniform": [0.1, 1]}}, "data": {"name": "digits"}, "aa": 1}
        study, _ = bench.store.studies.create(Submission(bench.definition(), space, ("unread",)))

        assert json.dumps(bench.store.studies.expanded_space(study.id)) == json.dumps(space)
        assert study.warnings == ["unread"]
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.delete_study(study.id)
        with pytest.raises(StudyNotFound):
            bench.store.studies.expanded_space(study.id)

    def test_an_unknown_study_is_not_found(self, bench: Any) -> None:
        with pytest.raises(StudyNotFound, match="'nobody'"):
            bench.store.studies.get("nobody")

    def test_a_taken_name_is_refused_with_a_free_one(self, bench: Any) -> None:
        bench.study("digits")
        bench.study("digits-2")
        for name in ("digits", "digits-2"):
            with pytest.raises(NameTaken) as taken:
                bench.study(name)
            assert taken.value.free == "digits-3"
        assert len(bench.store.studies.page().items) == 2

    @pytest.mark.parametrize(
        ("there", "name", "free"),
        [
            (["digits-trial", "digits-trial-19"], "digits-trial-19", "digits-trial-19-2"),
            (["x-trial-19", "x-trial-19-2"], "x-trial-19", "x-trial-19-3"),
            (["x-trial-19", "x-trial-19-2"], "x-trial-19-2", "x-trial-19-3"),
            (["resnet-50"], "resnet-50", "resnet-50-2"),
            (["run-2024-01-01", "run-2024-01"], "run-2024-01-01", "run-2024-01-01-2"),
            (["n" * 100, "n" * 98 + "-2"], "n" * 100, "n" * 98 + "-3"),
        ],
    )
    def test_a_number_that_counts_no_copies_stays(self, bench: Any, there: list[str], name: str, free: str) -> None:
        for each in there:
            bench.study(each)
        with pytest.raises(NameTaken) as taken:
            bench.study(name)
        assert taken.value.free == free

    def test_what_looks_like_an_id_is_never_a_name(self, bench: Any) -> None:
        first = bench.study("first")
        bench.study(first.id)  # which no checked definition is called
        assert bench.store.studies.get(first.id) == first
        with pytest.raises(StudyNotFound):
            bench.store.studies.get("st_nobody")

    def test_of_many_who_want_one_name_one_gets_it(self, bench: Any) -> None:
        def create(_: int) -> bool:
            try:
                bench.study("wanted")
            except NameTaken:
                return False
            return True

        with ThreadPoolExecutor(6) as threads:
            assert sum(threads.map(create, range(12))) == 1

    def test_an_idempotency_key_acts_once(self, bench: Any) -> None:
        first, created = bench.store.studies.create(bench.submission(), idempotency=("key", "body"))
        again, created_again = bench.store.studies.create(bench.submission(), idempotency=("key", "body"))
        assert (created, created_again, again.id) == (True, False, first.id)
        with pytest.raises(IdempotencyKeyReused):
            bench.store.studies.create(bench.submission("other"), idempotency=("key", "another body"))

    def test_of_many_requests_with_one_key_one_acts(self, bench: Any) -> None:
        together = threading.Barrier(6)

        def create(_: int) -> tuple[Study, bool]:
            together.wait()
            created: tuple[Study, bool] = bench.store.studies.create(bench.submission(), idempotency=("key", "body"))
            return created

        with ThreadPoolExecutor(6) as threads:
            answers = list(threads.map(create, range(6)))
        assert sum(created for _, created in answers) == 1
        assert {study.id for study, _ in answers} == {bench.store.studies.get("digits").id}

    def test_an_idempotency_key_of_a_refused_request_is_free(self, bench: Any) -> None:
        bench.study("digits")
        with pytest.raises(NameTaken):
            bench.store.studies.create(bench.submission("digits"), idempotency=("key", "body"))
        assert bench.store.studies.create(bench.submission("other"), idempotency=("key", "new body"))[1]

    def test_pages_hold_every_study_once_newest_first(self, bench: Any) -> None:
        names = [bench.study(f"s{i}").name for i in range(7)]
        seen, cursor = [], None
        while True:
            page = bench.store.studies.page(cursor=cursor, limit=3)
            seen += [study.name for study in page.items]
            bench.study(f"late{len(seen)}")  # what is created meanwhile comes before, and shifts nothing
            if (cursor := page.next_cursor) is None:
                break
        assert seen == names[::-1]

    @pytest.mark.parametrize("cursor", ["%%%", "bm9uc2Vuc2U", "WzEsMl0"])
    def test_a_made_up_cursor_is_refused(self, bench: Any, cursor: str) -> None:
        with pytest.raises(Invalid) as refused:
            bench.store.studies.page(cursor=cursor)
        assert refused.value.problems[0].path == "cursor"

    def test_lists_filter_by_state(self, bench: Any) -> None:
        bench.study("waiting")
        running = bench.study("running")
        self._be(bench, running.id, StudyState.RUNNING)
        assert [s.name for s in bench.store.studies.page(states=[StudyState.RUNNING]).items] == ["running"]

    def test_a_confirmation_is_left_out_where_its_study_is_in_the_list(self, bench: Any) -> None:
        confirmed, other = bench.study("confirmed", tags=["x"]), bench.study("other", tags=["x"])
        for look in (1, 2):
            self._confirm(bench, confirmed, look, tags=["x"] if look == 1 else [])
        self._confirm(bench, other, 1)
        self._be(bench, confirmed.id, StudyState.RUNNING)

        def names(**asked: Any) -> list[str]:
            return [study.name for study in bench.store.studies.page(**asked).items]

        assert names(confirmations=False) == ["other", "confirmed"]
        first = bench.store.studies.page(confirmations=False, limit=1)
        assert [study.name for study in first.items] == ["other"], "those left out take no room of a page"
        assert names(confirmations=False, limit=1, cursor=first.next_cursor) == ["confirmed"]
        assert names(confirms=confirmed.id) == ["confirmed-2", "confirmed-1"]
        assert names(confirmations=False, states=[StudyState.QUEUED]) == ["confirmed-2", "confirmed-1", "other"]
        chosen = parse_filter("name ~ -1 or name = other")
        assert names(confirmations=False, chosen=chosen) == ["confirmed-1", "other"]
        bench.store.desired_state.set(other.id, Desired.DELETED)
        assert names(confirmations=False) == ["other-1", "confirmed"]

    @staticmethod
    def _confirm(bench: Any, study: Study, look: int, **changes: Any) -> None:
        submission = bench.submission(f"{study.name}-{look}", **changes)
        bench.store.studies.create(replace(submission, look=Look(study.id, look, "seeds", (0, 1))))

    def test_a_list_knows_each_study_s_counts_and_best(self, bench: Any) -> None:
        low, high = bench.study("low"), bench.study("high", objective={"metric": "a", "direction": "maximize"})
        for study in (low, high):
            for number, value in enumerate((0.5, 0.2, 0.9, 0.2, 0.9)):
                bench.finish(study, number, value)
            bench.finish(study, 5, 0.0, RunState.PRUNED)
            bench.insert(study, 6)
        listed = {study.name: study for study in bench.store.studies.page().items}
        assert listed["low"].counts == {RunState.COMPLETED: 5, RunState.PRUNED: 1, RunState.WAITING: 1}
        assert (listed["low"].best, listed["high"].best) == ((1, 0.2), (2, 0.9))

    @pytest.mark.parametrize(("state", "desired"), BACK_AND_FORTH)
    def test_what_rests_can_be_resumed(self, bench: Any, state: StudyState, desired: Desired) -> None:
        study = bench.study()
        self._be(bench, study.id, StudyState.RUNNING, state)
        assert bench.store.desired_state.set(study.id, desired).desired == desired
        assert [s.id for s in bench.store.studies.to_reconcile()] == [study.id]
        self._be(bench, study.id, StudyState.RUNNING)
        self._be(bench, study.id, StudyState.COMPLETED)
        assert not bench.store.studies.to_reconcile()

    @pytest.mark.parametrize(
        ("state", "desired"),
        [
            (StudyState.COMPLETED, Desired.PAUSED),
            (StudyState.STOPPED, Desired.PAUSED),
            (StudyState.FAILED, Desired.STOPPED),
            (StudyState.COMPLETED, Desired.RUNNING),
        ],
    )
    def test_a_senseless_wish_is_a_conflict(self, bench: Any, state: StudyState, desired: Desired) -> None:
        study = bench.study()
        self._be(bench, study.id, StudyState.RUNNING, state)
        before = bench.store.studies.get(study.id)
        with pytest.raises(Conflict, match=state.value):
            bench.store.desired_state.set(study.id, desired)
        assert bench.store.studies.get(study.id) == before

    def test_a_wish_repeated_changes_nothing(self, bench: Any) -> None:
        study = bench.study()
        first = bench.store.desired_state.set(study.id, Desired.PAUSED, RunningTrials.CHECKPOINT)
        assert bench.store.desired_state.set(study.id, Desired.PAUSED, RunningTrials.CHECKPOINT) == first
        assert first.stop_running == "checkpoint"

    def test_a_stop_may_be_hastened_and_not_slowed_down(self, bench: Any) -> None:
        study = bench.study()
        assert bench.store.desired_state.set(study.id, Desired.STOPPED).stop_running == "finish"
        hastened = bench.store.desired_state.set(study.id, Desired.STOPPED, RunningTrials.CHECKPOINT)
        assert hastened.stop_running == "checkpoint"
        assert bench.store.desired_state.set(study.id, Desired.STOPPED) == hastened

    def test_a_check_stands_on_its_study_and_is_found_by_its_key_if_it_passed(self, bench: Any) -> None:
        study, other = bench.study("digits"), bench.study("other")
        failed, passed = CodeCheck(False, [], "why\N{REPLACEMENT CHARACTER}", "where"), CodeCheck(True, ["doubt"])
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.set_code_check(study.id, replace(failed, reason="why\0"), "key")
        assert (bench.store.studies.get(study.id).code_check, bench.store.studies.code_check("key")) == (failed, None)
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.set_code_check(other.id, passed, "key")
        assert (bench.store.studies.get(other.id).code_check, bench.store.studies.code_check("key")) == (passed, passed)
        assert bench.store.studies.code_check("another") is None

    def test_a_study_can_be_extended_after_its_end(self, bench: Any) -> None:
        study = bench.study(max_trials=1)
        self._be(bench, study.id, StudyState.RUNNING)
        bench.finish(study, 0, 0.5)
        self._be(bench, study.id, StudyState.COMPLETED)
        assert not bench.store.studies.to_reconcile()
        assert bench.store.desired_state.update(study.id, {"max_trials": 2}).max_trials == 2
        assert [s.id for s in bench.store.studies.to_reconcile()] == [study.id]

    def test_more_trials_do_not_wake_a_failed_study_until_it_is_resumed(self, bench: Any) -> None:
        study = bench.study(max_trials=1)
        self._be(bench, study.id, StudyState.RUNNING)
        bench.finish(study, 0, None, RunState.FAILED)
        self._be(bench, study.id, StudyState.FAILED)
        assert bench.store.desired_state.update(study.id, {"max_trials": 2}).max_trials == 2
        assert not bench.store.studies.to_reconcile()
        bench.store.desired_state.set(study.id, Desired.RUNNING)
        assert [s.id for s in bench.store.studies.to_reconcile()] == [study.id]

    def test_an_extension_just_before_the_end_is_not_lost(self, bench: Any) -> None:
        study = bench.study(max_trials=1)
        self._be(bench, study.id, StudyState.RUNNING)
        bench.finish(study, 0, 0.5)
        bench.store.desired_state.update(study.id, {"max_trials": 2})
        self._complete(bench, study)  # by an engine that has not heard of it
        assert [s.id for s in bench.store.studies.to_reconcile()] == [study.id]

    def test_a_grid_wanted_whole_just_before_the_end_goes_on(self, bench: Any) -> None:
        study = bench.study(max_trials=1, sampler={"name": "grid"})
        self._be(bench, study.id, StudyState.RUNNING)
        bench.finish(study, 0, 0.5)
        heard_of = bench.store.desired_state.update(study.id, {"max_trials": None})
        self._complete(bench, study)
        assert [s.id for s in bench.store.studies.to_reconcile()] == [study.id]
        self._be(bench, study.id, StudyState.RUNNING)
        self._complete(bench, heard_of)
        assert not bench.store.studies.to_reconcile()

    def test_an_extension_that_was_heard_of_is_over_at_the_end(self, bench: Any) -> None:
        study = bench.study(max_trials=1)
        self._be(bench, study.id, StudyState.RUNNING)
        bench.store.desired_state.update(study.id, {"max_trials": 2})
        bench.finish(study, 0, 0.5)
        bench.finish(study, 1, 0.5)
        self._be(bench, study.id, StudyState.COMPLETED)
        assert not bench.store.studies.to_reconcile()

    def test_changes_are_checked(self, bench: Any) -> None:
        study = bench.study()
        bench.finish(study, 0, 0.5)
        bench.finish(study, 1, 0.5)
        for changes, path in (
            ({"max_trials": 1}, "max_trials"),
            ({"max_trials": None}, "max_trials"),
            ({"id": 1}, "id"),
        ):
            with pytest.raises(Invalid) as refused:
                bench.store.desired_state.update(study.id, changes)
            assert refused.value.problems[0].path == path
        changed = bench.store.desired_state.update(study.id, {"max_trials": 2, "priority": 5, "notes": "so"})
        assert (changed.max_trials, changed.priority, changed.notes) == (2, 5, "so")

    def test_a_deleted_study_leaves_its_name(self, bench: Any) -> None:
        study = bench.study("digits")
        bench.store.desired_state.set(study.id, Desired.DELETED)
        assert bench.study("digits").id == bench.store.studies.get("digits").id != study.id
        assert study.id not in [s.id for s in bench.store.studies.page().items]
        assert study.id in [s.id for s in bench.store.studies.to_reconcile()]
        with pytest.raises(Conflict, match="being deleted"):
            bench.store.desired_state.set(study.id, Desired.RUNNING)

    def test_an_answer_is_of_one_version_and_a_newer_one_takes_its_place(self, bench: Any) -> None:
        study, kept = bench.study(), bench.store.analyses
        for version, question in ((1, "a"), (1, "b"), (2, "a"), (1, "b")):
            kept.keep(study.id, version, question, f"{question}{version}".encode())
        assert kept.get(study.id, 2, "a") == b"a2"
        assert kept.get(study.id, 1, "a") is None
        assert kept.get(study.id, 2, "b") is None

    def test_deletion_takes_every_row(self, bench: Any) -> None:
        study = bench.study()
        _, run = bench.insert(study, started=True)
        bench.append(run, 1, 0, 1)
        bench.store.analyses.keep(study.id, 1, "what?", b"this")
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.append_log(run.id, "hello\n")
            transaction.delete_study(study.id)
            transaction.delete_study(study.id)
            transaction.append_log(run.id, "too late\n")
        for gone in (
            bench.store.trials.of_study(study.id),
            bench.store.runs.of_study(study.id),
            bench.store.events.read(study.id),
        ):
            assert not gone
        assert not len(bench.store.curves.get(run.id)) and not bench.store.runs.log(run.id)
        assert bench.store.analyses.get(study.id, 1, "what?") is None
        bench.store.analyses.keep(study.id, 1, "what?", b"too late")
        assert bench.store.analyses.get(study.id, 1, "what?") is None
        assert [(m.kind, m.id, m.tombstone) for m in bench.store.sync_items.dirty()] == [("study", study.id, True)]

    def _complete(self, bench: Any, study: Study) -> None:
        """By an engine that knows the study as it was then."""
        with bench.store.transaction(bench.epoch) as transaction:
            transaction.set_study_state(study.id, StudyState.COMPLETED, "all done", study.wanted)

    def _be(self, bench: Any, study_id: str, *states: StudyState) -> None:
        for state in states:
            with bench.store.transaction(bench.epoch) as transaction:
                transaction.set_study_state(study_id, state, "as asked")


class TestStudiesOnSqlite(StudiesContract):
    """On SQLite."""

    backend = "sqlite"


class TestStudiesOnPostgresql(StudiesContract):
    """On a real PostgreSQL."""

    backend = "postgresql"
