"""What happens at the same time: wishes while something is being written, measured or ended."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from experiments.optimizers import OPTIMIZERS
from service.engine.engine import Engine
from service.engine.writer import Writer
from service.study.jobs import Job, Log
from service.study.ports import Transaction
from service.study.records import Study
from service.study.states import Desired, RunState, StudyState
from tests.service.engine.conftest import Bench, states
from tests.support.scripted_pool import Clock, Crash, Killing, ScriptedPool, accuracy


def gated_evaluation() -> ScriptedPool:
    """A pool whose evaluations wait at the gate."""

    def script(job: Job) -> Sequence[float]:
        if job.task == "evaluate":
            pool.gate.clear()
        return accuracy(job)

    pool = ScriptedPool(script)
    return pool


def evaluating(pool: ScriptedPool) -> bool:
    return any(job.task == "evaluate" for job in pool.jobs)


async def noticed(bench: Bench, engine: Engine, study: Study) -> None:
    """Until the engine has read what is wanted of the study now, and has done what that asks for."""
    version = bench.store.studies.get(study.id).version
    await bench.until(lambda: engine._runners[study.id].active.study.version >= version and not engine._due)


async def test_a_pause_while_the_best_is_tested_does_not_disturb_the_end(bench: Bench) -> None:
    pool, study = gated_evaluation(), bench.submit(max_trials=2)
    async with bench.engine(pool) as engine:
        await bench.until(lambda: evaluating(pool))
        bench.store.desired_state.set(study.id, Desired.PAUSED)
        await noticed(bench, engine, study)
        pool.gate.set()
        ended = await bench.ended(study)
        assert ended.state == StudyState.COMPLETED
        pool._script = accuracy
        await bench.ended(bench.submit(name="another", max_trials=1))  # the engine works on


async def test_an_extension_while_the_best_is_tested_loses_no_run(bench: Bench) -> None:
    pool, study = gated_evaluation(), bench.submit(max_trials=2)
    async with bench.engine(pool) as engine:
        await bench.until(lambda: evaluating(pool))
        bench.store.desired_state.update(study.id, {"max_trials": 4})
        await noticed(bench, engine, study)
        assert len(states(bench, study.id)) == 2
        pool._script = accuracy
        pool.gate.set()
        await bench.until(lambda: states(bench, study.id) == [RunState.COMPLETED] * 4)
        await bench.ended(study)
    assert {run.attempt for run in bench.store.runs.of_study(study.id)} == {1}


async def test_a_run_that_was_released_and_started_again_keeps_its_worker(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    pool, study = Killing(), bench.submit(max_trials=1)
    pool.gate.clear()
    async with bench.engine(pool):
        await bench.until(lambda: bool(pool.running))
        bench.store.desired_state.set(study.id, Desired.PAUSED, "checkpoint")
        await bench.until(lambda: all(run.stopped for run in pool.running.values()))
        pool.gate.set()
        await bench.until(lambda: bench.store.studies.get(study.id).state == StudyState.PAUSED)
        pool.gate.clear()
        bench.store.desired_state.set(study.id, Desired.RUNNING)
        await bench.until(lambda: bool(pool.running))
        await clock.strike()
        assert pool.killed == []
        pool.gate.set()
        await bench.ended(study)
    assert bench.store.runs.of_study(study.id)[0].attempt == 1


async def test_a_clean_stop_waits_until_the_last_end_is_stored(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    original, entered, hold = bench.store.transaction, threading.Event(), threading.Event()

    @contextmanager
    def held(epoch: int) -> Iterator[Transaction]:
        entered.set()
        hold.wait(5)  # a stop that does not wait for the writer leaves it here, for nobody is left to let it go
        with original(epoch) as transaction:
            yield transaction

    close = Writer.close

    def letting_go(writer: Writer) -> None:
        """The loop stands still while it waits for the writer, so another thread lets go."""
        threading.Timer(0.1, hold.set).start()
        close(writer)

    pool, study = ScriptedPool(lambda job: [0.5]), bench.submit(max_trials=1, artifacts="none")
    pool.gate.clear()
    async with bench.engine(pool) as engine:
        await bench.until(lambda: [run.worker for run in bench.store.runs.of_study(study.id)] == ["w0"])
        monkeypatch.setattr(bench.store, "transaction", held)
        (run,) = pool.running.values()
        pool._send(run, Log("a line that keeps the writer busy"))
        await bench.until(entered.is_set)
        pool.gate.set()  # the run ends, and its end waits behind the line
        await bench.until(lambda: engine._runners[study.id].active.n_submitted() == 0)
        monkeypatch.setattr(Writer, "close", letting_go)
    assert [run.state for run in bench.store.runs.of_study(study.id)] == [RunState.COMPLETED]


async def test_a_lost_worker_does_not_cost_the_test_result(bench: Bench) -> None:
    evaluations: list[Job] = []

    def script(job: Job) -> Sequence[float]:
        if job.task == "evaluate":
            evaluations.append(job)
            if len(evaluations) == 1:
                raise Crash
        return accuracy(job)

    study = bench.submit(max_trials=2)
    async with bench.engine(ScriptedPool(script)):
        ended = await bench.ended(study)
    assert ended.test_result is not None
    assert ended.test_result["metrics"] == {"test_accuracy": 0.5}


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_stopped_grid_that_is_resumed_still_visits_every_point(bench: Bench, restarted: bool) -> None:
    pool = ScriptedPool(accuracy)
    pool.gate.clear()
    space = {"optimizer": {"name": "sgd", "lr": {"choice": [n / 10 for n in range(1, 9)]}}}
    study = bench.submit(sampler="grid", space=space, max_trials=None)
    async with bench.engine(pool):
        await bench.until(lambda: bool(pool.running))
        bench.store.desired_state.set(study.id, Desired.STOPPED)
        await bench.until(lambda: RunState.CANCELLED in states(bench, study.id))
        pool.gate.set()
        await bench.ended(study)
        if not restarted:
            bench.store.desired_state.set(study.id, Desired.RUNNING)
            await bench.until(lambda: bench.store.studies.get(study.id).state == StudyState.COMPLETED)
    if restarted:
        bench.store.desired_state.set(study.id, Desired.RUNNING)
        async with bench.engine(ScriptedPool(accuracy)):
            await bench.until(lambda: bench.store.studies.get(study.id).state == StudyState.COMPLETED)
    trials = bench.store.trials.of_study(study.id)
    assert RunState.CANCELLED in {trial.state for trial in trials}
    done = [trial.config["optimizer"]["lr"] for trial in trials if trial.state == RunState.COMPLETED]
    assert sorted(done) == [n / 10 for n in range(1, 9)]
    assert bench.store.studies.get(study.id).reason == "all 8 points of the grid are done"


async def test_a_paused_study_whose_definition_is_of_no_use_any_more_fails(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = bench.submit(max_trials=50)
    async with bench.engine(ScriptedPool(accuracy)):
        bench.store.desired_state.set(study.id, Desired.PAUSED)
        await bench.until(lambda: bench.store.studies.get(study.id).state == StudyState.PAUSED)
    members = {name: member for name, member in OPTIMIZERS._members.items() if name != "sgd"}
    monkeypatch.setattr(OPTIMIZERS, "_members", members)
    async with bench.engine(ScriptedPool(accuracy)):
        ended = await bench.ended(study)
    assert ended.state == StudyState.FAILED
    assert ended.reason.startswith("its definition cannot be used any more")


async def test_a_study_that_ends_is_tested_before_others_go_on(bench: Bench) -> None:
    pool = ScriptedPool(accuracy)
    other = bench.submit(name="other", max_trials=5000)
    short = bench.submit(name="short", max_trials=1, priority=1)
    pool.gate.clear()

    def trains(job: Job, study: Study) -> bool:
        return bench.store.runs.get(job.run_id).study_id == study.id

    def others_wait(job: Job) -> bool:
        return trains(job, other) and any(trains(earlier, short) for earlier in reversed(pool.jobs))

    pool.holds = others_wait
    async with bench.engine(pool) as engine:
        await bench.until(
            lambda: short.id in engine._runners and engine._runners[short.id].course.evaluation.wants_worker
        )
        # The other study took the worker when the short one's trial had ended, before that end was stored.
        assert [trains(run.job, other) for run in pool.running.values()] == [True]
        before = len(pool.jobs)
        pool.gate.set()
        await bench.ended(short)
        bench.store.desired_state.set(other.id, Desired.STOPPED)
        await bench.ended(other)
    assert pool.jobs[before].task == "evaluate"
