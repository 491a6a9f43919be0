"""The engine: leads, reconciles every study towards what is desired, and gives free workers to waiting runs.

One asyncio loop. Studies are carried by their own runners; what is shared is here: leadership, the order in which
studies are served, the routing of events, and the end.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, Protocol

from experiments.errors import InvalidInput
from service.engine.chores import Chores, do_for_ever
from service.engine.context import EngineContext
from service.engine.own_code import OwnCode, hold
from service.engine.search import Search
from service.engine.state import ActiveStudy, lost_runs
from service.engine.study_task import StudyRunner
from service.engine.turns import turn_of
from service.engine.writer import Writer
from service.errors import LostLeadership, PoolFailed, StudyNotFound
from service.study.code import difference
from service.study.definition import StudyDefinition
from service.study.jobs import Pool, WorkerInfo
from service.study.ports import EngineStore, Transaction
from service.study.records import Study
from service.study.states import Desired, RunState, StudyState

log = logging.getLogger(__name__)

HEARTBEAT = 1.0
"""Seconds between two heartbeats."""
TERM = 5.0
"""Seconds without a heartbeat, on the waiting engine's own clock, after which it takes over."""
LOOK = 1.0
"""Seconds after which the engine looks at the studies even if nobody told it to."""


class Changes(Protocol):
    """Tells of commits by others."""

    async def wait(self, timeout: float) -> bool:
        """Return once something was committed, or after ``timeout`` seconds."""
        ...


