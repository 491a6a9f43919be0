"""Those who ask for trials, as workers of a pool.

An ask that waits is room for a run, and a run that is given to it is trained there. What is said of the run comes as
rows of the database, and becomes the events that a worker would have sent, so the engine treats it as any other run:
its curve, the pruner's decisions, its end. Messages are settled, and asks are over, only when all that they told is
stored: an engine that dies before reads them once more, as workers say once more what was not acknowledged.

An asker outlives engines. One of which nothing was heard for its lease is lost, and its run waits to be asked for
again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Collection, Coroutine, Mapping, Sequence
from typing import Any, Protocol

from experiments.monitor import Monitor
from experiments.reporting import Decision, Report
from service.dispatch.elsewhere.asked_run import AskedRun
from service.storage.store import Store
from service.study.asks import Ask, Message, Said
from service.study.jobs import Event, Job, Lost, Metrics, Payload, PoolKey, RunStart, Started
from service.study.states import FailureKind
from service.study.uptime import Uptime

LOOK = 1.0
"""Seconds between two looks at the leases, if there are any, and nobody writes."""
LONGEST_LOOK = 5.0
"""Seconds that count between two looks at most: an engine that was held up holds its own silence against nobody."""


class Commits(Protocol):
    """Tells of commits by others."""

    async def wait(self, timeout: float) -> bool:
        """Return once something was committed, or after ``timeout`` seconds."""
        ...


class Askers:
    """The part of ``service.study.jobs.Pool`` that is about runs which are trained elsewhere."""

    def __init__(self, store: Store, commits: Commits) -> None:
        self._store = store
        self._commits = commits
        self._epoch = 0
        self._held: dict[str, AskedRun] = {}
        """By run id."""
        self._waiting: dict[str, Ask] = {}
        """Asks that have no run, by id, in the order in which they were first seen."""
        self._unclaimed: set[str] = set()
        self._seen: set[int] = set()
        """Messages that were acted on, and are not settled."""
        self._queue: asyncio.Queue[list[Event] | BaseException] = asyncio.Queue()
        self._to_settle: tuple[list[int], list[str]] = ([], [])
        """Messages that were acted on, and asks that have come to their end, since this was looked at last."""
        self._outstanding: deque[tuple[int, list[int], list[str]]] = deque()
        """The same of earlier looks, each with the number of batches that tell of it."""
        self._n_taken = self._n_handed_out = 0
        """Batches that ``events`` has taken from the queue, and those of them that were passed on."""
        self._uptime = Uptime(LONGEST_LOOK)
        self._tasks: set[asyncio.Task[None]] = set()
        self._following = False

    async def start(self, epoch: int) -> None:
        """Take over those who have a run."""
        self._epoch = epoch
        look = await asyncio.to_thread(self._store.asks.look)
        for ask in look.asks:
            if ask.run_id is not None:
                held = await asyncio.to_thread(self._found, ask, ask.run_id)
                self._held[held.run_id] = held
        self._unclaimed = set(self._held)

    def adopted(self) -> Collection[RunStart]:
        return {(run_id, self._held[run_id].start) for run_id in self._unclaimed}

    def claim(self, starts: Collection[RunStart]) -> None:
        """Who has another run than these is told that it is over; from now on all are heard."""
        for run_id in [each for each in self._unclaimed if (each, self._held[each].start) not in starts]:
            self._release(run_id)
        self._unclaimed = set()
        if not self._following:
            self._following = True
            self._spawn(self._follow())

    def holds(self, run_id: str) -> bool:
        """Whether somebody trains the run."""
        return run_id in self._held

    def can_start(self, key: PoolKey) -> bool:
        return any(ask.study_id == key.elsewhere for ask in self._waiting.values())

    async def submit(self, job: Job) -> None:
        """Give the run to who asked first; if that one is gone, the run waits for the next.

        What others reported who had it before is of its curve, and so of its value.
        """
        curve = await asyncio.to_thread(self._curve, job.run_id)
        ask = next((ask for ask in self._waiting.values() if ask.study_id == job.key.elsewhere), None)
        if ask is not None:
            del self._waiting[ask.id]
            monitor = Monitor.model_validate(job.config["monitor"])
            # Known before the row tells of it: a report may come as soon as it does.
            held = self._held[job.run_id] = AskedRun(ask, job.run_id, job.start, monitor, curve)
            if await asyncio.to_thread(self._store.asks.give, self._epoch, ask.id, job.run_id, job.start):
                self._queue.put_nowait([_event(held, Started(f"elsewhere:{ask.id}", 0, ""))])
                return
            self._held.pop(job.run_id, None)
        lost = Lost(FailureKind.NOT_PLACED, "who asked for it is gone")
        self._queue.put_nowait([Event(job.run_id, job.start, 0, lost)])

    async def decide(self, run_id: str, seq: int, decision: Decision) -> None:
        """Answer the message ``seq``. A run that is to end has ended with that: who has it need not say so."""
        held = self._held.get(run_id)
        if held is not None and decision in {Decision.PRUNE, Decision.STOP, Decision.END}:
            self._end(held, held.ended(decision))
        told = Decision.STOP if decision is Decision.END else decision  # with what value, is for us to say
        await asyncio.to_thread(self._store.asks.answer, self._epoch, {seq: told})

    async def stop(self, run_id: str, decision: Decision = Decision.STOP) -> None:
        """End the run where it is; who has it hears so at the next report."""
        held = self._held.get(run_id)
        if held is not None:
            self._end(held, held.ended(decision))

    async def kill(self, run_id: str) -> None:
        """Take the run away."""
        held = self._held.get(run_id)
        if held is not None:
            self._end(held, Lost(FailureKind.WORKER_LOST, "it was taken away from who trained it"))

    async def events(self) -> AsyncIterator[Sequence[Event]]:
        """What was said, in its order; an empty batch says that somebody asks.

        Raises:
            LostLeadership: another engine has taken over.
            Unavailable: the database does not answer.
        """
        while True:
            batch = await self._queue.get()
            if isinstance(batch, BaseException):
                raise batch
            self._n_taken += 1
            yield batch
            self._n_handed_out += 1  # whoever asks for the next has passed this one on

    def handed_over(self) -> int:
        """How many batches were passed on, if anything is to be settled; else none.

        What is to be settled is told by batches that wait, or are on their way, as well as by those before.
        """
        messages, over = self._to_settle
        if messages or over:
            self._outstanding.append((self._n_taken + self._queue.qsize(), messages, over))
            self._to_settle = ([], [])
        return self._n_handed_out if self._outstanding else 0

    def acknowledge(self, n_batches: int) -> None:
        """All that so many batches told is stored."""
        messages, over = list[int](), list[str]()
        while self._outstanding and self._outstanding[0][0] <= n_batches:
            _, some, ended = self._outstanding.popleft()
            messages += some
            over += ended
        if messages or over:
            self._spawn(self._settle(messages, over))

    async def close(self) -> None:
        """Hear nobody any more; they keep what they have, for the next engine."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- following the rows

    async def _follow(self) -> None:
        while True:
            look = await asyncio.to_thread(self._store.asks.look)
            stop = self._take(look.asks, look.messages)
            if stop:
                await asyncio.to_thread(self._store.asks.answer, self._epoch, dict.fromkeys(stop, Decision.STOP))
            await self._commits.wait(LOOK if self._held else LONGEST_LOOK)

    def _take(self, asks: Sequence[Ask], messages: Sequence[Message]) -> list[int]:
        """Act on what is new; the messages of those come back whose run is not theirs any more."""
        holders = {held.ask_id: held for held in self._held.values()}
        without = {ask.id: ask for ask in asks if ask.run_id is None and ask.id not in holders}
        known = set(self._waiting)
        self._waiting = {id_: without[id_] for id_ in (*(each for each in self._waiting if each in without), *without)}
        refused = []
        for message in messages:
            if message.id in self._seen:
                continue
            self._seen.add(message.id)
            self._to_settle[0].append(message.id)
            held = holders.get(message.ask_id)
            if held is None or not self.holds(held.run_id):
                refused.append(message.id)
            else:
                self._hear(held, message)
        self._end_silent(asks, holders)
        if self._waiting.keys() - known:
            self._queue.put_nowait([])
        return refused

    def _hear(self, held: AskedRun, message: Message) -> None:
        if message.said == Said.TELL:
            self._end(held, held.told(message.payload), message.id)
            return
        rows = held.rows(message.payload["points"])
        if rows:
            self._queue.put_nowait([_event(held, Metrics(tuple(rows), awaits=True), message.id)])
        else:  # all of it was reported before
            self._spawn(self._answer(message.id, Decision.CONTINUE))

    def _end_silent(self, asks: Sequence[Ask], holders: Mapping[str, AskedRun]) -> None:
        passed = self._uptime.passed(asyncio.get_running_loop().time())
        for ask in asks:
            held = holders.get(ask.id)
            if held is not None and self.holds(held.run_id) and held.is_silent(ask, passed):
                kind = FailureKind.WORKER_LOST if held.was_heard else FailureKind.NOT_PLACED
                self._end(held, Lost(kind, f"nothing was heard for {ask.lease:g} s from who trained it"))

    # --- ends

    def _end(self, held: AskedRun, payload: Payload, seq: int = 0) -> None:
        self._release(held.run_id)
        self._queue.put_nowait([_event(held, payload, seq)])

    def _release(self, run_id: str) -> None:
        self._to_settle[1].append(self._held.pop(run_id).ask_id)

    async def _settle(self, messages: list[int], over: list[str]) -> None:
        await asyncio.to_thread(self._store.asks.settle, self._epoch, messages, over)
        self._seen -= set(messages)

    async def _answer(self, message_id: int, decision: Decision) -> None:
        await asyncio.to_thread(self._store.asks.answer, self._epoch, {message_id: decision})

    def _found(self, ask: Ask, run_id: str) -> AskedRun:
        """Who trained the run under an engine before this one, with the curve that is stored."""
        run = self._store.runs.get(run_id)
        trial = self._store.trials.get(run.study_id, run.trial_number)
        monitor = Monitor.model_validate(trial.config["monitor"])
        return AskedRun(ask, run_id, ask.start, monitor, self._curve(run_id))

    def _curve(self, run_id: str) -> list[Report]:
        curve = self._store.curves.get(run_id)
        columns = {name: values.tolist() for name, values in curve.metrics.items()}
        return [
            Report(step, epoch, 0.0, seconds, {name: values[index] for name, values in columns.items()})
            for index, (step, epoch, seconds) in enumerate(
                zip(curve.step.tolist(), curve.epoch.tolist(), curve.training_time.tolist(), strict=True)
            )
        ]

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._queue.put_nowait(error)


def _event(held: AskedRun, payload: Payload, seq: int = 0) -> Event:
    return Event(held.run_id, held.start, seq, payload)
