"""Budgets are kept: epochs are reserved before a trial begins and given back, hours end what runs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from service.engine.trials.budget import Account
from service.errors import Invalid
from service.study.jobs import Job, Lost, Resources
from service.study.records import Spent, Study
from service.study.states import Desired, FailureKind, RunningTrials, RunState, StudyState
from tests.service.engine.conftest import Bench, states
from tests.support.rows import let_hours_pass
from tests.support.scripted_pool import ScriptedPool, accuracy

FOUR = {"training": {"epochs": 4}, "max_trials": 50}


def spent(bench: Bench, study: Study) -> Spent:
    return bench.store.studies.get(study.id).spent


def test_time_counts_while_something_trains_and_only_as_long_as_somebody_looks() -> None:
    account = Account(Spent(seconds=7200.0, wall_seconds=3590.0), Resources(2, 0.5))
    account.look(100.0, 3)
    account.look(104.0, 3)
    assert account.out_of_time({"hours": 1, "cpu_hours": 5, "gpu_hours": 1.1}) == ""
    account.look(5000.0, 0)
    account.look(9000.0, 2)  # this process was held up: nobody knows what happened meanwhile
    assert account.out_of_time({"hours": 1}) == ""
    account.look(9001.0, 1)
    assert account.out_of_time({"hours": 1}) == "its budget is spent: 1 hours"
    assert account.out_of_time({"cpu_hours": 4.01}) == "its budget is spent: 4.01 CPU hours"
    assert account.out_of_time({"gpu_hours": 1.001}) == "its budget is spent: 1.001 GPU hours"


@pytest.mark.parametrize("sampler", ["random", "tpe"])
async def test_no_trial_begins_whose_epochs_are_not_left(bench: Bench, sampler: str) -> None:
    study = bench.submit(**FOUR, sampler=sampler, budget={"epochs": 10}, max_concurrent_trials=3)
    async with bench.engine(ScriptedPool(accuracy, n_workers=3)):
        ended = await bench.ended(study)
    assert ended.state is StudyState.COMPLETED
    assert ended.reason == "its budget is spent: 8 of 10 epochs, and the next trial may take 4"
    assert states(bench, study.id).count(RunState.COMPLETED) == 2
    assert (ended.spent.epochs, ended.reserved_epochs) == (8, 0)


async def test_what_a_run_does_not_take_is_given_back(bench: Bench) -> None:
    """Pruned runs take one epoch of four: more trials begin than would have been paid for in full."""
    study = bench.submit(**FOUR, budget={"epochs": 12}, pruner={"name": "median", "n_startup_trials": 1})
    values = iter([0.9, *[0.1] * 50])

    def script(job: Job) -> list[float]:
        return [next(values)] * 4

    async with bench.engine(ScriptedPool(script)):
        ended = await bench.ended(study)
    assert ended.spent.epochs <= 12
    assert states(bench, study.id).count(RunState.PRUNED) > 2
    assert ended.saved_epochs == sum(4 - run.epochs for run in bench.store.runs.of_study(study.id) if run.epochs)


async def test_epochs_that_are_computed_again_are_spent_again(bench: Bench) -> None:
    """The second trial's worker dies: what it needs again is not left, whoever asks for it, now or after a restart."""
    study = bench.submit(**FOUR, budget={"epochs": 8}, max_concurrent_trials=1)

    class DiesLate(ScriptedPool):
        async def _report(self, run: Any, epoch: int, value: float | None) -> Any:
            if len(self.jobs) == 2 and epoch == 3:
                self._end(run, Lost(FailureKind.WORKER_LOST, "the worker died"))
                raise asyncio.CancelledError
            return await super()._report(run, epoch, value)

    pool = DiesLate(accuracy)
    async with bench.engine(pool):
        ended = await bench.ended(study)
    assert ended.reason == "its budget is spent: 6 of 8 epochs, and the next trial may take 4"
    assert [job.run_id for job in pool.jobs].count(pool.jobs[1].run_id) == 1
    assert states(bench, study.id)[:2] == [RunState.COMPLETED, RunState.CANCELLED]