class Engine:
    """Works on every study of the store with the workers of one pool."""

    def __init__(
        self,
        store: EngineStore,
        pool: Pool,
        changes: Changes,
        holder: str,
        stop_grace: float = 10.0,
        *,
        follow: Callable[[], None] = lambda: None,
        chores: Chores = MappingProxyType({}),
    ) -> None:
        """``follow`` makes users' own code known to this process as its files are now."""
        self._store = store
        self._pool = pool
        self._changes = changes
        self._holder = holder
        self._stop_grace = stop_grace
        self._code = OwnCode(follow, pool)
        self._chores = chores
        self._runners: dict[str, StudyRunner] = {}
        self._owner: dict[str, StudyRunner] = {}
        self._wake = asyncio.Event()
        self._shown: Sequence[WorkerInfo] = ()
        self._stopping = False

    async def run(self, stopped: asyncio.Event) -> None:
        """Work until ``stopped`` is set; then release what runs, and leave nothing behind.

        Raises:
            LostLeadership: another engine has taken over.
            PoolFailed: there is nothing to train on; the store says so too.
        """
        epoch = await self._lead(stopped)
        if epoch is None:
            return
        try:
            await self._start_pool(epoch, stopped)
            if not stopped.is_set():
                await self._serve(epoch, stopped)
        except* LostLeadership as lost:
            raise LostLeadership from lost
        except* PoolFailed as failed:
            reason = str(failed.exceptions[0])
            await asyncio.to_thread(self._store.leadership.set_trouble, epoch, reason)
            raise PoolFailed(reason) from failed
        finally:
            await self._pool.close()
            await asyncio.to_thread(self._store.leadership.resign, epoch)

    async def _lead(self, stopped: asyncio.Event) -> int | None:
        while not stopped.is_set():
            epoch = await asyncio.to_thread(self._store.leadership.lead, self._holder, TERM)
            if epoch is not None:
                log.info("leading with epoch %d", epoch)
                return epoch
            await self._changes.wait(HEARTBEAT)
        return None

    async def _start_pool(self, epoch: int, stopped: asyncio.Event) -> None:
        """Attaching to Ray may hold this thread up for longer than a term, so another one sends heartbeats."""
        started = threading.Event()
        beating = asyncio.get_running_loop().run_in_executor(None, self._beat_until, started, epoch)
        starting, stopping = asyncio.create_task(self._pool.start()), asyncio.create_task(stopped.wait())
        try:
            await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await asyncio.to_thread(self._store.leadership.set_trouble, epoch, "")
        finally:
            starting.cancel()
            stopping.cancel()
            started.set()
            await beating

    def _beat_until(self, started: threading.Event, epoch: int) -> None:
        while not started.wait(HEARTBEAT):
            if not self._store.leadership.heartbeat(epoch):
                raise LostLeadership

    async def _serve(self, epoch: int, stopped: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        broken: asyncio.Future[None] = loop.create_future()

        def fail(error: BaseException) -> None:
            loop.call_soon_threadsafe(_break, broken, error)

        writer = Writer(self._store, epoch, fail)
        try:
            async with asyncio.TaskGroup() as group:
                spawned: set[asyncio.Task[None]] = set()

                def spawn(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
                    task = group.create_task(work)
                    spawned.add(task)
                    task.add_done_callback(spawned.discard)
                    return task

                context = EngineContext(
                    self._store, writer, self._pool, self._wake.set, spawn, self._owner.__setitem__, self._code
                )
                loops = [
                    self._heartbeats(epoch),
                    self._follow_events(),
                    self._reconcile_for_ever(context),
                    self._work(),
                    do_for_ever(self._chores),
                ]
                for each in (*loops, _raised(broken)):
                    spawn(each)
                await stopped.wait()
                await self._release_runs()
                for task in spawned:
                    task.cancel()
        finally:
            writer.close()

    async def _heartbeats(self, epoch: int) -> None:
        while True:
            if not await asyncio.to_thread(self._store.leadership.heartbeat, epoch):
                raise LostLeadership
            workers = self._pool.workers()
            if workers != self._shown:
                await asyncio.to_thread(self._store.workers.set, epoch, workers)
                self._shown = workers
            await asyncio.sleep(HEARTBEAT)

    async def _follow_events(self) -> None:
        async for events in self._pool.events():
            for event in events:
                owner = self._owner.get(event.run_id)
                if owner is not None:
                    owner.receive(event)
        raise RuntimeError("the pool of workers ended")

    # --- studies

    async def _reconcile_for_ever(self, context: EngineContext) -> None:
        while True:
            for study in await asyncio.to_thread(self._store.studies.to_reconcile):
                runner = self._runners.get(study.id)
                if runner is None:
                    await self._take_up(study, context)
                else:
                    runner.update(study)
            self._wake.set()
            await self._changes.wait(LOOK)

    async def _take_up(self, study: Study, context: EngineContext) -> None:
        await self._code.follow()
        self._code.retire_outdated([runner.active.key for runner in self._runners.values()])
        if not await self._is_current(study):
            return
        gone = difference(study.code)
        if gone and study.desired == Desired.RUNNING:
            await self._lay_aside(study, gone, context)
            return
        try:
            definition = StudyDefinition.parse(study.definition)
            active, search = await asyncio.to_thread(self._load, study, definition)
        except InvalidInput as error:
            await self._do_without(study, error, gone, context)
            return
        if not await self._is_current(study):
            return
        for run_id, reason in lost_runs(active).items():
            context.writer.post(partial(_requeue, run_id, reason))
        if study.state == StudyState.FAILED:
            active.failures_from = active.next_number
            kept = {**study.sampler_state, "failures_from": active.next_number}
            context.writer.post(lambda tx: tx.set_sampler_state(study.id, kept))
        self._runners[study.id] = StudyRunner(active, search, context)
        self._code.note(study, active.key)

    async def _is_current(self, study: Study) -> bool:
        """Whether the study is as it was read; if it changed meanwhile, the next look takes it up as it is then."""
        try:
            return (await asyncio.to_thread(self._store.studies.get, study.id)).version == study.version
        except StudyNotFound:
            return False

    async def _lay_aside(self, study: Study, gone: str, context: EngineContext) -> None:
        """Pause a study until its code is there again; it is resumed by the user."""
        unfinished = await asyncio.to_thread(partial(self._store.runs.of_study, study.id, unfinished=True))
        lost = [run.id for run in unfinished if run.state == RunState.RUNNING]
        await context.writer.write(partial(hold, study, gone, lost=lost))

    async def _do_without(self, study: Study, error: InvalidInput, gone: str, context: EngineContext) -> None:
        """What becomes of a study whose definition cannot be read any more, perhaps because its code has ``gone``."""
        if study.desired == Desired.DELETED:
            await context.writer.write(lambda tx: tx.delete_study(study.id))
        elif gone and study.desired == Desired.STOPPED and not study.state.ended:
            stopped = StudyState.STOPPED, "stopped by request"
            await context.writer.write(lambda tx: tx.set_study_state(study.id, *stopped))
        elif gone and study.state != StudyState.PAUSED and not study.state.ended:
            await self._lay_aside(study, gone, context)
        elif not gone and study.state != StudyState.FAILED:
            reason = f"its definition cannot be used any more: {error}"
            await context.writer.write(lambda tx: tx.set_study_state(study.id, StudyState.FAILED, reason))

    def _load(self, study: Study, definition: StudyDefinition) -> tuple[ActiveStudy, Search]:
        trials = self._store.trials.of_study(study.id)
        runs = self._store.runs.of_study(study.id)
        curves = self._store.curves.metric_by_epoch(study.id, definition.objective.metric)
        active = ActiveStudy(study, definition)
        active.load(trials, runs, curves)
        first_runs = {run.trial_number: curves.get(run.id, {}) for run in reversed(runs)}
        search = Search(study.id, definition)
        judged = {trial.trial.number: run.judged_epoch for trial, run in active.runs() if run.feeds_pruner}
        search.rebuild(trials, first_runs, judged)
        return active, search

    def _put_down_ended(self) -> None:
        for study_id, runner in list(self._runners.items()):
            if runner.deleted or (runner.active.study.state.ended and runner.idle):
                runner.close()
                del self._runners[study_id]
                for run_id in [run_id for run_id, owner in self._owner.items() if owner is runner]:
                    del self._owner[run_id]
                self._code.retire_outdated([runner.active.key for runner in self._runners.values()])

    # --- workers

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            for runner in list(self._runners.values()):
                runner.advance()
            while await self._start_one():
                pass
            self._put_down_ended()

    async def _start_one(self) -> bool:
        """Start the next run of the study whose turn it is; whether there was one to start."""
        if self._stopping:
            return False
        for runner in sorted(self._runners.values(), key=turn_of):
            start = runner.next_start()
            if start is not None and self._pool.can_start(runner.active.key):
                await start()
                return True
        return False

    async def _release_runs(self) -> None:
        """Let every running run checkpoint and go back to WAITING, as far as the grace time allows."""
        self._stopping = True
        for runner in self._runners.values():
            runner.release_runs()
        deadline = asyncio.get_running_loop().time() + self._stop_grace
        while any(runner.has_results_under_way for runner in self._runners.values()):
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return
            await asyncio.sleep(min(left, 0.05))


def _break(broken: asyncio.Future[None], error: BaseException) -> None:
    if not broken.done():
        broken.set_exception(error)


def _requeue(run_id: str, reason: str, transaction: Transaction) -> None:
    transaction.requeue_run(run_id, reason, attempt_used=False)


async def _raised(broken: asyncio.Future[None]) -> None:
    await broken
