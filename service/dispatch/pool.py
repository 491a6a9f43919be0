"""What every pool of warm workers does, whatever carries the messages: placing, following, and noticing deaths."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import secrets
import shutil
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn, Protocol

from experiments.reporting import Decision
from service.dispatch import wire
from service.dispatch.artifact_check import check_artifact_store
from service.dispatch.ledger import Ledger, Placement
from service.dispatch.retirement import Wear
from service.dispatch.signs_of_life import LONGEST_LOOK, SignsOfLife
from service.errors import Conflict, PoolFailed
from service.hardware import n_cpus
from service.settings import Settings
from service.study.jobs import Ending, Event, Job, Lost, PoolKey, Resources, WorkerInfo
from service.study.states import FailureKind
from service.study.uptime import Uptime

logger = logging.getLogger(__name__)

N_WARM = 2
"""Workers that start with the pool and stay, however long nothing is to be trained."""
IDLE_SECONDS, LOOK_SECONDS = 300.0, 5.0
"""After so long without a run a worker beyond those is ended; and the time between two looks at the workers."""


class NoRoom(Conflict):
    """No worker can take the run now; ask ``can_start`` first."""


def leave(error: PoolFailed) -> NoReturn:
    """Say why and end this process at once: an orderly end would wait for servers that are gone.

    The exit code says that the last line of the process's log is the reason.
    """
    print(error, file=sys.stderr, flush=True)
    os._exit(os.EX_UNAVAILABLE)


@dataclass(frozen=True)
class Death:
    """Why a worker is gone."""

    failure: FailureKind
    message: str


class Connection(Protocol):
    """The line to one worker."""

    def send(self, message: str) -> None:
        """Hand over a command; to a dead worker it is lost."""
        ...

    def messages(self) -> AsyncIterator[str]:
        """What the worker says, until it is dead."""
        ...

    async def death(self) -> Death:
        """After the last message: why the worker is gone."""
        ...

    def kill(self) -> None:
        """End the worker, and everything it started, at once."""
        ...


@dataclass(frozen=True)
class PoolOptions:
    """What pools of both kinds need to know."""

    artifacts: str
    scratch: Path
    workers: int = 0
    """Most workers at a time; 0 for one per CPU."""
    gpus: float | None = None
    default_key: PoolKey = field(default_factory=lambda: PoolKey(Resources()))
    components: tuple[str, ...] = ()
    trainer: str = "experiments.train"
    silence: float = 60.0
    """Seconds after which a worker that says nothing is ended."""

    @classmethod
    def from_settings(cls, settings: Settings) -> PoolOptions:
        """The options that the settings ask for."""
        return cls(
            artifacts=settings.artifacts if "://" in settings.artifacts else str(Path(settings.artifacts).absolute()),
            scratch=settings.directory / "workers",
            workers=settings.workers,
            gpus=settings.gpus,
            components=settings.components,
            silence=settings.worker_silence,
        )

    def n_workers(self) -> int:
        """Most workers at a time."""
        return self.workers or n_cpus()


@dataclass
class Member:
    """A worker as the pool follows it. ``next_seq`` numbers the LOST event, should it come to that."""

    info: WorkerInfo
    connection: Connection
    scratch: Path
    reader: asyncio.Task[None] | None = None
    job: Job | None = None
    next_seq: int = 0
    idle_since: float = field(default_factory=time.monotonic)
    signs: SignsOfLife = field(default_factory=SignsOfLife)
    wear: Wear = field(default_factory=Wear)


class WarmPool(ABC):
    """Implements ``service.study.jobs.Pool`` but for how a worker is started."""

    def __init__(self, options: PoolOptions) -> None:
        self.options = options
        self.ledger = Ledger({}, options.n_workers())
        self._members: dict[str, Member] = {}
        self._events: asyncio.Queue[Sequence[Event] | PoolFailed | None] = asyncio.Queue()
        self._leaving: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count(1)
        self._name = secrets.token_hex(3)
        self._failed = False
        self._looking: asyncio.Task[None] | None = None
        self._uptime = Uptime(LONGEST_LOOK)

    # --- what a kind of pool adds

    @abstractmethod
    async def _open(self) -> Mapping[str, Resources]:
        """Make it possible to start workers; the nodes come back."""

    @abstractmethod
    def _connect(self, spec: wire.WorkerSpec, placement: Placement) -> Connection:
        """Begin to start a worker; one that cannot be started is a connection that ends."""

    @abstractmethod
    async def _shut(self) -> None:
        """Undo ``_open``, when no worker is left."""

    # --- service.study.jobs.Pool

    async def start(self) -> None:
        """Make the pool usable; a few warm workers of the default key begin to start, more come with the runs.

        Raises:
            PoolFailed: there is nothing to train on, or the artifact store does not answer.
        """
        if "://" in self.options.artifacts:
            await check_artifact_store(self.options.artifacts)
        self.ledger.nodes = dict(await self._open())
        shutil.rmtree(self.options.scratch, ignore_errors=True)  # a predecessor that was killed left it
        for _ in range(N_WARM):
            if (placement := self.ledger.vacancy(self.options.default_key)) is not None:
                self._start_worker(placement)
        self._looking = asyncio.create_task(self._look_after_workers(), name="look after workers")

    def can_start(self, key: PoolKey) -> bool:
        """Whether a job of this key would be placed at once or as soon as a worker for it is warm."""
        return self.ledger.place(key) is not None

    def never_fits(self, key: PoolKey) -> str | None:
        """The reason why the cluster could never hold a run of this key, or nothing."""
        return self.ledger.never_fits(key)

    async def submit(self, job: Job) -> None:
        """Place a job on an idle worker, or start one for it.

        Raises:
            NoRoom: ``can_start`` is false for the job's key.
        """
        placement = self.ledger.place(job.key)
        if placement is None:
            raise NoRoom
        for worker in placement.retire:
            self._drop(worker)
        worker = placement.worker or self._start_worker(placement)
        member = self._members[worker]
        self.ledger.occupy(worker)
        member.job, member.next_seq = job, 0
        state = "starting" if member.info.state == "starting" else "busy"
        member.info = replace(member.info, run_id=job.run_id, state=state)
        member.connection.send(wire.encode(wire.Submit(job)))

    async def decide(self, run_id: str, attempt: int, seq: int, decision: Decision) -> None:
        """Answer the event ``seq`` of a run; an attempt that is over hears nothing."""
        member = self._trainer_of(run_id)
        if member is not None:
            member.connection.send(wire.encode(wire.Decide(run_id, attempt, seq, decision)))

    async def stop(self, run_id: str, *, checkpoint: bool) -> None:
        """Ask a run to end at its next batch; a run that has ended hears nothing."""
        member = self._trainer_of(run_id)
        if member is not None and member.job is not None:
            member.connection.send(wire.encode(wire.Stop(run_id, member.job.attempt, checkpoint)))

    async def kill(self, run_id: str) -> None:
        """End the run's worker at once; the run is LOST."""
        member = self._trainer_of(run_id)
        if member is not None:
            member.connection.kill()

    async def events(self) -> AsyncIterator[Sequence[Event]]:
        """All workers' events; it ends when the pool is closed.

        Raises:
            PoolFailed: what holds the workers has died.
        """
        while (batch := await self._events.get()) is not None:
            if isinstance(batch, PoolFailed):
                raise batch
            yield batch

    def retire(self, key: PoolKey) -> None:
        """End the idle workers of a key that nothing will ask for again."""
        for worker in [worker for worker, member in self._members.items() if member.info.key == key and not member.job]:
            self._drop(worker)

    def workers(self) -> Sequence[WorkerInfo]:
        """Every worker there is now."""
        return [member.info for member in self._members.values()]

    async def close(self) -> None:
        """End every worker, and whatever the pool itself started; what has failed hears nothing any more."""
        if self._failed:
            return
        if self._looking is not None:
            self._looking.cancel()
        for worker in list(self._members):
            self._drop(worker)
        await asyncio.gather(*self._leaving)
        await self._shut()
        shutil.rmtree(self.options.scratch, ignore_errors=True)
        self._events.put_nowait(None)

    def fail(self, error: PoolFailed) -> None:
        """Let whoever reads the events know that nothing works any more."""
        self._failed = True
        self._events.put_nowait(error)

    # --- workers

    def _start_worker(self, placement: Placement) -> str:
        worker = f"worker-{self._name}-{next(self._numbers)}"
        scratch = self.options.scratch / worker
        scratch.mkdir(parents=True)
        spec = wire.WorkerSpec(
            id=worker,
            key=placement.key,
            artifacts=self.options.artifacts,
            scratch=str(scratch),
            components=self.options.components,
            trainer=self.options.trainer,
        )
        self.ledger.grant(worker, placement)
        member = Member(WorkerInfo(worker, placement.key, "starting"), self._connect(spec, placement), scratch)
        self._members[worker] = member
        member.reader = asyncio.create_task(self._follow(member), name=f"follow {worker}")
        return worker

    def _drop(self, worker: str) -> None:
        """End a worker on purpose; nothing more is heard of it."""
        self.ledger.revoke(worker)
        member = self._members.pop(worker)
        member.job = None
        if member.reader is not None:
            self._leaving.add(member.reader)
            member.reader.add_done_callback(self._leaving.discard)
        member.connection.kill()

    async def _follow(self, member: Member) -> None:
        try:
            async for message in member.connection.messages():
                self._receive(member, wire.decode(message))
            self._note_death(member, await member.connection.death())
        except PoolFailed as error:
            self.fail(error)
        except Exception as error:
            logger.exception("%s cannot be followed any more", member.info.id)
            self.fail(PoolFailed(f"{member.info.id} cannot be followed any more: {error}"))

    def _note_death(self, member: Member, death: Death) -> None:
        shutil.rmtree(member.scratch, ignore_errors=True)
        if self._members.pop(member.info.id, None) is None:
            return  # it was ended on purpose
        self.ledger.revoke(member.info.id)
        logger.warning("%s is gone: %s", member.info.id, death.message)
        if member.job is not None:
            self._events.put_nowait([_lost(member.job, member.next_seq, death)])

    def _receive(self, member: Member, message: wire.Message) -> None:
        if member.info.id not in self._members:
            return
        member.signs.heard()
        match message:
            case wire.Alive(n_batches, memory):
                member.signs.n_batches = n_batches
                member.wear.holds(memory, trains=member.job is not None)
            case wire.Ready(pid, host):
                self.ledger.warmed(member.info.id)
                state = "busy" if member.job else "idle"
                member.info = replace(member.info, state=state, pid=pid, host=host)
            case wire.Events(events):
                for event in events:
                    self._note(member, event)
                self._events.put_nowait(events)

    def _note(self, member: Member, event: Event) -> None:
        member.next_seq = event.seq + 1
        if isinstance(event.payload, Ending):
            member.job, member.idle_since = None, time.monotonic()
            member.info = replace(member.info, state="idle", run_id=None)
            self.ledger.vacate(member.info.id)
            if reason := member.wear.reason_to_retire(event.payload):
                logger.info("%s is retired: %s", member.info.id, reason)
                self._drop(member.info.id)

    def retire_idle(self, now: float) -> None:
        """End the workers that have had nothing to do for long, but for those used last."""
        idle = sorted((member for member in self._members.values() if not member.job), key=lambda m: m.idle_since)
        n_spare = max(0, len(self._members) - N_WARM)
        for member in idle[:n_spare]:
            if now - member.idle_since >= IDLE_SECONDS:
                self._drop(member.info.id)

    def end_silent(self, now: float) -> None:
        """End the workers that have said nothing for long: their runs are lost, and go on elsewhere."""
        passed = self._uptime.passed(now)
        for member in list(self._members.values()):
            if reason := member.signs.miss(passed, self.options.silence):
                member.connection.kill()
                self._note_death(member, Death(FailureKind.WORKER_LOST, f"the worker was ended: {reason}"))

    async def _look_after_workers(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.end_silent(time.monotonic())
            self.retire_idle(time.monotonic())

    # --- runs

    def _trainer_of(self, run_id: str) -> Member | None:
        return next((member for member in self._members.values() if member.job and member.job.run_id == run_id), None)


def _lost(job: Job, seq: int, death: Death) -> Event:
    return Event(job.run_id, job.attempt, seq, Lost(death.failure, death.message))
