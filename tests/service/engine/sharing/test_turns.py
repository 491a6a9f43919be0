"""A large run among small ones gets its turn; whoever waits says what for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from service.dispatch import wire
from service.dispatch.ledger import Placement
from service.dispatch.member import Connection, Death
from service.dispatch.options import PoolOptions
from service.dispatch.pool import WarmPool
from service.engine.sampling.proposals import Proposal, Question
from service.engine.sampling.sampler_processes import InThread
from service.engine.task.course import Course
from service.study.jobs import Event, Finished, Job, Resources
from service.study.records import Study
from service.study.states import Desired, FailureKind, StudyState
from service.study.waits import Wait
from tests.service.engine.conftest import Bench
from tests.support.scripted_pool import ScriptedPool, accuracy


class Line:
    """A worker whose runs end at once while the gate is open."""

    def __init__(self, gate: asyncio.Event) -> None:
        self._gate = gate
        self._jobs: asyncio.Queue[Job | None] = asyncio.Queue()
        self._killed = asyncio.Event()
        self._n_said = 0

    def send(self, message: str) -> None:
        match wire.decode(message).command:
            case wire.Submit(job):
                self._jobs.put_nowait(job)

    async def messages(self) -> AsyncIterator[str]:
        while (job := await self._jobs.get()) is not None:
            waits = [asyncio.create_task(event.wait()) for event in (self._gate, self._killed)]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
            finished = Finished({"val_accuracy": 0.5}, 1, 1, 1, 0.0)
            self._n_said += 1
            yield wire.encode(wire.Events(self._n_said, (Event(job.run_id, job.start, 0, finished),)))

    async def death(self) -> Death:
        return Death(FailureKind.WORKER_LOST, "ended", on_request=True)

    def kill(self) -> None:
        self._killed.set()
        self._jobs.put_nowait(None)


class FourCpus(WarmPool):
    """A real pool and its ledger, on one node of four CPUs."""

    def __init__(self, folder: Path) -> None:
        super().__init__(PoolOptions(str(folder), folder / "workers"))
        self.gate = asyncio.Event()
        self.started: list[float] = []
        """The CPUs of each run, in the order of their starts."""

    async def submit(self, job: Job) -> None:
        self.started.append(job.key.resources.cpus)
        await super().submit(job)

    async def _open(self) -> Mapping[str, Resources]:
        return {"here": Resources(4)}

    def _connect(self, spec: wire.WorkerSpec, placement: Placement) -> Connection:
        return Line(self.gate)

    async def _shut(self) -> None:
        pass


@pytest.fixture(autouse=True)
def quick_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is written with them."""
    monkeypatch.setattr("service.engine.engine.HEARTBEAT", 0.02)
    monkeypatch.setattr("service.engine.engine.LOOK", 0.1)


SMALL = {"name": "small", "max_trials": 60, "artifacts": "none"}
LARGE = {"name": "large", "max_trials": 2, "artifacts": "none", "resources": {"cpus": 4}}


@asynccontextmanager
async def four_small_runs(bench: Bench, folder: Path, **changes: Any) -> AsyncIterator[FourCpus]:
    """An engine whose workers all have a small run, which ends when the gate is opened."""
    bench.submit(**SMALL, **changes)
    pool = FourCpus(folder)
    async with bench.engine(pool):
        await bench.until(lambda: len(pool.started) == 4)
        yield pool


@pytest.mark.parametrize("sampler", ["random", "tpe"])
async def test_small_runs_do_not_starve_a_large_one(bench: Bench, tmp_path: Path, sampler: str) -> None:
    """A sampler that learns has drawn nothing yet when room is kept for what it will draw."""
    async with four_small_runs(bench, tmp_path) as pool:
        large = bench.submit(**LARGE, sampler=sampler)
        await bench.until(lambda: pool.ledger.reserved is not None)
        pool.gate.set()
        await bench.ended(large)
    assert pool.started[:5] == [1, 1, 1, 1, 4]
    assert pool.started.count(4) == 2


async def test_a_study_says_what_it_waits_for_and_not_when_it_is_paused(bench: Bench, tmp_path: Path) -> None:
    async with four_small_runs(bench, tmp_path) as pool:
        large = bench.submit(**LARGE)
        words = "its next run must have 4 CPUs: node here is kept for it"
        await bench.until(lambda: bench.store.studies.get(large.id).reason.startswith(words))
        assert bench.store.studies.get(large.id).state == StudyState.RUNNING
        bench.store.desired_state.set(large.id, Desired.PAUSED)
        await bench.until(lambda: bench.store.studies.get(large.id).state == StudyState.PAUSED)
        assert bench.store.studies.get(large.id).reason == "paused by request"
        assert pool.ledger.reserved is None
        bench.store.desired_state.set(large.id, Desired.RUNNING)
        pool.gate.set()
        assert (await bench.ended(large)).reason == "all 2 trials are done"


