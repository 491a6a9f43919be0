"""What users wish of a study while it runs: pause, resume, stop, delete, extend; and a clean stop of the engine."""

from __future__ import annotations

import asyncio

import pytest

from service.study.states import Desired, RunState, StudyState
from tests.service.engine.conftest import Bench, states
from tests.support.scripted_pool import ScriptedPool, accuracy


async def test_pause_and_resume(bench: Bench) -> None:
    pool = ScriptedPool(accuracy)
    study = bench.submit(max_trials=60)
    async with bench.engine(pool):
        await bench.until(lambda: sum(s.ended for s in states(bench, study.id)) >= 2)
        bench.store.desired_state.set(study.id, Desired.PAUSED)
        await bench.until(lambda: bench.store.studies.get(study.id).state == StudyState.PAUSED)
        assert RunState.RUNNING not in states(bench, study.id)
        bench.store.desired_state.set(study.id, Desired.RUNNING)
        ended = await bench.ended(study)
    assert ended.state == StudyState.COMPLETED
    assert states(bench, study.id) == [RunState.COMPLETED] * 60


async def test_pause_with_checkpoint_releases_the_run_without_using_an_attempt(bench: Bench) -> None:
    pool = ScriptedPool(accuracy)
    pool.gate.clear()
    study = bench.submit(max_trials=1)
    async with bench.engine(pool):
        await bench.until(lambda: RunState.RUNNING in states(bench, study.id))
        bench.store.desired_state.set(study.id, Desired.PAUSED, "checkpoint")
        await bench.until(lambda: all(run.stopped for run in pool.running.values()))
        pool.gate.set()
        await bench.until(lambda: bench.store.studies.get(study.id).state == StudyState.PAUSED)
        run = bench.store.runs.of_study(study.id)[0]
        assert (run.state, run.attempt, run.reason) == (RunState.WAITING, 1, "paused")
        bench.store.desired_state.set(study.id, Desired.RUNNING)
        await bench.ended(study)
    assert states(bench, study.id) == [RunState.COMPLETED]


async def test_stop_cancels_what_waits_and_leaves_nothing_unfinished(bench: Bench) -> None:
    study = bench.submit(max_trials=50)
    async with bench.engine(ScriptedPool(accuracy)):
        await bench.until(lambda: sum(s.ended for s in states(bench, study.id)) >= 2)
        bench.store.desired_state.set(study.id, Desired.STOPPED)
        ended = await bench.ended(study)
    assert (ended.state, ended.reason) == (StudyState.STOPPED, "stopped by request")
    assert all(state.ended for state in states(bench, study.id))
    assert len(states(bench, study.id)) < 50


async def test_delete_removes_everything_and_frees_the_name(bench: Bench) -> None:
    study = bench.submit(max_trials=50)
    async with bench.engine(ScriptedPool(accuracy)):
        await bench.until(lambda: sum(s.ended for s in states(bench, study.id)) >= 1)
        bench.store.desired_state.set(study.id, Desired.DELETED)
        await bench.until(lambda: not bench.store.trials.of_study(study.id))
        again = bench.submit(max_trials=1)
        await bench.ended(again)
    assert again.id != study.id


async def test_a_completed_study_goes_on_when_extended(bench: Bench) -> None:
    study = bench.submit(max_trials=2)
    async with bench.engine(ScriptedPool(accuracy)):
        await bench.ended(study)
        bench.store.desired_state.update(study.id, {"max_trials": 5})
        await bench.until(lambda: states(bench, study.id) == [RunState.COMPLETED] * 5)
        await bench.ended(study)


async def test_p12_a_clean_stop_releases_runs_and_the_next_engine_goes_on(bench: Bench) -> None:
    pool = ScriptedPool(accuracy)
    pool.gate.clear()
    study = bench.submit(max_trials=4)
    async with bench.engine(pool):
        await bench.until(lambda: RunState.RUNNING in states(bench, study.id))
        asyncio.get_running_loop().call_soon(pool.gate.set)
    runs = bench.store.runs.of_study(study.id)
    assert all(run.state in {RunState.WAITING, RunState.COMPLETED} for run in runs)
    assert {run.attempt for run in runs} == {1}
    async with bench.engine(ScriptedPool(accuracy)):
        await bench.ended(study)
    assert states(bench, study.id) == [RunState.COMPLETED] * 4


async def test_a_study_that_was_deleted_since_it_was_read_is_not_taken_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading and taking up others may take a while, and its former runner needs none of that to delete it."""
    gone = bench.submit()
    bench.store.desired_state.set(gone.id, Desired.DELETED)
    async with bench.engine(ScriptedPool(accuracy)):
        await bench.until(lambda: not bench.store.studies.page().items)
    read = bench.store.studies.to_reconcile
    monkeypatch.setattr(bench.store.studies, "to_reconcile", lambda: [gone, *read()])
    async with bench.engine(ScriptedPool(accuracy)):
        assert (await bench.ended(bench.submit(max_trials=1))).state is StudyState.COMPLETED
