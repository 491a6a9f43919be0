"""A worker as its pool sees it: the line to it, and what it has to do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from service.dispatch import wire
from service.dispatch.retirement import Wear
from service.dispatch.signs_of_life import SignsOfLife
from service.study.jobs import Event, Lost, RunStart, WorkerInfo
from service.study.states import FailureKind


@dataclass(frozen=True)
class Death:
    """Why a worker is gone."""

    failure: FailureKind
    message: str
    on_request: bool = False
    """Whether the pool was asked to end it."""


class Connection(Protocol):
    """The line to one worker."""

    def send(self, order: str) -> None:
        """Hand over an order; to a dead worker it is lost."""
        ...

    def messages(self) -> AsyncIterator[str]:
        """What the worker says, until it is dead."""
        ...

    async def death(self) -> Death:
        """After the last message: why the worker is gone."""
        ...

    def kill(self) -> None:
        """End the worker, and everything it started, at once, if it still is this engine's."""
        ...


@dataclass(frozen=True)
class FoundWorker:
    """A worker that an engine before this one has left."""

    attached: wire.Attached
    connection: Connection
    is_current: bool
    """Whether it runs the same build as this process; another one trains to its end what it has, and then goes."""


@dataclass
class HeldStart:
    """A run that a worker has. ``next_seq`` numbers the LOST event, should it come to that."""

    start: int
    is_over: bool = False
    """Whether only its end is still to be heard; of workers that were found."""
    next_seq: int = 0

    def lost(self, run_id: str, death: Death) -> Event:
        """Its end, if its worker ended so."""
        return Event(run_id, self.start, self.next_seq, Lost(death.failure, death.message))


@dataclass
class Member:
    """A worker as the pool follows it."""

    info: WorkerInfo
    node: str
    connection: Connection
    reader: asyncio.Task[None] | None = None
    runs: dict[str, HeldStart] = field(default_factory=dict)
    disowned: set[RunStart] = field(default_factory=set)
    """What was over when it was found, and nobody claimed: its end is said once more."""
    handed_over: int = 0
    """The last of its messages whose events the engine was given."""
    acknowledged: int = 0
    is_current: bool = True
    """Whether it may have another run."""
    idle_since: float = field(default_factory=time.monotonic)
    signs: SignsOfLife = field(default_factory=SignsOfLife)
    wear: Wear = field(default_factory=Wear)

    @classmethod
    def of(cls, found: FoundWorker) -> Member:
        """A worker of an engine before this one, with what it has from it."""
        spec, runs = found.attached.spec, found.attached.runs
        member = cls(WorkerInfo(spec.id, spec.key, "starting"), spec.node, found.connection)
        member.is_current = found.is_current
        member.runs = {run.run_id: HeldStart(run.start, run.is_over) for run in runs}
        member.disowned = {(run.run_id, run.start) for run in runs if run.is_over}
        return member

    def takes(self, event: Event) -> bool:
        """Whether an event is about what it has: not about a run that nobody claimed, nor about an earlier start.

        A start that its engine did not live to store is counted once more, so of two with the same number the first is
        over when its end was said.
        """
        start = event.run_id, event.start
        if start in self.disowned:
            if event.is_last:
                self.disowned.remove(start)
            return False
        held = self.runs.get(event.run_id)
        return held is not None and held.start == event.start


@dataclass(frozen=True)
class Heard:
    """What one of a worker's messages told."""

    member: Member
    number: int
    events: Sequence[Event]
