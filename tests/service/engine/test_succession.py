"""An engine that follows another one goes on with the runs that the workers still have."""

from __future__ import annotations

import asyncio

import pytest

from service.engine import leading
from service.errors import LostLeadership
from service.storage.store import Store
from service.study.jobs import Job, Log
from service.study.records import Study
from service.study.states import Desired, RunningTrials, RunState, StudyState
from tests.service.engine.conftest import Bench
from tests.support.scripted_pool import ScriptedPool, accuracy


@pytest.fixture
def pool() -> ScriptedPool:
    """Two workers that outlive their engine, and wait before each epoch."""
    pool = ScriptedPool(accuracy, n_workers=2)
    pool.outlives = True
    pool.gate.clear()
    return pool


async def crash_while_two_train(bench: Bench, pool: ScriptedPool, **changes: object) -> Study:
    """A study whose engine has died while two of its runs were training."""
    study = bench.submit(max_trials=2, max_concurrent_trials=2, **changes)
    async with bench.engine(pool, crash=True):
        await bench.until(lambda: [run.worker for run in bench.store.runs.of_study(study.id)] == ["w0", "w0"])
    assert len(pool.running) == 2
    return study


async def test_the_runs_of_a_killed_engine_go_on_where_they_are(bench: Bench, pool: ScriptedPool) -> None:
    study = await crash_while_two_train(bench, pool)
    async with bench.engine(pool):
        await bench.until(lambda: not pool.adopted())
        pool.gate.set()
        await bench.ended(study)
    runs = bench.store.runs.of_study(study.id)
    assert [(run.state, run.attempt, run.starts, run.epochs) for run in runs] == [(RunState.COMPLETED, 1, 1, 4)] * 2
    assert len([job for job in pool.jobs if job.task == "train"]) == 2
    assert pool.disowned == []


