"""The test of the best trial ends as any run may: its study stopped or deleted, its time up, its worker lost."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from service.study.jobs import Job
from service.study.records import Study
from service.study.states import RETRIES, Desired, FailureKind, RunningTrials, StudyState
from tests.service.engine.conftest import Bench
from tests.support.scripted_pool import Crash, Killing, ScriptedPool


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.engine.engine.LOOK", 0.05)


class Held(Killing):
    """Trains at once, and measures nothing until the gate is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.holds = lambda job: job.task == "evaluate"
        self.gate.clear()

    @property
    def measuring(self) -> list[str]:
        """Runs that are on the test split now."""
        return [run_id for run_id, run in self.running.items() if run.job.task == "evaluate"]


def study_of_three(bench: Bench) -> Study:
    """One trial of three runs."""
    return bench.submit(max_trials=1, replicates={"seeds": 3})


@pytest.mark.parametrize("desired", [Desired.STOPPED, Desired.PAUSED])
async def test_it_is_ended_when_its_study_is_to_stop_at_once(bench: Bench, desired: Desired) -> None:
    study, pool = study_of_three(bench), Held()
    async with bench.engine(pool):
        await bench.until(lambda: bool(pool.measuring))
        (first,) = pool.measuring
        reason = "trial 0, the best, is measured on the test split"
        await bench.until(lambda: bench.store.studies.get(study.id).reason == reason)
        bench.store.desired_state.set(study.id, desired, RunningTrials.CHECKPOINT)
        await bench.until(lambda: bench.store.studies.get(study.id).state == StudyState(desired.upper()))
        assert (pool.killed, pool.measuring) == ([first], [])
        at_rest = bench.store.studies.get(study.id)
        assert (at_rest.test_result, at_rest.reason) == (None, f"{desired} by request")
        pool.gate.set()
        bench.store.desired_state.set(study.id, Desired.RUNNING)
        await bench.until(lambda: bench.store.studies.get(study.id).state == StudyState.COMPLETED)
    result = bench.store.studies.get(study.id).test_result
    assert result is not None
    assert result["n"] == 3


@pytest.mark.parametrize("desired", [Desired.STOPPED, Desired.PAUSED])
async def test_it_is_finished_where_what_runs_may_finish(bench: Bench, desired: Desired) -> None:
    study, pool = study_of_three(bench), Held()
    async with bench.engine(pool):
        await bench.until(lambda: bool(pool.measuring))
        bench.store.desired_state.set(study.id, desired, RunningTrials.FINISH)
        await bench.until(lambda: bench.store.studies.get(study.id).desired == desired)
        pool.gate.set()
        ended = await bench.ended(study)
    assert (ended.state, pool.killed) == (StudyState.COMPLETED, [])
    assert ended.test_result is not None
    assert ended.test_result["n"] == 3


async def test_a_study_is_deleted_meanwhile(bench: Bench) -> None:
    study, pool = study_of_three(bench), Held()
    async with bench.engine(pool):
        await bench.until(lambda: bool(pool.measuring))
        bench.store.desired_state.set(study.id, Desired.DELETED)
        await bench.until(lambda: not bench.store.studies.to_reconcile())
    assert len(pool.killed) == 1


async def test_one_that_waits_for_a_worker_is_given_up_too(bench: Bench) -> None:
    study, other = bench.submit(max_trials=1), bench.submit(name="other", max_trials=1, priority=5)
    pool = Held()
    pool.holds = lambda job: job.task == "evaluate"
    async with bench.engine(pool):
        await bench.until(lambda: bool(pool.measuring) and len(pool.jobs) == 3)
        waits = next(s for s in (study, other) if s.id not in {_study_of(bench, run_id) for run_id in pool.measuring})
        bench.store.desired_state.set(waits.id, Desired.STOPPED, RunningTrials.CHECKPOINT)
        assert (await bench.ended(waits)).state == StudyState.STOPPED
        assert pool.killed == []
        pool.gate.set()
        await bench.ended(study if waits is other else other)


def _study_of(bench: Bench, run_id: str) -> str:
    return bench.store.runs.get(run_id).study_id


async def test_its_time_is_limited_as_that_of_a_training_is(bench: Bench) -> None:
    study, pool = bench.submit(max_trials=1, limits={"run_hours": 1e-5}), Held()
    async with bench.engine(pool):
        ended = await bench.ended(study)
    assert ended.state == StudyState.COMPLETED
    assert ended.test_result is not None
    reason = "it took longer than limits.run_hours allows, which is 1e-05"
    assert (ended.test_result["n"], ended.test_result["reason"]) == (0, reason)
    assert len(pool.killed) == 1, "it is not tried again"


@pytest.mark.parametrize("n_lost", [1, RETRIES[FailureKind.WORKER_LOST] + 1])
async def test_it_is_begun_again_when_its_worker_is_lost_and_at_last_told(bench: Bench, n_lost: int) -> None:
    lost: list[str] = []

    def script(job: Job) -> Sequence[float]:
        if job.task == "evaluate" and len(lost) < n_lost:
            lost.append(job.run_id)
            raise Crash
        return [0.5]

    study = bench.submit(max_trials=1)
    async with bench.engine(ScriptedPool(script)):
        result = (await bench.ended(study)).test_result
    assert result is not None
    reason = "" if n_lost == 1 else "the worker died (after 4 attempts)"
    assert (len(lost), result["n"], result["reason"]) == (n_lost, n_lost == 1, reason)
    log = bench.store.runs.log(lost[0])
    assert log.startswith("on the test split, attempt 1: the worker died\nit is begun again\n")
    assert log.count("attempt") == n_lost


async def test_memory_that_ran_out_there_is_tried_once_more_with_nothing_beside_it(bench: Bench) -> None:
    full: list[str] = []

    def script(job: Job) -> Sequence[float]:
        if job.task == "evaluate" and not full:
            full.append(job.run_id)
            raise MemoryError
        return [0.5]

    study, pool = bench.submit(max_trials=1), ScriptedPool(script)
    async with bench.engine(pool):
        result = (await bench.ended(study)).test_result
    assert result is not None
    assert (result["n"], result["reason"]) == (1, "")
    assert [job.alone for job in pool.jobs if job.task == "evaluate"] == [False, True]
