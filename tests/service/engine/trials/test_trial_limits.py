"""What a trial may take, hours and epochs over all runs and attempts, and what becomes of one that has used it up."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.reporting import Decision
from service.engine.state import ActiveStudy
from service.engine.trials import stops
from service.study.definitions.definition import StudyDefinition
from service.study.jobs import Lost
from service.study.records import Trial
from service.study.states import FailureKind, RunState
from tests.service.engine.conftest import Bench
from tests.support.rows import waiting_run, waiting_trial
from tests.support.scripted_pool import ScriptedPool, accuracy

FOUR = {"training": {"epochs": 4}, "max_trials": 1}
HOUR = {**FOUR, "limits": {"trial_hours": 1}}


class Pausing(ScriptedPool):
    """Its runs train two epochs, and then nothing until they are asked to end."""

    def __init__(self, n_before: int = 2) -> None:
        super().__init__(accuracy)
        self._n_before = n_before
        if not n_before:
            self.gate.clear()

    async def _report(self, run: Any, epoch: int, value: float | None) -> Decision:
        answer = await super()._report(run, epoch, value)
        if epoch == self._n_before and run.job.task == "train":
            self.gate.clear()
        return answer

    async def end(self, run_id: str) -> None:
        await super().end(run_id)
        self.gate.set()


class Deaf(Pausing):
    """Nothing is heard by its runs."""

    async def end(self, run_id: str) -> None:
        pass


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.engine.engine.LOOK", 0.05)


async def out_of_time(bench: Bench, pool: Pausing, n_epochs: int) -> Trial:
    """The only trial of a study once its hour is over, of which it has computed so many epochs."""
    study = bench.submit(**HOUR)
    async with bench.engine(pool) as engine:
        await bench.until(lambda: bool(pool.running) and bench.store.studies.get(study.id).spent.epochs == n_epochs)
        engine._runners[study.id].active.trials[0].ended_seconds = 3600.0
        await bench.ended(study)
    return bench.store.trials.get(study.id, 0)


async def test_at_the_end_of_its_hours_a_trial_is_completed_with_what_it_has(bench: Bench) -> None:
    pool = Pausing()
    trial = await out_of_time(bench, pool, 2)
    (run,) = bench.store.runs.of_trial(trial.id)
    assert (trial.state, trial.reason) == (RunState.COMPLETED, "limits.trial_hours is used up, which is 1")
    assert trial.value == max(accuracy(pool.jobs[0])[:2]) == run.value
    assert (run.epochs, run.metrics_epoch, len(bench.store.curves.get(run.id))) == (2, 2, 2)
    assert pool.kept == [run.id]


async def test_a_trial_without_any_value_by_then_is_failed(bench: Bench) -> None:
    trial = await out_of_time(bench, Pausing(0), 0)
    assert (trial.state, trial.failure, trial.value) == (RunState.FAILED, FailureKind.TIMEOUT, None)
    assert trial.reason == "limits.trial_hours is used up, which is 1; nothing had been judged by then"


async def test_one_that_hears_nothing_loses_its_worker_and_keeps_its_value(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stops, "STOP_PATIENCE", 0.0)
    pool = Deaf()
    trial = await out_of_time(bench, pool, 2)
    assert (trial.state, trial.value) == (RunState.COMPLETED, max(accuracy(pool.jobs[0])[:2]))


async def test_a_trial_ends_at_the_last_epoch_that_it_may_compute(bench: Bench) -> None:
    study, pool = bench.submit(**FOUR, limits={"trial_epochs": 3}), ScriptedPool(accuracy)
    async with bench.engine(pool):
        ended = await bench.ended(study)
    (trial,) = bench.store.trials.of_study(study.id)
    assert (trial.state, trial.reason) == (RunState.COMPLETED, "limits.trial_epochs is used up: 3 of 3")
    assert (ended.spent.epochs, ended.reserved_epochs, pool.jobs[0].last_epoch) == (3, 0, 3)
    assert pool.kept


async def test_of_several_runs_those_begin_that_can_come_to_their_end(bench: Bench) -> None:
    study = bench.submit(**FOUR, replicates={"seeds": 3}, limits={"trial_epochs": 11})
    pool = ScriptedPool(accuracy, n_workers=3)
    async with bench.engine(pool):
        ended = await bench.ended(study)
    (trial,) = bench.store.trials.of_study(study.id)
    runs = bench.store.runs.of_trial(trial.id)
    words = "limits.trial_epochs is used up: 8 of 11, and its next run may take 4"
    assert [run.state for run in runs] == [RunState.COMPLETED, RunState.COMPLETED, RunState.CANCELLED]
    assert runs[2].reason == words
    assert (trial.state, trial.reason) == (RunState.COMPLETED, f"{words}; its value is of 2 of its 3 runs")
    assert trial.value == pytest.approx(sum(run.value or 0 for run in runs[:2]) / 2)
    assert (ended.spent.epochs, pool.most_running) == (8, 2)


@pytest.mark.parametrize(("limit", "last"), [(6, None), (5, 3), (4, 0)])  # 0: it does not begin again
async def test_what_a_lost_worker_had_computed_is_taken(bench: Bench, limit: int, last: int | None) -> None:
    """Two epochs of four are lost: with four left all is trained, with three as many, with two nothing is gained."""

    class DiesOnce(ScriptedPool):
        async def _report(self, run: Any, epoch: int, value: float | None) -> Decision:
            if run.job.start == 1 and epoch == 3:
                self._end(run, Lost(FailureKind.WORKER_LOST, "the worker died"))
                return Decision.STOP
            return await super()._report(run, epoch, value)

    study, pool = bench.submit(**FOUR, limits={"trial_epochs": limit}), DiesOnce(accuracy)
    async with bench.engine(pool):
        ended = await bench.ended(study)
    (trial,) = bench.store.trials.of_study(study.id)
    (run,) = bench.store.runs.of_trial(trial.id)
    assert run.computed_epochs == ended.spent.epochs <= limit
    if last == 0:
        assert (trial.state, run.state, len(pool.jobs)) == (RunState.COMPLETED, RunState.COMPLETED, 1)
        assert trial.value == run.value is not None
        assert trial.reason == "limits.trial_epochs is used up: 2 of 4, and its next run may take 4"
    else:
        assert (trial.state, run.epochs, pool.jobs[1].last_epoch) == (RunState.COMPLETED, last or 4, last)


def test_the_next_engine_counts_what_the_rows_tell(bench: Bench) -> None:
    study = bench.submit(**FOUR, replicates={"seeds": 2}, limits={"trial_epochs": 10})
    active = ActiveStudy(study, StudyDefinition.parse(study.definition))
    trial = waiting_trial(study, 0, state=RunState.RUNNING)
    ended = waiting_run(trial, 0, state=RunState.COMPLETED, computed_epochs=5, spent_seconds=60.0)
    waiting = waiting_run(trial, 1, computed_epochs=2, spent_seconds=7.0, training_time=3.0, planned_epochs=4)
    active.load([trial], [ended, waiting], {})
    assert (active.trials[0].epochs, active.trials[0].seconds) == (7, 67.0)
    assert active.next_run() is None
    active.trials[0].epochs = 6
    assert active.next_run() is not None
