"""How many workers a pool keeps, and what it makes of nodes that fail; whatever carries the messages."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from experiments.reporting import Decision
from service.dispatch import nodes as closed_nodes
from service.dispatch import wire
from service.dispatch.ledger import Placement
from service.dispatch.member import Connection, Death, FoundWorker
from service.dispatch.options import PoolOptions
from service.dispatch.pool import IDLE_SECONDS, WarmPool
from service.study.jobs import Event, Finished, Job, Lost, PoolKey, Resources
from service.study.states import FailureKind

ONE = PoolKey(Resources(1))


class Line:
    """A worker that finishes each job at once, and lives until it is ended."""

    def __init__(self) -> None:
        self._said: asyncio.Queue[str | None] = asyncio.Queue()
        self._n_said = 0

    def send(self, message: str) -> None:
        match wire.decode(message).command:
            case wire.Submit(job):
                self._n_said += 1
                ended = Event(job.run_id, job.start, 0, Finished({}, None, 0, 0, 0.0))
                self._said.put_nowait(wire.encode(wire.Events(self._n_said, (ended,))))

    async def messages(self) -> AsyncIterator[str]:
        while (message := await self._said.get()) is not None:
            yield message

    async def death(self) -> Death:
        return Death(FailureKind.WORKER_LOST, "ended")

    def say(self, message: wire.Message) -> None:
        self._said.put_nowait(wire.encode(message))

    def kill(self) -> None:
        self._said.put_nowait(None)


class SilentLine(Line):
    """A worker that never finishes; ``become_ready`` makes it warm, ``end`` ends it for a reason."""

    _death = Death(FailureKind.WORKER_LOST, "ended", on_request=True)

    def send(self, message: str) -> None:
        pass

    def become_ready(self) -> None:
        self._said.put_nowait(wire.encode(wire.Ready(1, "there")))

    def end(self, failure: FailureKind, message: str) -> None:
        self._death = Death(failure, message)
        self.kill()

    async def death(self) -> Death:
        return self._death


class HeedfulLine(SilentLine):
    """A silent worker that remembers what it ``heard``."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[wire.Command] = []

    def send(self, message: str) -> None:
        self.heard.append(wire.decode(message).command)


class Lines(WarmPool):
    """Room for five workers of one CPU, beside those that are ``found``."""

    found: Sequence[FoundWorker] = ()

    async def _find(self) -> Sequence[FoundWorker]:
        return self.found

    async def _open(self) -> Mapping[str, Resources]:
        return {"here": Resources(5)}

    def _connect(self, spec: wire.WorkerSpec, placement: Placement) -> Connection:
        return Line()

    async def _shut(self) -> None:
        pass


async def test_two_workers_stay_warm_and_those_that_came_with_the_runs_go_when_idle(tmp_path: Path) -> None:
    pool = Lines(PoolOptions(str(tmp_path), tmp_path / "workers", workers=5))
    await pool.start(1)
    assert len(pool.workers()) == 2
    for number in range(4):
        await pool.submit(Job(f"run-{number}", 1, ONE, {}))
    assert len(pool.workers()) == 4
    heard = 0
    async for events in pool.events():
        heard += len(events)
        if heard == 4:
            break
    await pool.submit(Job("last", 1, ONE, {}))
    busy = next(worker.id for worker in pool.workers() if worker.run_id == "last")
    pool.retire_idle(time.monotonic())
    assert len(pool.workers()) == 4
    pool.retire_idle(time.monotonic() + IDLE_SECONDS)
    assert len(pool.workers()) == 2
    assert busy in {worker.id for worker in pool.workers()}
    await pool.close()


def left(tmp_path: Path, worker: str, *runs: wire.HeldRun, **changes: Any) -> FoundWorker:
    """A worker that an engine has left, warm, with these runs."""
    is_current = changes.pop("is_current", True)
    spec = wire.WorkerSpec(worker, ONE, **{"artifacts": str(tmp_path), "node": "here"} | changes)
    return FoundWorker(wire.Attached(spec, runs), Line(), is_current)


async def test_of_the_workers_that_are_found_those_are_kept_that_can_have_another_run(tmp_path: Path) -> None:
    pool = Lines(PoolOptions(str(tmp_path), tmp_path / "workers", workers=5))
    pool.found = [
        left(tmp_path, "alike"),
        left(tmp_path, "older", is_current=False),
        left(tmp_path, "with-other-components", components=("more",)),
        left(tmp_path, "older-but-training", wire.HeldRun("r1", 1, is_over=False), is_current=False),
        left(tmp_path, "unwanted", wire.HeldRun("r2", 1, is_over=False)),
        left(tmp_path, "done", wire.HeldRun("r3", 1, is_over=True)),
    ]
    await pool.start(2)
    assert pool.adopted() == {("r1", 1), ("r2", 1), ("r3", 1)}
    pool.claim({("r1", 1)})
    assert {worker.id for worker in pool.workers()} == {"alike", "older-but-training", "done"}
    assert {worker.run_id for worker in pool.workers()} == {"r1", None}
    await pool.submit(Job("next", 1, ONE, {}))
    assert {worker.id: worker.run_id for worker in pool.workers()}["older-but-training"] == "r1"
    await pool.close()


