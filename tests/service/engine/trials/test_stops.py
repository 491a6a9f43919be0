"""The patience with a run that was asked to stop: how long it may take, and what does not count."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from experiments.reporting import Decision
from service.engine.trials import stops
from service.engine.trials.active_trial import ActiveRun
from service.engine.trials.stops import Stops
from service.study import jobs
from service.study.records import Run
from service.study.states import Desired, RunningTrials, RunState, StudyState
from tests.service.engine.conftest import Bench
from tests.support.scripted_pool import Killing, ScriptedRun


class Uploading(Killing):
    """Begins to upload a checkpoint with the first epoch, and never goes on."""

    async def _report(self, run: ScriptedRun, epoch: int, value: float | None) -> Decision:
        self._send(run, jobs.Uploading(ended=False))
        await super()._report(run, epoch, value)
        return await asyncio.get_running_loop().create_future()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stops, "STOP_PATIENCE", 0.0)


@pytest.fixture
def run() -> ActiveRun:
    state = RunState.RUNNING
    record = Run("ru_1", "tr_1", "st_1", 0, 0, 7, None, state, "", 1, datetime.now(UTC), starts=1)
    return ActiveRun(record, submitted=True)


async def quiet() -> None:
    """Let everything that is due be done."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_run_that_ignores_a_stop_loses_its_worker(run: ActiveRun) -> None:
    pool = Killing()
    Stops(pool, asyncio.create_task).ask(run, "paused", release=True)
    await quiet()
    assert pool.killed == ["ru_1"]


@pytest.mark.parametrize("asked_first", [True, False])
async def test_the_upload_of_its_checkpoint_does_not_count(run: ActiveRun, asked_first: bool) -> None:
    pool = Killing()
    asking = Stops(pool, asyncio.create_task)
    steps = [lambda: asking.ask(run, "paused", release=True), lambda: asking.uploading(run, ended=False)]
    for step in steps if asked_first else steps[::-1]:
        step()
    await quiet()
    assert pool.killed == []
    asking.uploading(run, ended=True)
    await quiet()
    assert pool.killed == ["ru_1"]


async def test_a_worker_says_when_it_uploads(bench: Bench) -> None:
    study, pool = bench.submit(max_trials=1), Uploading()
    async with bench.engine(pool):
        await bench.until(lambda: any(run.epochs for run in bench.store.runs.of_study(study.id)))
        bench.store.desired_state.set(study.id, Desired.PAUSED, RunningTrials.CHECKPOINT)
        await bench.until(lambda: all(run.stopped for run in pool.running.values()))
        await quiet()
        assert pool.killed == []
        (training,) = pool.running.values()
        pool._send(training, jobs.Uploading(ended=True))
        await bench.until(lambda: bench.store.studies.get(study.id).state is StudyState.PAUSED)
    assert pool.killed == [training.job.run_id]


async def test_an_upload_without_an_end_does(run: ActiveRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stops, "UPLOAD_PATIENCE", 0.0)
    pool = Killing()
    asking = Stops(pool, asyncio.create_task)
    asking.uploading(run, ended=False)
    asking.ask(run, "paused", release=True)
    await quiet()
    assert pool.killed == ["ru_1"]
