"""What becomes of a run whose worker is lost while something else was decided about it already."""

from __future__ import annotations

import pytest

from service.engine.trials.active_trial import ActiveRun
from service.study.jobs import CheckpointStored, Failed, Lost
from service.study.states import RETRIES, FailureKind, RunState
from tests.service.engine.conftest import Bench
from tests.service.engine.task.test_run_events import FOUR, Case

LOST = Lost(FailureKind.WORKER_LOST, "killed")
PRUNED = "pruned at epoch 1"


def last_attempt(case: Case) -> ActiveRun:
    """The run in the start after which a loss is its end."""
    for _ in range(RETRIES[FailureKind.WORKER_LOST]):
        case.start()
        case.say(LOST)
    return case.start()


@pytest.mark.parametrize("is_last", [False, True])
def test_a_run_that_was_judged_is_pruned_although_it_never_heard_so(bench: Bench, is_last: bool) -> None:
    case = Case(bench, **FOUR)
    run = last_attempt(case) if is_last else case.start()
    case.measure(10, 1, val_accuracy=0.5)
    run.pruned_because = PRUNED
    ended = case.say(LOST, seq=20).ended.record
    assert (ended.state, ended.reason, ended.value, ended.failure) == (RunState.PRUNED, PRUNED, 0.5, None)


def test_a_run_that_was_judged_before_it_was_to_pause_is_pruned_too(bench: Bench) -> None:
    case = Case(bench, **FOUR)
    run = case.start()
    run.pruned_because, run.stop_reason, run.release = PRUNED, "paused", True
    assert case.say(LOST).ended.record.state == RunState.PRUNED


def test_a_run_that_was_to_stop_is_cancelled_whatever_it_was_judged(bench: Bench) -> None:
    case = Case(bench, **FOUR)
    run = case.start()
    run.pruned_because, run.stop_reason = PRUNED, "stopped by request"
    assert case.say(LOST).ended.record.state == RunState.CANCELLED


def test_a_run_of_a_pruned_trial_is_pruned_with_it(bench: Bench) -> None:
    case = Case(bench, 2, **FOUR, replicates={"seeds": 2})
    run = case.start()
    run.stop_reason = case.trial.pruned_because = PRUNED
    case.say(LOST)
    assert [(ended.state, ended.reason) for ended in case.trial.ended] == [
        (RunState.PRUNED, PRUNED),
        (RunState.CANCELLED, PRUNED),
    ]


def test_a_run_that_was_to_pause_uses_no_attempt_because_we_may_have_ended_its_worker(bench: Bench) -> None:
    case = Case(bench, **FOUR)
    for _ in range(1 + RETRIES[FailureKind.WORKER_LOST]):
        run = case.start()
        run.stop_reason, run.release = "paused", True
        case.say(LOST)
    assert (case.run().run.state, case.run().run.attempt) == (RunState.WAITING, 1)
    run = case.start()
    run.stop_reason, run.release = "paused", True
    case.say(Failed(FailureKind.USER_ERROR, "bad luck", ""))
    assert (case.run().run.state, case.run().run.attempt) == (RunState.WAITING, 2), "but it failed by itself"


def test_a_run_that_was_judged_leaves_no_checkpoint_behind_what_it_was_judged_by(bench: Bench) -> None:
    case = Case(bench, **FOUR)
    case.start().pruned_because = PRUNED
    assert not case.say(CheckpointStored("a" * 64, 1, 20)).operations