async def test_a_run_that_has_a_node_for_itself_keeps_it_under_the_next_engine(tmp_path: Path) -> None:
    for alone in (True, False):
        pool = Lines(PoolOptions(str(tmp_path), tmp_path / "workers", workers=5))
        pool.found = [left(tmp_path, "one", wire.HeldRun("r1", 1, is_over=False, alone=alone))]
        await pool.start(2)
        pool.claim({("r1", 1)})
        assert pool.can_start(ONE) is not alone
        await pool.close()


async def test_nothing_is_removed_because_a_worker_names_it(tmp_path: Path) -> None:
    precious = tmp_path / "elsewhere" / "precious"
    precious.parent.mkdir()
    precious.touch()
    pool = Lines(PoolOptions(str(tmp_path), tmp_path / "workers", workers=5))
    pool.found = [left(tmp_path, "one", scratch=str(precious.parent)), left(tmp_path, "none", scratch="")]
    with contextlib.chdir(precious.parent):
        await pool.start(2)
        await pool.close()
    assert precious.exists()


async def test_the_end_of_an_earlier_start_is_not_the_end_of_the_present_one(tmp_path: Path) -> None:
    """The run was stopped and goes on; then the engine died, and both are said to the next."""
    pool, line = Lines(PoolOptions(str(tmp_path), tmp_path / "workers", workers=1)), Line()
    spec = wire.WorkerSpec("w1", ONE, str(tmp_path))
    pool.found = [
        FoundWorker(
            wire.Attached(spec, (wire.HeldRun("r1", 1, is_over=True), wire.HeldRun("r1", 2, is_over=False))), line, True
        )
    ]
    await pool.start(2)
    assert pool.adopted() == {("r1", 2)}
    pool.claim({("r1", 2)})
    for start, number in ((1, 7), (2, 8)):
        line.say(wire.Events(number, (Event("r1", start, number, Finished({}, None, 0, 0, 0.0)),)))
    heard = pool.events()
    while not (events := await anext(heard)):
        pass
    assert [event.seq for event in events] == [8]
    assert pool.handed_over() == {"w1": 7}, "nobody has passed on the last"
    pool._tell_of_room()
    assert not await anext(heard)
    assert pool.handed_over() == {"w1": 8}
    await pool.close()


async def test_the_end_of_a_start_that_was_never_stored_is_not_that_of_the_next_with_its_number(tmp_path: Path) -> None:
    """The engine died before it had stored that the run began, and the next one begins it on the same worker."""
    pool, line = Lines(PoolOptions(str(tmp_path), tmp_path / "workers", workers=1)), SilentLine()
    pool.found = [replace(left(tmp_path, "w1", wire.HeldRun("r1", 1, is_over=True)), connection=line)]
    await pool.start(2)
    pool.claim(set())
    line.become_ready()
    while pool.workers()[0].state == "starting":
        await asyncio.sleep(0)
    await pool.submit(Job("r1", 1, ONE, {}))
    assert [(worker.id, worker.run_id) for worker in pool.workers()] == [("w1", "r1")]
    for number in (7, 8):
        line.say(wire.Events(number, (Event("r1", 1, number, Finished({}, None, 0, 0, 0.0)),)))
    heard = pool.events()
    while not (events := await anext(heard)):
        pass
    assert [event.seq for event in events] == [8]
    await pool.close()


@pytest.mark.parametrize("is_over", [True, False])
async def test_a_stop_is_for_who_has_the_last_start_of_a_run(tmp_path: Path, is_over: bool) -> None:
    """Another worker still tells of an earlier one, which was paused, or lost with a node that is back."""

    pool, lines = Lines(PoolOptions(str(tmp_path), tmp_path / "workers", workers=2)), (HeedfulLine(), HeedfulLine())
    pool.found = [
        FoundWorker(wire.Attached(wire.WorkerSpec(f"w{start}", ONE, str(tmp_path)), (run,)), line, True)
        for start, line in enumerate(lines, 1)
        for run in [wire.HeldRun("r1", start, is_over=is_over and start == 1)]
    ]
    await pool.start(2)
    await pool.stop("r1", checkpoint=True)
    assert [line.heard for line in lines] == [[], [wire.Stop("r1", 2, True)]]
    await pool.close()


