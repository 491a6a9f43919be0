"""What a store promises about writes that come again: a commit was made, but not answered, so its group is repeated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from service.study.checkpoints import Checkpoint
from service.study.jobs import Placement
from service.study.ports import Outcome, Transaction
from service.study.records import Continuation, Run
from service.study.states import FailureKind, RunState
from tests.contracts.conftest import report

DONE = Outcome(RunState.COMPLETED, "done", 0.5, {"val_loss": 0.5}, None, 5, 1.5)


def checkpoint(epoch: int) -> Checkpoint:
    """One of that epoch."""
    return {"sha256": f"{epoch:064}", "size": 1, "step": 10 * epoch - 1, "epoch": epoch, "judged_place": 0}


def first_start(transaction: Transaction, run: Run, attempt_used: bool) -> None:
    """All that a start leads to, until the run waits again."""
    transaction.start_run(run.id, 1)
    transaction.assign_run(run.id, 1, Placement("worker-1"))
    transaction.append_log(run.id, "said once\n", (1, 1))
    transaction.append_points(run.id, 1, [report(9), report(19)])
    transaction.add_checkpoint(run.id, 1, checkpoint(1))
    failure = FailureKind.WORKER_LOST if attempt_used else None
    transaction.requeue_run(run.id, "lost or paused", start=1, attempt_used=attempt_used, failure=failure)


def with_the_second(transaction: Transaction, run: Run, attempt_used: bool) -> None:
    first_start(transaction, run, attempt_used)
    transaction.start_run(run.id, 2)


def with_what_the_second_said(transaction: Transaction, run: Run, attempt_used: bool) -> None:
    with_the_second(transaction, run, attempt_used)
    transaction.assign_run(run.id, 2, Placement("worker-2"))
    transaction.append_points(run.id, 2, [report(19), report(29)])


def with_its_end(transaction: Transaction, run: Run, attempt_used: bool) -> None:
    with_what_the_second_said(transaction, run, attempt_used)
    transaction.end_run(run.id, 2, DONE)


def requeued_and_cancelled(transaction: Transaction, run: Run, attempt_used: bool) -> None:
    first_start(transaction, run, attempt_used)
    transaction.end_run(run.id, 1, Outcome(RunState.CANCELLED, "cancelled by request"))


class RepeatsContract:
    """The second time changes no row, whether attempts were used or not."""

    @pytest.mark.parametrize("attempt_used", [True, False])
    @pytest.mark.parametrize(
        "group", [first_start, requeued_and_cancelled, with_the_second, with_what_the_second_said, with_its_end]
    )
    def test_a_group_that_comes_again_changes_nothing(
        self, bench: Any, group: Callable[[Transaction, Run, bool], None], attempt_used: bool
    ) -> None:
        study = bench.study()
        _, run = bench.insert(study)
        found = []
        for _ in range(2):
            with bench.store.transaction(bench.epoch) as transaction:
                group(transaction, run, attempt_used)
            runs, curve = bench.store.runs, bench.store.curves.get(run.id)
            now = runs.get(run.id), runs.attempts(run.id), runs.log(run.id), bench.store.events.read(study.id)
            found.append((*now, bench.store.studies.get(study.id).spent.epochs, curve.step.tolist()))
        assert found[0] == found[1]
        stored, starts, log, *_ = found[0]
        n_starts = 1 if group in (first_start, requeued_and_cancelled) else 2
        assert (stored.starts, stored.attempt) == (n_starts, 1 + attempt_used)
        assert (starts[0].worker, log) == ("worker-1", "said once\n")

    def test_what_was_taken_over_comes_again_behind_what_was_trained_since(self, bench: Any) -> None:
        study = bench.study()
        (_, own), (_, other) = (bench.insert(study, number) for number in (0, 1))
        taken = checkpoint(2)["sha256"]
        moves = [
            Continuation(own.id, 0, 2, None, 1, other.id, taken, {"lr": 0.1}, "it diverged"),
            Continuation(other.id, 1, 2, 0.5, 1, other.id, taken, {"lr": 0.1}, "number 1 of 2"),
        ]
        found = []
        for _ in range(2):
            with bench.store.transaction(bench.epoch) as transaction:
                transaction.start_run(other.id, 1)
                transaction.add_checkpoint(other.id, 1, checkpoint(2))
                transaction.requeue_run(other.id, "waits", start=1)
                transaction.continue_runs(moves)
                for run in (own, other):
                    transaction.start_run(run.id, 2 if run is other else 1)
                    transaction.append_points(run.id, 2 if run is other else 1, [report(29)])
                    transaction.add_checkpoint(run.id, 2 if run is other else 1, checkpoint(3))
            found.append([bench.store.runs.get(run.id) for run in (own, other)])
        assert found[0] == found[1]
        assert bench.store.runs.continuations(study.id) == moves
        assert [each["epoch"] for each in found[0][0].checkpoints] == [3, 2]


class TestRepeatsOnSqlite(RepeatsContract):
    """On SQLite."""

    backend = "sqlite"


class TestRepeatsOnPostgresql(RepeatsContract):
    """On a real PostgreSQL."""

    backend = "postgresql"
