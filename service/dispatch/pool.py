"""What every pool of warm workers does, whatever carries the messages: placing, following, and noticing deaths."""

from __future__ import annotations

import asyncio
import itertools
import logging
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace

from experiments.reporting import Decision
from service.dispatch import wire
from service.dispatch.artifact_check import check_artifact_store
from service.dispatch.ledger import Ledger, NoRoom, Placement
from service.dispatch.member import Connection, Death, FoundWorker, Heard, HeldStart, Member
from service.dispatch.nodes import ClosedNodes
from service.dispatch.options import PoolOptions
from service.dispatch.scratch import remove_left
from service.dispatch.signs_of_life import LONGEST_LOOK
from service.errors import LostLeadership, PoolFailed
from service.study.jobs import Ending, Event, Job, PoolKey, Reservation, Resources, RunStart, WorkerInfo
from service.study.states import FailureKind
from service.study.uptime import Uptime

logger = logging.getLogger(__name__)

N_WARM = 2
"""Workers that start with the pool and stay, however long nothing is to be trained."""
IDLE_SECONDS, LOOK_SECONDS = 300.0, 5.0
"""After so long without a run a worker beyond those is ended; and the time between two looks at the workers."""


class WarmPool(ABC):
    """Implements ``service.study.jobs.Pool`` but for how a worker is started."""

    def __init__(self, options: PoolOptions) -> None:
        self.options = options
        self.ledger = Ledger({}, options.workers)
        self._members: dict[str, Member] = {}
        self._events: asyncio.Queue[Heard | tuple[()] | PoolFailed | LostLeadership | None] = asyncio.Queue()
        self.ledger.closed = self._closed_nodes = ClosedNodes(self._tell_of_room)
        self._epoch = 0
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
        """Undo ``_open``."""

    async def _find(self) -> Sequence[FoundWorker]:
        """Workers that an engine before this one has left, which obey this one now."""
        return ()

    # --- service.study.jobs.Pool

    async def start(self, epoch: int) -> None:
        """Make the pool usable: take over the workers that are there, and have a few warm ones of the default key.

        Raises:
            PoolFailed: there is nothing to train on, or the artifact store does not answer.
        """
        await check_artifact_store(self.options.artifacts)
        self._epoch = epoch
        self.ledger.follow(await self._open())
        for found in await self._find():
            self._take_over(found)
        while len(self._members) < N_WARM:
            if (placement := self.ledger.vacancy(self.options.default_key)) is None:
                break
            self._start_worker(placement)
        self._looking = asyncio.create_task(self._look_after(), name="look after workers")

    def adopted(self) -> Collection[RunStart]:
        """Runs that workers have from an engine before this one, with their starts; nothing is heard of them yet."""
        unclaimed = [member for member in self._members.values() if member.reader is None]
        return {(run_id, held.start) for member in unclaimed for run_id, held in member.runs.items()}

    def claim(self, starts: Collection[RunStart]) -> None:
        """Go on with these of the adopted runs; a worker that trains another one is ended."""
        for member in [member for member in self._members.values() if member.reader is None]:
            known = {run_id: held for run_id, held in member.runs.items() if (run_id, held.start) in starts}
            if any(not held.is_over for run_id, held in member.runs.items() if run_id not in known):
                self._drop(member.info.id)
                continue
            member.runs = known
            member.disowned -= set(starts)
            self._follow(member)
            self._rest_or_go(member)

    def can_start(self, key: PoolKey, *, alone: bool = False) -> bool:
        """Whether a job of this key would be placed at once or as soon as a worker for it is warm."""
        return self.ledger.place(key, alone=alone) is not None

    def reserve(self, key: PoolKey | None, *, alone: bool = False) -> Reservation | None:
        """Keep room for a run that cannot start now, if smaller ones could take it; what is kept comes back."""
        self.ledger.reserve(key, alone=alone)
        return self.ledger.reserved

    def trouble(self) -> str:
        """What is wrong with nodes that are given nothing for now; empty if nothing is."""
        return "; ".join(self._closed_nodes.reasons())

    def share(self, key: PoolKey) -> float:
        """What part of the cluster a run of this key holds."""
        return self.ledger.share(key)

    def shortage(self, key: PoolKey, *, alone: bool = False, n_own: int = 0) -> str:
        """What a run of this key needs that is not free."""
        return "" if self.can_start(key, alone=alone) else self.ledger.shortage(key, alone=alone, n_own=n_own)

    def never_fits(self, key: PoolKey) -> str | None:
        """The reason why the cluster could never hold a run of this key, or nothing."""
        return self.ledger.never_fits(key)

    async def submit(self, job: Job) -> None:
        """Place a job on an idle worker, or start one for it.

        Raises:
            NoRoom: ``can_start`` is false for the job's key.
        """
        placement = self.ledger.place(job.key, alone=job.alone)
        if placement is None:
            raise NoRoom
        for worker in placement.retire:
            self._drop(worker)
        worker = placement.worker or self._start_worker(placement)
        member = self._members[worker]
        self.ledger.occupy(worker, alone=job.alone)
        member.runs[job.run_id] = HeldStart(job.start)
        state = "starting" if member.info.state == "starting" else "busy"
        member.info = replace(member.info, run_id=job.run_id, state=state)
        self._send(member, wire.Submit(job))

    async def decide(self, run_id: str, start: int, seq: int, decision: Decision) -> None:
        """Answer the event ``seq`` of a run; a start that is over hears nothing."""
        member = self._trainer_of(run_id)
        if member is not None:
            self._send(member, wire.Decide(run_id, start, seq, decision))

    async def stop(self, run_id: str, *, checkpoint: bool) -> None:
        """Ask a run to end at its next batch; a run that has ended hears nothing."""
        member = self._trainer_of(run_id)
        if member is not None:
            self._send(member, wire.Stop(run_id, member.runs[run_id].start, checkpoint))

    async def end(self, run_id: str) -> None:
        """Have a run end at its next batch with what it has come to."""
        if (member := self._trainer_of(run_id)) is not None:
            self._send(member, wire.End(run_id, member.runs[run_id].start))

    async def kill(self, run_id: str) -> None:
        """End the run's worker at once; the run is LOST."""
        member = self._trainer_of(run_id)
        if member is not None:
            member.connection.kill()

    async def events(self) -> AsyncIterator[Sequence[Event]]:
        """All workers' events; it ends when the pool is closed.

        Raises:
            PoolFailed: what holds the workers has died.
            LostLeadership: a worker has heard a newer engine.
        """
        while (heard := await self._events.get()) is not None:
            if isinstance(heard, Exception):
                raise heard
            yield heard.events if isinstance(heard, Heard) else heard
            if isinstance(heard, Heard):  # whoever asks for the next has passed this one on
                heard.member.handed_over = heard.number

    def handed_over(self) -> Mapping[str, int]:
        """Which of each worker's messages was passed on last, where that was not acknowledged."""
        heard = [member for member in self._members.values() if member.handed_over > member.acknowledged]
        return {member.info.id: member.handed_over for member in heard}

    def acknowledge(self, messages: Mapping[str, int]) -> None:
        """What these messages, and those before, told is stored: the workers need not keep them."""
        for member in [self._members[worker] for worker in messages if worker in self._members]:
            member.acknowledged = messages[member.info.id]
            self._send(member, wire.Acknowledge(member.acknowledged))

    def retire(self, key: PoolKey) -> None:
        """End the idle workers of a key that nothing will ask for again."""
        for worker in [id_ for id_, each in self._members.items() if each.info.key == key and not each.runs]:
            self._drop(worker)

    def workers(self) -> Sequence[WorkerInfo]:
        """Every worker there is now."""
        return [member.info for member in self._members.values()]

    async def close(self) -> None:
        """End every worker, and whatever the pool itself started; what has failed hears nothing any more."""
        if self._failed:
            return
        for worker in list(self._members):
            self._drop(worker)
        await asyncio.gather(*self._leaving)
        await self._end_tasks()
        remove_left(self.options.scratch)

    async def leave(self) -> None:
        """Let go of the workers as they are: the next engine takes them over. What has failed hears nothing any more.

        A pool whose workers cannot outlive it ends them.
        """
        if not self._failed:
            await self._end_tasks()

    async def _end_tasks(self) -> None:
        self._closed_nodes.keep(())
        tasks = [task for task in (self._looking, *(each.reader for each in self._members.values())) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._shut()
        self._events.put_nowait(None)

    def fail(self, error: PoolFailed | LostLeadership) -> None:
        """Let whoever reads the events know that nothing works any more."""
        self._failed = True
        self._events.put_nowait(error)

    # --- workers

    def _start_worker(self, placement: Placement) -> str:
        worker = f"worker-{self._name}-{next(self._numbers)}"
        spec = replace(self._spec(worker, placement.key), node=placement.node, gpus=placement.gpus)
        self.ledger.grant(worker, placement)
        info = WorkerInfo(worker, placement.key, "starting")
        member = Member(info, placement.node, self._connect(spec, placement))
        self._members[worker] = member
        self._follow(member)
        return worker

    def _spec(self, worker: str, key: PoolKey) -> wire.WorkerSpec:
        options = self.options
        place = options.artifacts, str(options.scratch)
        return wire.WorkerSpec(worker, key, *place, components=options.components, trainer=options.trainer)

    def _take_over(self, found: FoundWorker) -> None:
        """What trains is adopted, whatever its build; what idles must be as if this engine had started it."""
        spec, runs = found.attached.spec, found.attached.runs
        logger.info("%s is taken over, with %s", spec.id, ", ".join(run.run_id for run in runs) or "no run")
        self.ledger.grant(spec.id, Placement(spec.key, node=spec.node, gpus=spec.gpus))
        member = self._members[spec.id] = Member.of(found)
        member.is_current &= spec.does_the_same(self._spec(spec.id, spec.key))
        if runs:
            self.ledger.occupy(spec.id, alone=any(run.alone for run in runs if not run.is_over))
            member.info = replace(member.info, run_id=runs[-1].run_id)
        else:
            self._follow(member)
            self._rest_or_go(member)

    def _send(self, member: Member, command: wire.Command) -> None:
        member.connection.send(wire.encode(wire.Order(self._epoch, command)))

    def _drop(self, worker: str) -> None:
        """End a worker on purpose; nothing more is heard of it."""
        self.ledger.revoke(worker)
        member = self._members.pop(worker)
        member.runs.clear()
        reader = member.reader or self._follow(member)  # of one that nobody claimed its death alone is of interest
        self._leaving.add(reader)
        reader.add_done_callback(self._leaving.discard)
        member.connection.kill()

    def _follow(self, member: Member) -> asyncio.Task[None]:
        member.reader = asyncio.create_task(self._read(member), name=f"follow {member.info.id}")
        return member.reader

    async def _read(self, member: Member) -> None:
        try:
            async for message in member.connection.messages():
                self._receive(member, wire.decode(message))
            self._note_death(member, await member.connection.death())
        except (PoolFailed, LostLeadership) as error:
            self.fail(error)
        except Exception as error:
            logger.exception("%s cannot be followed any more", member.info.id)
            self.fail(PoolFailed(f"{member.info.id} cannot be followed any more: {error}"))

    def _note_death(self, member: Member, death: Death) -> None:
        if self._members.pop(member.info.id, None) is None:
            return  # it was ended on purpose
        self.ledger.revoke(member.info.id)
        if death.failure is FailureKind.NODE_LOST:
            self._closed_nodes.note_silence(member.node)
        elif member.info.pid is None and not death.on_request:
            self._closed_nodes.note_failure(member.node, death.message)
            death = Death(FailureKind.NOT_PLACED, f"no worker came up on node {member.node}: {death.message}")
        logger.warning("%s is gone: %s", member.info.id, death.message)
        lost = [held.lost(run_id, death) for run_id, held in member.runs.items()]
        if lost:
            self._events.put_nowait(Heard(member, member.handed_over, lost))
        else:
            self._tell_of_room()

    def _tell_of_room(self) -> None:
        self._events.put_nowait(())

    def follow_nodes(self, nodes: Mapping[str, Resources]) -> None:
        """These are the nodes now. What trained on one that is gone is lost; what waits may start on one that came."""
        came = nodes.keys() - self.ledger.nodes.keys()
        for worker in self.ledger.follow(nodes):
            member = self._members[worker]
            member.connection.kill()
            self._note_death(member, Death(FailureKind.NODE_LOST, f"the node {member.node} is gone"))
        self._closed_nodes.keep(nodes)
        if came:
            self._tell_of_room()

    def _receive(self, member: Member, message: wire.Message) -> None:
        if member.info.id not in self._members:
            return
        member.signs.heard()
        match message:
            case wire.Alive(n_batches, memory):
                member.signs.n_batches = n_batches
                member.wear.holds(memory, trains=bool(member.runs))
            case wire.Ready(pid, host):
                self.ledger.warmed(member.info.id)
                self._closed_nodes.note_success(member.node)
                state = "busy" if member.runs else "idle"
                member.info = replace(member.info, state=state, pid=pid, host=host)
            case wire.Events(number, events):
                told = [event for event in events if member.takes(event)]
                for event in told:
                    self._note(member, event)
                self._events.put_nowait(Heard(member, number, told))
            case wire.Deposed():
                raise LostLeadership

    def _note(self, member: Member, event: Event) -> None:
        member.runs[event.run_id].next_seq = event.seq + 1
        if isinstance(event.payload, Ending):
            del member.runs[event.run_id]
            if reason := member.wear.reason_to_retire(event.payload):
                logger.info("%s is retired: %s", member.info.id, reason)
                member.is_current = False
            self._rest_or_go(member)

    def _rest_or_go(self, member: Member) -> None:
        """What has no run is idle, or ended if no other run may have it."""
        if member.runs:
            return
        member.idle_since = time.monotonic()
        state = "starting" if member.info.state == "starting" else "idle"
        member.info = replace(member.info, state=state, run_id=None)
        self.ledger.vacate(member.info.id)
        if not member.is_current:
            self._drop(member.info.id)

    def retire_idle(self, now: float) -> None:
        """End the workers that have had nothing to do for long, but for those used last."""
        idle = sorted((member for member in self._members.values() if not member.runs), key=lambda m: m.idle_since)
        n_spare = max(0, len(self._members) - N_WARM)
        for member in idle[:n_spare]:
            if now - member.idle_since >= IDLE_SECONDS:
                self._drop(member.info.id)

    def end_silent(self, now: float) -> None:
        """End the workers that have said nothing for long: their runs are lost, and go on elsewhere."""
        passed = self._uptime.passed(now)
        for member in [member for member in self._members.values() if member.reader is not None]:
            if reason := member.signs.miss(passed, self.options.silence):
                member.connection.kill()
                self._note_death(member, Death(FailureKind.WORKER_LOST, f"the worker was ended: {reason}"))

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.end_silent(time.monotonic())
            self.retire_idle(time.monotonic())
            for member in self._members.values():
                self._send(member, wire.Lead())

    # --- runs

    def _trainer_of(self, run_id: str) -> Member | None:
        """Who has its last start; others may have earlier ones, or one never stored, until they are claimed."""
        members = [member for member in self._members.values() if run_id in member.runs]
        return max(members, key=lambda each: (each.runs[run_id].start, each.reader is not None), default=None)
