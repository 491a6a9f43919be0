"""A pool of workers and those who ask for trials, as one pool: each run goes where its study has it trained."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence

from experiments.reporting import Decision
from service.dispatch.elsewhere.askers import Askers
from service.study.jobs import Event, Job, Pool, PoolKey, Reservation, RunStart, WorkerInfo

ASKERS = "elsewhere"
"""The name in the place of a worker's under which messages of all askers are acknowledged."""


class PoolWithAskers:
    """Implements ``service.study.jobs.Pool``."""

    def __init__(self, workers: Pool, askers: Askers) -> None:
        self._workers = workers
        self._askers = askers

    async def start(self, epoch: int) -> None:
        """Make the workers usable, and take over who trains elsewhere."""
        await self._workers.start(epoch)
        await self._askers.start(epoch)

    def adopted(self) -> Collection[RunStart]:
        return {*self._workers.adopted(), *self._askers.adopted()}

    def claim(self, starts: Collection[RunStart]) -> None:
        self._workers.claim(starts)
        self._askers.claim(starts)

    def can_start(self, key: PoolKey, *, alone: bool = False) -> bool:
        return self._askers.can_start(key) if key.elsewhere else self._workers.can_start(key, alone=alone)

    def reserve(self, key: PoolKey | None, *, alone: bool = False) -> Reservation | None:
        return None if key is not None and key.elsewhere else self._workers.reserve(key, alone=alone)

    def trouble(self) -> str:
        return self._workers.trouble()

    def share(self, key: PoolKey) -> float:
        """Who trains elsewhere holds nothing of the cluster."""
        return 0.0 if key.elsewhere else self._workers.share(key)

    def shortage(self, key: PoolKey, *, alone: bool = False, n_own: int = 0) -> str:
        if not key.elsewhere:
            return self._workers.shortage(key, alone=alone, n_own=n_own)
        return "" if self._askers.can_start(key) else "nobody has asked for a trial"

    def never_fits(self, key: PoolKey) -> str | None:
        return None if key.elsewhere else self._workers.never_fits(key)

    async def submit(self, job: Job) -> None:
        await (self._askers if job.key.elsewhere else self._workers).submit(job)

    async def decide(self, run_id: str, start: int, seq: int, decision: Decision) -> None:
        if self._askers.holds(run_id):
            await self._askers.decide(run_id, seq, decision)
        else:
            await self._workers.decide(run_id, start, seq, decision)

    async def stop(self, run_id: str, *, checkpoint: bool) -> None:
        if self._askers.holds(run_id):
            await self._askers.stop(run_id)
        else:
            await self._workers.stop(run_id, checkpoint=checkpoint)

    async def end(self, run_id: str) -> None:
        if self._askers.holds(run_id):
            await self._askers.stop(run_id, Decision.END)
        else:
            await self._workers.end(run_id)

    async def kill(self, run_id: str) -> None:
        await (self._askers if self._askers.holds(run_id) else self._workers).kill(run_id)

    async def events(self) -> AsyncIterator[Sequence[Event]]:
        """The events of both; it ends when the workers' end, and raises what either raises."""
        async for batch in merged(self._workers.events(), self._askers.events()):
            yield batch

    def handed_over(self) -> Mapping[str, int]:
        from_askers = self._askers.handed_over()
        return {**self._workers.handed_over(), **({ASKERS: from_askers} if from_askers else {})}

    def acknowledge(self, messages: Mapping[str, int]) -> None:
        of_workers = {worker: n for worker, n in messages.items() if worker != ASKERS}
        if of_workers:
            self._workers.acknowledge(of_workers)
        if ASKERS in messages:
            self._askers.acknowledge(messages[ASKERS])

    def retire(self, key: PoolKey) -> None:
        if not key.elsewhere:
            self._workers.retire(key)

    def workers(self) -> Sequence[WorkerInfo]:
        return self._workers.workers()

    async def close(self) -> None:
        """End every worker; who trains elsewhere goes on."""
        await self._askers.close()
        await self._workers.close()

    async def leave(self) -> None:
        await self._askers.close()
        await self._workers.leave()


async def merged(*sources: AsyncIterator[Sequence[Event]]) -> AsyncGenerator[Sequence[Event], None]:
    """What any of them gives, as it comes; the end of one is the end of all."""
    waiting = {asyncio.ensure_future(anext(source)): source for source in sources}
    try:
        while True:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                source = waiting.pop(task)
                try:
                    batch = task.result()
                except StopAsyncIteration:
                    return
                yield batch
                waiting[asyncio.ensure_future(anext(source))] = source
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
