"""A worker obeys the newest engine, and does not wait for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.dispatch import wire
from service.dispatch.worker.leader import PATIENCE, Leader
from service.dispatch.worker.worker import Worker
from service.study.jobs import Job, PoolKey, Resources

KEY = PoolKey(Resources())


class Clock:
    """Stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_who_has_heard_a_newer_engine_does_not_obey_the_older() -> None:
    leader = Leader()
    assert leader.hear(2)
    assert not leader.hear(1)
    assert not leader.is_of(1)
    assert leader.hear(2)
    assert leader.is_of(2)


def test_every_word_of_the_engine_that_leads_begins_the_patience_anew() -> None:
    clock = Clock()
    leader = Leader(clock=clock)
    clock.now = PATIENCE - 1
    leader.hear(2)
    clock.now = 2 * PATIENCE - 2
    leader.hear(1)
    assert not leader.is_missed()
    clock.now = 2 * PATIENCE
    assert leader.is_missed()


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> wire.WorkerSpec:
    """Of a worker that cannot train; it goes to its scratch directory with the whole process."""
    monkeypatch.chdir(tmp_path)
    return wire.WorkerSpec("w1", KEY, str(tmp_path / "artifacts"), str(tmp_path / "scratch"), trainer="no_such_trainer")


def test_a_worker_that_nobody_leads_ends_itself(spec: wire.WorkerSpec) -> None:
    ended = threading.Event()
    Worker(spec, ended.set, Leader(patience=-1))
    assert ended.wait(10)


def told_of(messages: Iterator[str]) -> set[str]:
    """The runs that the next message with events is about; a sign of life may come before it."""
    told = next(message for message in map(wire.decode, messages) if isinstance(message, wire.Events))
    return {event.run_id for event in told.events}


def test_orders_of_an_engine_that_was_replaced_are_not_obeyed(spec: wire.WorkerSpec) -> None:
    ended = threading.Event()
    worker = Worker(spec, ended.set)
    old = worker.messages(1)
    assert isinstance(wire.decode(next(old)), wire.Ready)
    worker.obey(wire.encode(wire.Order(1, wire.Submit(Job("mine", 1, KEY, {})))))
    assert told_of(old) == {"mine"}
    held = worker.attach(2).runs
    assert [(run.run_id, run.start) for run in held] == [("mine", 1)]
    worker.obey(wire.encode(wire.Order(1, wire.Submit(Job("not-mine", 1, KEY, {})))))
    worker.obey(wire.encode(wire.Order(1, wire.Acknowledge(100))))
    assert not worker.leave(1)
    assert not ended.is_set()
    while not isinstance(wire.decode(next(old)), wire.Deposed):
        pass
    assert list(old) == []
    new = worker.messages(2)
    assert isinstance(wire.decode(next(new)), wire.Ready)
    assert told_of(new) == {"mine"}
    assert worker.leave(2)
    assert ended.is_set()