async def waits_for(bench: Bench, study: Study, words: str) -> Wait:
    """Until the study says so."""

    def says() -> bool:
        wait = bench.store.workers.waits().get(study.id)
        return wait is not None and wait.reason == words

    await bench.until(says)
    return bench.store.workers.waits()[study.id]


async def test_who_has_its_share_says_so_and_who_has_not_waits_for_a_worker(bench: Bench, tmp_path: Path) -> None:
    async with four_small_runs(bench, tmp_path, max_concurrent_trials=8):
        urgent = bench.submit(**{**SMALL, "name": "urgent"}, priority=2)
        await waits_for(bench, urgent, "waits for one of 4 busy workers")
        small = bench.store.studies.get("small")
        await waits_for(bench, small, "its share is used: 4 of 4 running, priority 0 beside 2")
        assert list(bench.store.workers.waits()) == [urgent.id, small.id]
        bench.submit(**{**SMALL, "name": "third"})

        def second_knows_first() -> bool:
            first, second = list(bench.store.workers.waits().values())[:2]
            return second.reason == f"the next worker is for study {first.study}, which has had less by its weight"

        await bench.until(second_knows_first)


async def test_who_keeps_all_workers_busy_waits_for_nobody_else(bench: Bench, tmp_path: Path) -> None:
    async with four_small_runs(bench, tmp_path, max_concurrent_trials=8):
        await waits_for(bench, bench.store.studies.get("small"), "all 4 workers are busy with this study")


async def test_a_node_that_is_kept_is_told_with_what_waits_for_it(bench: Bench, tmp_path: Path) -> None:
    async with four_small_runs(bench, tmp_path, max_concurrent_trials=8) as pool:
        large = bench.submit(**LARGE)
        await bench.until(lambda: pool.ledger.reserved is not None)
        wait = await waits_for(bench, large, str(pool.ledger.reserved))
        assert (wait.node, wait.resources, wait.alone) == ("here", Resources(4), False)
        pool.gate.set()
        await bench.ended(large)
        await bench.until(lambda: large.id not in bench.store.workers.waits())


async def test_a_study_of_which_nothing_starts_says_why_and_not_once_nothing_is_left(bench: Bench) -> None:
    pool = ScriptedPool(accuracy, n_workers=3)
    pool.gate.clear()
    study = bench.submit(max_concurrent_trials=2, max_trials=3)
    async with bench.engine(pool):
        await waits_for(bench, study, "max_concurrent_trials 2 reached")
        bench.store.desired_state.update(study.id, {"max_concurrent_trials": 3})
        await bench.until(lambda: len(pool.running) == 3)
        await bench.until(lambda: not bench.store.workers.waits())


async def test_one_of_which_nobody_can_say_why_it_waits_trains_on_and_hides_no_other(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("service.engine.engine.HEARTBEAT", 0.01)
    pool, held_up = ScriptedPool(accuracy, n_workers=8), Course.why_nothing_starts
    pool.gate.clear()
    study, other = (bench.submit(name=name, max_concurrent_trials=2, max_trials=3) for name in ("first", "second"))

    n_asked = 0

    def stumble(self: Course) -> str:
        nonlocal n_asked
        if self.active.study.id == study.id:
            n_asked += 1
            raise ZeroDivisionError("no part of nothing")
        return held_up(self)

    monkeypatch.setattr(Course, "why_nothing_starts", stumble)
    async with bench.engine(pool):
        await waits_for(bench, study, "nobody can say why it waits: ZeroDivisionError: no part of nothing")
        await waits_for(bench, other, "max_concurrent_trials 2 reached")
        await bench.until(lambda: n_asked > 3)
        assert [bool(record.exc_info) for record in caplog.records if "nobody can say" in record.message] == [True]
        pool.gate.set()
        for each in (study, other):
            assert (await bench.ended(each)).reason == "all 3 trials are done"


async def test_a_study_says_that_its_epochs_are_reserved(bench: Bench) -> None:
    pool = ScriptedPool(accuracy, n_workers=3)
    pool.gate.clear()
    study = bench.submit(training={"epochs": 4}, budget={"epochs": 8})
    async with bench.engine(pool):
        await waits_for(bench, study, "what is left of its budget's epochs is reserved for the trials under way")
        assert len(pool.running) == 2


async def test_a_study_says_that_its_sampler_thinks(bench: Bench) -> None:
    class Thinking(InThread):
        def __init__(self) -> None:
            self.answers = asyncio.Event()

        async def propose(self, question: Question) -> Proposal:
            await self.answers.wait()
            return await super().propose(question)

    proposer, study = Thinking(), bench.submit(sampler="tpe", max_trials=1)
    async with bench.engine(ScriptedPool(accuracy), proposer=proposer):
        await waits_for(bench, study, "asks its sampler")
        proposer.answers.set()
        await bench.ended(study)
