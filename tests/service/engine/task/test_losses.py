"""What becomes of a run whose worker is lost while something else was decided about it already."""

from __future__ import annotations

from functools import partial

import pytest

from service.engine.task.effects import Operation
from service.engine.trials.active_trial import ActiveRun
from service.study.jobs import CheckpointStored, Failed, Lost
from service.study.ports import Transaction
from service.study.states import RETRIES, FailureKind, RunState
from tests.service.engine.conftest import Bench
from tests.service.engine.population.test_population import PBT
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


@pytest.mark.parametrize("released", [False, True])
def test_a_member_that_diverged_uses_no_attempt_and_is_to_take_over_even_if_it_was_to_pause(
    bench: Bench, released: bool
) -> None:
    case = Case(bench, **PBT)
    run = case.start()
    if released:
        run.stop_reason, run.release = "paused", True
    case.say(Failed(FailureKind.DIVERGED, "the training loss became NaN", ""))
    assert (run.run.state, run.run.attempt, run.diverged) == (RunState.WAITING, 1, True)


def test_a_member_that_diverged_when_it_was_to_stop_is_cancelled(bench: Bench) -> None:
    case = Case(bench, **PBT)
    case.start().stop_reason = "stopped by request"
    effects = case.say(Failed(FailureKind.DIVERGED, "the training loss became NaN", ""))
    assert effects.ended.record.state == RunState.CANCELLED


@pytest.mark.parametrize(
    ("kind", "log"),
    [
        (FailureKind.WORKER_LOST, "attempt 1: gone; it is started again\nattempt 2: gone; it is started again\n"),
        (FailureKind.NODE_LOST, "attempt 1: gone; it is placed anew\nattempt 1: gone; it is placed anew\n"),
    ],
)
def test_how_each_start_ended_is_in_the_log_once_although_the_group_comes_again(
    bench: Bench, kind: FailureKind, log: str
) -> None:
    case = Case(bench, **FOUR)
    trial, record = case.trial.trial, case.run().run
    group: list[Operation] = [lambda tx: tx.insert_trial(trial, [record])]
    for start in (1, 2):
        case.start()
        group += [partial(_start, record.id, start), *case.say(Lost(kind, "gone")).operations]
    epoch = bench.store.leadership.lead("test", 60)
    assert epoch is not None
    for _ in range(2):
        with bench.store.transaction(epoch) as transaction:
            for operation in group:
                operation(transaction)
    assert bench.store.runs.log(record.id) == log


def _start(run_id: str, start: int, transaction: Transaction) -> None:
    transaction.start_run(run_id, start)


def test_a_run_that_was_judged_leaves_no_checkpoint_behind_what_it_was_judged_by(bench: Bench) -> None:
    case = Case(bench, **FOUR)
    case.start().pruned_because = PRUNED
    assert not case.say(CheckpointStored("a" * 64, 1, 20)).operations