async def test_what_was_said_to_nobody_is_heard_by_the_next_engine(
    bench: Bench, pool: ScriptedPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The runs end while nobody leads; and what the first engine has stored it has never acknowledged."""
    monkeypatch.setattr(leading, "ACKNOWLEDGE", 3600)
    study = bench.submit(max_trials=2, max_concurrent_trials=2, artifacts="none")
    async with bench.engine(pool, crash=True):
        await bench.until(lambda: [run.worker for run in bench.store.runs.of_study(study.id)] == ["w0", "w0"])
        for run in list(pool.running.values()):
            pool._send(run, Log("said once\n"))
        await bench.until(lambda: all(bench.store.runs.log(run.id) for run in bench.store.runs.of_study(study.id)))
    pool.gate.set()
    async with asyncio.timeout(10):
        while pool.running:
            await asyncio.sleep(0)
    async with bench.engine(pool):
        await bench.ended(study)
    for run in bench.store.runs.of_study(study.id):
        assert (run.state, run.attempt, run.starts, run.epochs) == (RunState.COMPLETED, 1, 1, 4)
        assert bench.store.runs.log(run.id) == "said once\n"


async def test_a_run_that_nobody_wants_is_not_gone_on_with(bench: Bench, pool: ScriptedPool) -> None:
    """The next engine finds another attempt in the rows: the worker's is over."""
    study = await crash_while_two_train(bench, pool)
    kept, lost = bench.store.runs.of_study(study.id)
    epoch = bench.store.leadership.lead("somebody between", 5.0)
    assert epoch is not None
    with bench.store.transaction(epoch) as transaction:
        transaction.requeue_run(lost.id, "as if its worker had been lost", attempt_used=True)
    bench.store.leadership.resign(epoch)
    async with bench.engine(pool):
        await bench.until(lambda: pool.disowned == [lost.id])
        pool.gate.set()
        await bench.ended(study)
    assert [run.attempt for run in bench.store.runs.of_study(study.id)] == [1, 2]
    assert [job.run_id for job in pool.jobs if job.task == "train"].count(kept.id) == 1


async def test_a_run_that_was_asked_to_stop_by_a_dead_engine_waits_again(bench: Bench, pool: ScriptedPool) -> None:
    """Paused, then resumed while nobody led: it is neither cancelled nor has it used an attempt."""
    study = await crash_while_two_train(bench, pool, artifacts="none")
    for run_id in list(pool.running):
        await pool.stop(run_id, checkpoint=True)
    async with bench.engine(pool):
        await bench.until(lambda: not pool.adopted())
        pool.gate.set()
        await bench.ended(study)
    runs = bench.store.runs.of_study(study.id)
    assert [(run.state, run.attempt, run.starts) for run in runs] == [(RunState.COMPLETED, 1, 2)] * 2


async def test_an_adopted_run_is_stopped_if_its_study_is_to_stop(bench: Bench, pool: ScriptedPool) -> None:
    study = await crash_while_two_train(bench, pool)
    bench.store.desired_state.set(study.id, Desired.STOPPED, RunningTrials.CHECKPOINT)
    async with bench.engine(pool):
        await bench.until(lambda: all(run.stopped for run in pool.running.values()))
        pool.gate.set()
        ended = await bench.ended(study)
    assert ended.state == StudyState.STOPPED
    assert {run.state for run in bench.store.runs.of_study(study.id)} == {RunState.CANCELLED}


async def test_a_stop_that_hands_over_leaves_the_runs_training(bench: Bench, pool: ScriptedPool) -> None:
    study = bench.submit(max_trials=2, max_concurrent_trials=2)
    async with bench.engine(pool, hands_over=True):
        await bench.until(lambda: [run.worker for run in bench.store.runs.of_study(study.id)] == ["w0", "w0"])
    assert not any(run.stopped for run in pool.running.values())
    assert [run.state for run in bench.store.runs.of_study(study.id)] == [RunState.RUNNING] * 2
    async with bench.engine(pool):
        await bench.until(lambda: not pool.adopted())
        pool.gate.set()
        await bench.ended(study)
    assert [(run.attempt, run.starts) for run in bench.store.runs.of_study(study.id)] == [(1, 1)] * 2


async def test_an_engine_that_was_replaced_leaves_the_runs_to_its_successor(bench: Bench, pool: ScriptedPool) -> None:
    study = bench.submit(max_trials=2, max_concurrent_trials=2)
    successor = Store(bench.database).leadership
    with pytest.raises(LostLeadership):
        async with bench.engine(pool):
            await bench.until(lambda: [run.worker for run in bench.store.runs.of_study(study.id)] == ["w0", "w0"])
            successor.resign(1)
            assert successor.lead("successor", 5.0) == 2
            await bench.until(lambda: False)
    assert [run.stopped for run in pool.running.values()] == [False, False]
    assert len(pool._tasks) == 2


async def test_what_is_stored_is_acknowledged(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leading, "ACKNOWLEDGE", 0.01)
    pool, study = ScriptedPool(accuracy), bench.submit(max_trials=3)
    async with bench.engine(pool):
        await bench.ended(study)
        await bench.until(lambda: pool._n_acknowledged == len(pool._said))


async def test_a_pause_that_is_told_once_more_does_not_end_the_start_behind_it(
    bench: Bench, pool: ScriptedPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was acknowledged, so the worker that was paused says so to the next engine too."""
    monkeypatch.setattr(leading, "ACKNOWLEDGE", 3600)
    study = bench.submit(max_trials=1, artifacts="none")

    def started(times: int) -> bool:
        runs = bench.store.runs.of_study(study.id)
        return [(run.worker, run.starts) for run in runs] == [("w0", times)]

    async with bench.engine(pool, crash=True):
        await bench.until(lambda: started(1))
        bench.store.desired_state.set(study.id, Desired.PAUSED, RunningTrials.CHECKPOINT)
        await bench.until(lambda: all(run.stopped for run in pool.running.values()))
        pool.gate.set()
        await bench.until(lambda: bench.store.studies.get(study.id).state == StudyState.PAUSED)
        pool.gate.clear()
        bench.store.desired_state.set(study.id, Desired.RUNNING)
        await bench.until(lambda: started(2))
    async with bench.engine(pool):
        await bench.until(lambda: not pool.adopted())
        pool.gate.set()
        await bench.ended(study)
    (run,) = bench.store.runs.of_study(study.id)
    assert (run.state, run.attempt, run.starts, run.epochs) == (RunState.COMPLETED, 1, 2, 4)


async def test_a_run_whose_memory_ran_out_is_alone_under_the_next_engine_too(bench: Bench) -> None:
    tried: list[str] = []

    def greedy(job: Job) -> list[float]:
        if job.start == 1 and not tried:
            tried.append(job.run_id)
            raise MemoryError("no memory left")
        return list(accuracy(job))

    pool = ScriptedPool(greedy, n_workers=2)
    pool.gate.clear()
    study = bench.submit(max_trials=2, max_concurrent_trials=2)
    async with bench.engine(pool, crash=True):
        await bench.until(lambda: bool(tried) and len(pool.running) == 1)
        await bench.until(lambda: any(run.attempt == 2 for run in bench.store.runs.of_study(study.id)))
    second = ScriptedPool(accuracy, n_workers=2)
    async with bench.engine(second):
        await bench.ended(study)
    assert {job.run_id for job in second.jobs if job.alone} == set(tried)
