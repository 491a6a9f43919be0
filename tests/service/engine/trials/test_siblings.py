"""The runs of one trial: what becomes of the others when one of them fails."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from experiments.reporting import Decision
from service.engine.sampling.seeds import derived_seed
from service.engine.trials import stops
from service.engine.trials.active_trial import GIVEN_UP
from service.study.jobs import Job
from service.study.states import Desired, RunState
from tests.service.engine.conftest import Bench
from tests.support.scripted_pool import ScriptedPool, accuracy


def ends(bench: Bench, study_id: str) -> list[tuple[RunState, str]]:
    return [(run.state, run.reason) for run in bench.store.runs.of_study(study_id)]


def second_fails(bench: Bench) -> ScriptedPool:
    """A pool where the first run of a trial hears nothing, because it waits at the gate, while the second fails."""

    def script(job: Job) -> Sequence[float]:
        if bench.store.runs.get(job.run_id).replicate == 1:
            raise ValueError("bad luck")
        return accuracy(job)

    pool = ScriptedPool(script, n_workers=2)
    pool.gate.clear()
    return pool


async def test_a_sibling_that_ignores_its_stop_loses_its_worker(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stops, "STOP_PATIENCE", 0.0)

    study = bench.submit(replicates={"seeds": 2}, max_trials=1)
    async with bench.engine(second_fails(bench)):
        await bench.ended(study)
    assert ends(bench, study.id) == [(RunState.CANCELLED, GIVEN_UP), (RunState.FAILED, "bad luck")]
    assert bench.store.trials.get(study.id, 0).reason.endswith("): bad luck")


async def test_a_crash_does_not_bring_the_siblings_of_a_failed_run_back(bench: Bench) -> None:
    study = bench.submit(replicates={"seeds": 2}, max_trials=1)
    async with bench.engine(second_fails(bench), crash=True):
        await bench.until(lambda: RunState.FAILED in [state for state, _ in ends(bench, study.id)])
    after = ScriptedPool(accuracy)
    async with bench.engine(after):
        await bench.ended(study)
    assert ends(bench, study.id) == [(RunState.CANCELLED, GIVEN_UP), (RunState.FAILED, "bad luck")]
    assert (bench.store.trials.get(study.id, 0).state, after.jobs) == (RunState.FAILED, [])


class LateAnswers(ScriptedPool):
    """Runs hear nothing before ``answering`` is set."""

    def __init__(self) -> None:
        super().__init__(lambda job: [] if job.config["seed"] == self.failing_seed else accuracy(job), n_workers=2)
        self.failing_seed = -1
        self.answering = asyncio.Event()

    async def decide(self, run_id: str, attempt: int, seq: int, decision: Decision) -> None:
        await self.answering.wait()
        await super().decide(run_id, attempt, seq, decision)


async def test_a_released_sibling_of_a_failed_run_does_not_come_back(bench: Bench) -> None:
    pool, study = LateAnswers(), bench.submit(replicates={"seeds": 2}, max_trials=1)
    pool.failing_seed = derived_seed(study.definition["seed"], 0, 1)
    pool.gate.clear()
    async with bench.engine(pool):
        await bench.until(lambda: len(pool.running) == 2)
        bench.store.desired_state.set(study.id, Desired.PAUSED, "checkpoint")
        await bench.until(lambda: all(run.stopped for run in pool.running.values()))
        pool.answering.set()  # the second ends by itself, without ever having reported the objective
        await bench.until(lambda: RunState.FAILED in [state for state, _ in ends(bench, study.id)])
        pool.gate.set()
        await bench.until(lambda: bench.store.trials.get(study.id, 0).state.ended)
    assert ends(bench, study.id)[0] == (RunState.CANCELLED, GIVEN_UP)
    assert len(pool.jobs) == 2
