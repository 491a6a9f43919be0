"""What a store promises about populations: what a member takes over is written once, and is all that it has."""

from __future__ import annotations

from typing import Any

from service.study.records import Continuation


class PopulationContract:
    """Decisions of populations."""

    def test_what_a_member_of_a_population_takes_over_is_its_only_checkpoint(self, bench: Any) -> None:
        study = bench.study()
        (_, own), (_, other) = (bench.insert(study, number, started=True) for number in (0, 1))
        with bench.store.transaction(bench.epoch) as transaction:
            for run, sha256 in ((own, "a" * 64), (other, "b" * 64)):
                checkpoint = {"sha256": sha256, "size": 1, "step": 9, "epoch": 2, "judged_epoch": 0}
                transaction.add_checkpoint(run.id, 1, checkpoint)
                transaction.requeue_run(run.id, "waits")
        taken, lr = "b" * 64, {"optimizer.lr": 0.1}
        moves = [
            Continuation(own.id, 0, 2, None, 1, other.id, taken, lr, "it diverged"),
            Continuation(other.id, 1, 2, 0.5, 1, other.id, taken, lr, "number 1 of 2"),
        ]
        for _ in range(2):  # the answer to a commit may be lost
            with bench.store.transaction(bench.epoch) as transaction:
                transaction.continue_runs(moves)
        assert bench.store.runs.continuations(study.id) == moves
        assert [each["sha256"] for each in bench.store.runs.get(own.id).checkpoints] == [taken]
        assert [bench.store.runs.get(run.id).attempt for run in (own, other)] == [1, 1]
        assert bench.store.references.referenced(["a" * 64, taken]) == {taken}


class TestPopulationsOnSqlite(PopulationContract):
    """On SQLite."""

    backend = "sqlite"


class TestPopulationsOnPostgresql(PopulationContract):
    """On a real PostgreSQL."""

    backend = "postgresql"
