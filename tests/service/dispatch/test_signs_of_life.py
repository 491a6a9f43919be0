"""A worker that is not heard of for long is ended, and its run is lost; a pool that was held up ends none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from service.dispatch import wire
from service.dispatch.pool import PoolOptions
from service.dispatch.signs_of_life import START_SECONDS
from service.dispatch.worker.pulse import BEAT_SECONDS, Pulse
from service.study.jobs import Event, Failed, Job, Lost
from service.study.states import FailureKind
from tests.service.dispatch.test_pool import ONE, Line, Lines


class Quiet(Line):
    """Says what the test has it say, and nothing of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.killed = False

    def send(self, message: str) -> None:
        pass

    def kill(self) -> None:
        self.killed = True
        super().kill()

    def say(self, message: wire.Message) -> None:
        self._said.put_nowait(wire.encode(message))


class QuietLines(Lines):
    """A pool whose time the test makes."""

    now = 1000.0

    def _connect(self, *_: object) -> Quiet:
        return Quiet()

    def line(self, run_id: str) -> Quiet:
        connection = next(member.connection for member in self._members.values() if member.info.run_id == run_id)
        assert isinstance(connection, Quiet)
        return connection

    async def hear(self, run_id: str, *messages: wire.Message) -> Quiet:
        """Let the worker of a run say this, and the pool hear it."""
        line = self.line(run_id)
        for message in messages:
            line.say(message)
        for _ in range(10):
            await asyncio.sleep(0)
        return line

    def look_for(self, seconds: float) -> None:
        """Look every five seconds."""
        for _ in range(int(seconds / 5) + 1):
            self.end_silent(self.now)
            self.now += 5
        self.now -= 5


@asynccontextmanager
async def one_at_work(tmp_path: Path) -> AsyncIterator[QuietLines]:
    """A pool whose worker has begun with ``r1``."""
    pool = QuietLines(PoolOptions(str(tmp_path), tmp_path / "workers", workers=1, silence=60))
    await pool.start(epoch=1)
    await pool.submit(Job("r1", 1, ONE, {}))
    try:
        yield pool
    finally:
        await pool.close()


async def next_event(pool: QuietLines) -> Event:
    async for events in pool.events():
        if events:
            return events[0]
    raise AssertionError("the pool was closed")


async def test_one_that_falls_silent_is_ended_and_its_run_lost(tmp_path: Path) -> None:
    async with one_at_work(tmp_path) as pool:
        line = await pool.hear("r1", wire.Ready(1, "here"), wire.Alive(1200, 0))
        pool.look_for(60)
        assert not line.killed
        pool.look_for(5)
        assert line.killed
        lost = await next_event(pool)
        reason = "the worker was ended: it said nothing for 60 s, since it had trained 1,200 batches"
        assert (lost.run_id, lost.start, lost.payload) == ("r1", 1, Lost(FailureKind.WORKER_LOST, reason))
        assert pool.can_start(ONE), "its run may go on elsewhere"


async def test_whatever_it_says_is_a_sign_of_life(tmp_path: Path) -> None:
    async with one_at_work(tmp_path) as pool:
        line = await pool.hear("r1", wire.Ready(1, "here"))
        for message in (wire.Alive(1, 0), wire.Events(1, ())):
            pool.look_for(50)
            await pool.hear("r1", message)
        pool.look_for(50)
        assert not line.killed


async def test_a_pool_that_was_held_up_ends_nobody(tmp_path: Path) -> None:
    async with one_at_work(tmp_path) as pool:
        line = await pool.hear("r1", wire.Ready(1, "here"))
        pool.look_for(5)
        pool.now += 10_000
        pool.look_for(0)
        assert not line.killed


async def test_one_that_does_not_come_up_is_given_more_time_and_then_ended(tmp_path: Path) -> None:
    async with one_at_work(tmp_path) as pool:
        line = pool.line("r1")
        pool.look_for(START_SECONDS)
        assert not line.killed
        pool.look_for(5)
        assert line.killed
        lost = (await next_event(pool)).payload
        assert isinstance(lost, Lost)
        assert lost.failure is FailureKind.NOT_PLACED, "it uses none of the run's attempts"
        assert "it did not come up within 300 s" in lost.message


async def test_one_that_is_spoiled_has_no_other_run(tmp_path: Path) -> None:
    async with one_at_work(tmp_path) as pool:
        failed = Event("r1", 1, 0, Failed(FailureKind.OUT_OF_MEMORY, "no memory"))
        line = await pool.hear("r1", wire.Ready(1, "here"), wire.Events(1, (failed,)))
        assert line.killed
        assert pool.workers() == []
        assert await next_event(pool) == failed


def test_the_pulse_beats_every_few_seconds_and_says_what_the_process_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [50.0]
    monkeypatch.setattr("service.dispatch.worker.pulse.time.monotonic", lambda: now[0])
    pulse = Pulse()
    assert pulse.remaining() <= 0, "the first one is due at once"
    pulse.n_batches = 7
    alive = pulse.beat()
    assert alive.n_batches == 7
    assert alive.memory > 10_000_000
    now[0] += 1
    assert pulse.remaining() == BEAT_SECONDS - 1
