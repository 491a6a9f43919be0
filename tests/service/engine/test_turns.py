"""A large run among small ones: it gets its turn, and says what it waits for."""

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
from service.study.jobs import Event, Finished, Job, Resources
from service.study.states import Desired, FailureKind, StudyState
from tests.service.engine.conftest import Bench


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
            yield wire.encode(wire.Events(self._n_said, (Event(job.run_id, job.attempt, 0, finished),)))

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