async def test_a_decision_is_for_who_was_given_the_start_that_another_has_unstored(tmp_path: Path) -> None:
    """The engine died before it had stored that the run began, and the next one begins it before it claims anything."""
    started = HeedfulLine()

    class OneLine(Lines):
        def _connect(self, spec: wire.WorkerSpec, placement: Placement) -> Connection:
            return started

    pool, left_behind = OneLine(PoolOptions(str(tmp_path), tmp_path / "workers", workers=2)), HeedfulLine()
    pool.found = [replace(left(tmp_path, "w1", wire.HeldRun("r1", 1, is_over=False)), connection=left_behind)]
    await pool.start(2)
    await pool.submit(Job("r1", 1, ONE, {}))
    await pool.decide("r1", 1, 0, Decision.CONTINUE)
    assert (left_behind.heard, started.heard[-1]) == ([], wire.Decide("r1", 1, 0, Decision.CONTINUE))
    await pool.close()


class TwoNodes(Lines):
    """Two nodes of one CPU each, whose workers do nothing by themselves."""

    def __init__(self, options: PoolOptions) -> None:
        super().__init__(options)
        self.lines: dict[str, SilentLine] = {}
        """The newest line to each node."""

    async def _open(self) -> Mapping[str, Resources]:
        return {"one": Resources(1), "two": Resources(1)}

    def _connect(self, spec: wire.WorkerSpec, placement: Placement) -> Connection:
        line = self.lines[placement.node] = SilentLine()
        return line


@pytest_asyncio.fixture
async def two(tmp_path: Path) -> AsyncIterator[TwoNodes]:
    """A pool with a run on each of two nodes; both workers are warm."""
    pool = TwoNodes(PoolOptions(str(tmp_path), tmp_path / "workers", workers=5))
    await pool.start(1)
    for line in pool.lines.values():
        line.become_ready()
    for name in ("first", "second"):
        await pool.submit(Job(name, 1, ONE, {}))
    while not all(worker.host for worker in pool.workers()):
        await asyncio.sleep(0)
    yield pool
    await pool.close()


async def next_event(pool: WarmPool) -> Event:
    """What the pool says next of a run."""
    async for events in pool.events():
        if events:
            return events[0]
    raise AssertionError


async def hears_of_room(pool: WarmPool) -> bool:
    """Whether the next thing that the pool says is that there is room."""
    async for events in pool.events():
        return not events
    return False


async def test_a_node_that_goes_takes_its_runs_and_its_room_with_it(two: TwoNodes) -> None:
    two.follow_nodes({"two": Resources(1)})
    lost = await next_event(two)
    assert lost.payload == Lost(FailureKind.NODE_LOST, "the node one is gone")
    assert [lost.run_id, *(worker.run_id for worker in two.workers())] in (["first", "second"], ["second", "first"])
    assert not two.can_start(ONE)


async def test_a_node_that_comes_is_offered_at_once(two: TwoNodes) -> None:
    two.follow_nodes({"one": Resources(1), "two": Resources(1), "three": Resources(1)})
    assert await hears_of_room(two)
    assert two.can_start(ONE)


async def test_a_worker_that_ends_alone_is_told_from_one_that_is_cut_off(two: TwoNodes) -> None:
    two.lines["one"].end(FailureKind.WORKER_LOST, "it crashed")
    assert (await next_event(two)).payload == Lost(FailureKind.WORKER_LOST, "it crashed")
    assert two.can_start(ONE)
    two.lines["two"].end(FailureKind.NODE_LOST, "silence")
    assert (await next_event(two)).payload == Lost(FailureKind.NODE_LOST, "silence")
    await two.submit(Job("third", 1, ONE, {}))
    assert not two.can_start(ONE), "a node that does not answer gets nothing"


async def test_a_worker_that_never_comes_up_is_no_fault_of_its_run(
    two: TwoNodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its node rests for a while, and is offered again by itself."""
    monkeypatch.setattr(closed_nodes, "_FIRST_PAUSE", 0.01)
    two.lines["one"].end(FailureKind.WORKER_LOST, "it crashed")
    assert (await next_event(two)).payload == Lost(FailureKind.WORKER_LOST, "it crashed")
    await two.submit(Job("third", 1, ONE, {}))
    two.lines["one"].end(FailureKind.WORKER_LOST, "no library")
    lost = await next_event(two)
    assert lost.payload == Lost(FailureKind.NOT_PLACED, "no worker came up on node one: no library")
    assert not two.can_start(ONE)
    assert await hears_of_room(two)
    assert two.can_start(ONE)