async def test_a_study_whose_budget_is_spent_runs_on_when_it_is_given_more(bench: Bench) -> None:
    study = bench.submit(training={"epochs": 4}, max_trials=None, budget={"epochs": 4})
    async with bench.engine(ScriptedPool(accuracy)):
        await bench.ended(study)
        bench.store.desired_state.update(study.id, {"budget": {"epochs": 12}})
        await bench.until(lambda: states(bench, study.id).count(RunState.COMPLETED) == 3)
        ended = await bench.ended(study)
    assert (ended.reason, ended.spent.epochs) == ("its budget is spent: 12 of 12 epochs", 12)


async def test_at_the_end_of_its_hours_what_runs_is_ended_and_nothing_starts(bench: Bench) -> None:
    pool = ScriptedPool(accuracy)
    pool.gate.clear()
    study = bench.submit(budget={"cpu_hours": 1})
    async with bench.engine(pool) as engine:
        await bench.until(lambda: bool(pool.running))
        account = engine._runners[study.id].active.account
        account._seconds = 3600.0
        await bench.until(lambda: all(run.stopped for run in pool.running.values()))
        pool.gate.set()
        ended = await bench.ended(study)
    assert (ended.state, ended.reason) == (StudyState.COMPLETED, "its budget is spent: 1 CPU hours")
    assert set(states(bench, study.id)) == {RunState.CANCELLED}
    assert len(pool.jobs) == 1


@pytest.mark.parametrize("desired", [Desired.STOPPED, Desired.PAUSED])
async def test_what_is_to_finish_is_ended_too_once_the_hours_are_spent(bench: Bench, desired: Desired) -> None:
    pool = ScriptedPool(accuracy)
    pool.gate.clear()
    study = bench.submit(budget={"hours": 1})
    async with bench.engine(pool) as engine:
        await bench.until(lambda: bool(pool.running))
        bench.store.desired_state.set(study.id, desired, RunningTrials.FINISH)
        await bench.until(lambda: engine._runners[study.id].active.study.desired is desired)
        engine._runners[study.id].active.account._busy_seconds = 3600.0
        await bench.until(lambda: all(run.stopped for run in pool.running.values()))
        pool.gate.set()
        await bench.until(lambda: bench.store.studies.get(study.id).state == desired.upper())


async def test_the_account_of_the_next_engine_is_that_of_the_rows(bench: Bench) -> None:
    pool = ScriptedPool(accuracy)
    pool.gate.clear()
    study = bench.submit(**FOUR, budget={"epochs": 9}, max_concurrent_trials=1)
    async with bench.engine(pool):
        await bench.until(lambda: bool(pool.running))
        pool.gate.set()
        await bench.until(lambda: spent(bench, study).epochs >= 5)
    before = spent(bench, study)
    async with bench.engine(ScriptedPool(accuracy)):
        ended = await bench.ended(study)
    assert before.epochs <= ended.spent.epochs <= 9
    assert ended.spent.wall_seconds >= before.wall_seconds > 0
    assert ended.spent.seconds == pytest.approx(ended.spent.wall_seconds, abs=0.5)


async def test_the_hours_in_which_the_machine_was_down_are_not_spent(bench: Bench) -> None:
    pool = ScriptedPool(accuracy)
    pool.gate.clear()
    study = bench.submit(max_trials=2, budget={"hours": 2, "cpu_hours": 2})
    async with bench.engine(pool, crash=True):
        await bench.until(lambda: any(run.starts for run in bench.store.runs.of_study(study.id)))
    let_hours_pass(bench.database, began=10, seen=9)
    async with bench.engine(ScriptedPool(accuracy)):
        ended = await bench.ended(study)
    assert ended.reason == "all 2 trials are done"
    assert 3600 <= ended.spent.wall_seconds < 3700
    assert 3600 <= ended.spent.seconds < 3700


def test_a_change_that_would_limit_nothing_is_refused(bench: Bench) -> None:
    study = bench.submit(budget={"hours": 1})
    with pytest.raises(Invalid, match=r"budget\.gpu_hours: .*never spent; leave it out"):
        bench.store.desired_state.update(study.id, {"budget": {"gpu_hours": 2}})
    with pytest.raises(Invalid, match="max_trials: only a grid ends by itself, or a study with a budget"):
        bench.store.desired_state.update(bench.submit(name="unlimited").id, {"max_trials": None})
    assert bench.store.desired_state.update(study.id, {"max_trials": None}).max_trials is None
