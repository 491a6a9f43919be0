"""Stopping a study: running trials train to their end, or end at their next batch."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from service.engine.sampling.proposals import Proposal, Question
from service.engine.sampling.sampler_processes import InThread
from service.study.states import Desired, RunningTrials, RunState, StudyState
from tests.service.engine.conftest import Bench, states
from tests.support.scripted_pool import ScriptedPool, accuracy


def held(*, n_workers: int = 1) -> ScriptedPool:
    """Workers that train nothing until the gate is opened."""
    pool = ScriptedPool(accuracy, n_workers)
    pool.gate.clear()
    return pool


async def started(bench: Bench, pool: ScriptedPool, study_id: str) -> None:
    """Until every worker trains, and a trial waits that none of them has."""
    await bench.until(lambda: len(pool.running) == pool._n_workers)  # rows say so before the pool is told
    await bench.until(lambda: {RunState.RUNNING, RunState.WAITING} <= set(states(bench, study_id)))


async def cancelled(bench: Bench, study_id: str) -> None:
    """Until the engine has begun to stop the study: what waits is cancelled."""
    await bench.until(lambda: RunState.CANCELLED in states(bench, study_id))


async def test_running_trials_train_to_their_end_and_nothing_new_starts(bench: Bench) -> None:
    study, pool = bench.submit(max_trials=50), held(n_workers=2)
    async with bench.engine(pool):
        await started(bench, pool, study.id)
        training = set(pool.running)
        bench.store.desired_state.set(study.id, Desired.STOPPED, RunningTrials.FINISH)
        await cancelled(bench, study.id)
        pool.gate.set()
        ended = await bench.ended(study)
    assert (ended.state, ended.reason) == (StudyState.STOPPED, "stopped by request")
    assert {job.run_id for job in pool.jobs} == training
    completed = {run.id for run in bench.store.runs.of_study(study.id) if run.state is RunState.COMPLETED}
    assert completed == training
    assert set(states(bench, study.id)) == {RunState.COMPLETED, RunState.CANCELLED}


async def test_a_running_trial_has_not_ended_before_the_last_of_its_replicates(bench: Bench) -> None:
    study, pool = bench.submit(max_trials=5, replicates={"seeds": 3}), held()
    async with bench.engine(pool):
        await started(bench, pool, study.id)
        bench.store.desired_state.set(study.id, Desired.STOPPED, RunningTrials.FINISH)
        await cancelled(bench, study.id)
        pool.gate.set()
        await bench.ended(study)
    first, *others = states(bench, study.id)
    assert (first, set(others)) == (RunState.COMPLETED, {RunState.CANCELLED})
    assert len(pool.jobs) == 3


async def test_trials_end_at_their_next_batch_and_keep_their_curves(bench: Bench) -> None:
    """A pruner is asked after each epoch, so that the scripted runs are no faster than the engine follows."""
    study = bench.submit(max_trials=50, pruner={"name": "median", "n_startup_trials": 50})
    pool = ScriptedPool(lambda job: [0.1] * 10**5)
    async with bench.engine(pool):
        await bench.until(lambda: any(run.epochs for run in bench.store.runs.of_study(study.id)))
        bench.store.desired_state.set(study.id, Desired.STOPPED, RunningTrials.CHECKPOINT)
        ended = await bench.ended(study)
    assert ended.state is StudyState.STOPPED
    assert set(states(bench, study.id)) == {RunState.CANCELLED}
    run = bench.store.runs.of_trial(bench.store.trials.get(study.id, 0).id)[0]
    assert run.reason == "stopped by request"
    assert len(bench.store.curves.get(run.id)) >= 1


async def test_a_second_stop_ends_what_the_first_let_train(bench: Bench) -> None:
    study, pool = bench.submit(max_trials=50), held()
    async with bench.engine(pool):
        await started(bench, pool, study.id)
        bench.store.desired_state.set(study.id, Desired.STOPPED, RunningTrials.FINISH)
        await cancelled(bench, study.id)
        bench.store.desired_state.set(study.id, Desired.STOPPED, RunningTrials.CHECKPOINT)
        await bench.until(lambda: all(run.stopped for run in pool.running.values()))
        pool.gate.set()
        await bench.ended(study)
    assert set(states(bench, study.id)) == {RunState.CANCELLED}


@pytest.mark.parametrize("crash", [True, False], ids=["killed", "stopped in order"])
async def test_a_restarted_engine_still_lets_running_trials_end(bench: Bench, crash: bool) -> None:
    study, pool = bench.submit(max_trials=50), _Obedient(accuracy)
    pool.gate.clear()
    async with bench.engine(pool, crash=crash):
        await started(bench, pool, study.id)
        (training,) = pool.running
        bench.store.desired_state.set(study.id, Desired.STOPPED, RunningTrials.FINISH)
        await cancelled(bench, study.id)
    again = ScriptedPool(accuracy)
    async with bench.engine(again):
        await bench.ended(study)
    assert [job.run_id for job in again.jobs] == [training]
    assert bench.store.runs.get(training).state is RunState.COMPLETED
    assert set(states(bench, study.id)) == {RunState.COMPLETED, RunState.CANCELLED}


async def test_a_run_that_loses_its_worker_meanwhile_is_tried_again(bench: Bench) -> None:
    study, pool = bench.submit(max_trials=50), held()
    async with bench.engine(pool):
        await started(bench, pool, study.id)
        (training,) = pool.running
        bench.store.desired_state.set(study.id, Desired.STOPPED, RunningTrials.FINISH)
        await cancelled(bench, study.id)
        await pool.kill(training)
        pool.gate.set()
        await bench.ended(study)
    run = bench.store.runs.get(training)
    assert (run.state, run.attempt) == (RunState.COMPLETED, 2)


async def test_what_a_pause_left_waiting_is_cancelled_and_does_not_train_again(bench: Bench) -> None:
    study, pool = bench.submit(max_trials=1), held()
    async with bench.engine(pool):
        await bench.until(lambda: RunState.RUNNING in states(bench, study.id))
        bench.store.desired_state.set(study.id, Desired.PAUSED, RunningTrials.CHECKPOINT)
        await bench.until(lambda: all(run.stopped for run in pool.running.values()))
        pool.gate.set()
        await bench.until(lambda: bench.store.studies.get(study.id).state is StudyState.PAUSED)
        bench.store.desired_state.set(study.id, Desired.STOPPED, RunningTrials.FINISH)
        await bench.ended(study)
    assert states(bench, study.id) == [RunState.CANCELLED]
    assert len(pool.jobs) == 1


async def test_no_trial_is_waited_for_that_no_worker_can_take_any_more(bench: Bench) -> None:
    study = bench.submit(max_trials=50)
    async with bench.engine(held(), crash=True):
        await bench.until(lambda: RunState.RUNNING in states(bench, study.id))
    bench.store.desired_state.set(study.id, Desired.STOPPED, RunningTrials.FINISH)
    async with bench.engine(_Smaller(accuracy)):
        ended = await bench.ended(study)
    assert ended.state is StudyState.STOPPED
    assert set(states(bench, study.id)) == {RunState.CANCELLED}


class _Obedient(ScriptedPool):
    """Trains nothing until it is asked to stop, and then ends at once."""

    async def stop(self, run_id: str, *, checkpoint: bool) -> None:
        await super().stop(run_id, checkpoint=checkpoint)
        self.gate.set()


class _Smaller(ScriptedPool):
    """A cluster that has lost the machine that could hold the runs."""

    def never_fits(self, key: Any) -> str:
        return "no worker has 1 CPU"

    def can_start(self, key: Any) -> bool:
        return False


class Thinking(InThread):
    """Thinks about the second trial until it is told to answer."""

    def __init__(self) -> None:
        self.asked = 0
        self.answers = asyncio.Event()

    async def propose(self, question: Question) -> Proposal:
        self.asked += 1
        if self.asked > 1:
            await self.answers.wait()
        return await super().propose(question)


async def test_running_trials_are_stopped_while_the_sampler_thinks(bench: Bench) -> None:
    study, pool = bench.submit(sampler="tpe", max_concurrent_trials=2), held(n_workers=2)
    proposer = Thinking()
    async with bench.engine(pool, proposer=proposer):
        await bench.until(lambda: bool(pool.running) and proposer.asked == 2)
        bench.store.desired_state.set(study.id, Desired.STOPPED, RunningTrials.CHECKPOINT)
        await bench.until(lambda: all(run.stopped for run in pool.running.values()))
        proposer.answers.set()
        pool.gate.set()
        ended = await bench.ended(study)
    assert (ended.state, set(states(bench, study.id))) == (StudyState.STOPPED, {RunState.CANCELLED})
