"""The engine: leads, reconciles every study towards what is desired, and gives free workers to waiting runs.

One asyncio loop. Studies are carried by their own runners; what is shared is here: leadership, the order in which
studies are served, the routing of events, and the end.

A runner in which something goes wrong is put down, its runs' workers are ended, and once those are known to be gone the
study is taken up again from its rows. After a few such times it stands still (`quarantine`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from experiments.errors import InvalidInput
from service.engine.chores import Chores, do_for_ever
from service.engine.context import EngineContext
from service.engine.leading import HEARTBEAT, Changes, acknowledge_for_ever, lead, start_pool
from service.engine.own_code import OwnCode, do_without_definition, hold
from service.engine.quarantine import Troubles, quarantine
from service.engine.sampling.sampler_processes import InThread, Proposer
from service.engine.sharing.turns import Turns
from service.engine.task.loading import begin_again, load, running_runs
from service.engine.task.study_task import StudyRunner
from service.engine.transitions import Transition
from service.engine.writer import Writer
from service.errors import LostLeadership, PoolFailed, StudyNotFound, Unavailable
from service.study.code import difference
from service.study.jobs import Pool, RunStart, WorkerInfo
from service.study.ports import EngineStore
from service.study.records import SamplerProcess, Study
from service.study.states import Desired
from service.study.waits import Wait

log = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds after which the engine looks at the studies even if nobody told it to."""


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
        ready: Callable[[], object] = lambda: None,
        chores: Chores = MappingProxyType({}),
        proposer: Proposer | None = None,
        hands_over: bool = False,
    ) -> None:
        """``follow`` makes users' own code known to this process as its files are now; ``proposer`` asks samplers.

        ``ready`` is called when the pool has started, before any study is worked on.
        With ``hands_over`` a stop leaves the workers training: the next engine goes on with them.
        """
        self._store = store
        self._pool = pool
        self._changes = changes
        self._holder = holder
        self._stop_grace = stop_grace
        self._code = OwnCode(follow, pool)
        self._ready = ready
        self._chores = chores
        self._runners: dict[str, StudyRunner] = {}
        self._owner: dict[str, StudyRunner] = {}
        self._proposer = proposer or InThread()
        self._hands_over = hands_over
        self._adopted: set[RunStart] = set()
        """Runs that went on with the worker they had, when this engine took over."""
        self._due: set[StudyRunner] = set()
        """Runners in whose study something happened."""
        self._broken: dict[StudyRunner, BaseException] = {}
        self._troubles = Troubles(pool)
        self._turns = Turns(pool, lambda: asyncio.get_running_loop().time())
        self._wake = asyncio.Event()
        self._shown: tuple[Sequence[WorkerInfo], Sequence[Wait], Sequence[SamplerProcess]] = ((), (), ())
        self._stopping = False

    async def run(self, stopped: asyncio.Event) -> None:
        """Work until ``stopped`` is set; then release what runs, and leave nothing behind.

        Only such a stop ends the workers, unless they are handed over. However else this engine ends, another one
        follows and goes on with them; it may do so already.

        Raises:
            LostLeadership: another engine has taken over.
            PoolFailed: there is nothing to train on; the store says so too.
        """
        epoch = await lead(self._store.leadership, self._holder, self._changes, stopped)
        if epoch is None:
            return
        ends_workers = False
        try:
            await start_pool(self._pool, self._store.leadership, epoch, stopped)
            if not stopped.is_set():
                self._ready()
                await self._serve(epoch, stopped)
            ends_workers = not self._hands_over
        except* LostLeadership as lost:
            raise LostLeadership from lost
        except* PoolFailed as failed:
            reason = str(failed.exceptions[0])
            await asyncio.to_thread(self._store.leadership.set_trouble, epoch, reason)
            raise PoolFailed(reason) from failed
        finally:
            await self._proposer.close()
            await (self._pool.close() if ends_workers else self._pool.leave())
            await asyncio.to_thread(self._store.leadership.resign, epoch)

    async def _serve(self, epoch: int, stopped: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        broken: asyncio.Future[None] = loop.create_future()

        def fail(error: BaseException) -> None:
            loop.call_soon_threadsafe(_break, broken, error)

        writer = Writer(self._store, epoch)
        try:
            async with asyncio.TaskGroup() as group:
                spawned: set[asyncio.Task[None]] = set()

                def spawn(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
                    task = group.create_task(work)
                    spawned.add(task)
                    task.add_done_callback(spawned.discard)
                    return task

                def failed(runner: StudyRunner, error: BaseException) -> None:
                    if isinstance(error, LostLeadership | Unavailable):
                        fail(error)  # nobody can work
                    else:
                        loop.call_soon_threadsafe(self._note_failure, runner, error)

                context = EngineContext(
                    self._store,
                    writer,
                    self._pool,
                    self._proposer,
                    self._code,
                    spawn,
                    claim=self._owner.__setitem__,
                    wake=self._note_due,
                    failed=failed,
                )
                loops = [
                    self._heartbeats(epoch),
                    self._follow_events(),
                    acknowledge_for_ever(self._pool, writer, self._runners.values),
                    self._reconcile_for_ever(context),
                    self._work(context),
                    do_for_ever(self._chores),
                ]
                for each in (*loops, _raised(broken)):
                    spawn(each)
                await stopped.wait()
                self._stopping = True
                if not self._hands_over:
                    await self._release_runs()
                for task in spawned:
                    task.cancel()
        finally:
            writer.close()

    async def _heartbeats(self, epoch: int) -> None:
        while True:
            if not await asyncio.to_thread(self._store.leadership.heartbeat, epoch):
                raise LostLeadership
            found = self._pool.workers(), self._turns.waits(), self._proposer.processes()
            if found != self._shown:
                await asyncio.to_thread(self._store.workers.set, epoch, *found)
                self._shown = found
            await asyncio.sleep(HEARTBEAT)

    async def _follow_events(self) -> None:
        async for events in self._pool.events():
            if not events:  # there is room, though no study of ours did anything
                self._wake.set()
            for event in events:
                owner = self._owner.get(event.run_id)
                if owner is not None:
                    owner.inbox.put(event)
                elif event.is_last:
                    self._troubles.heard_end(event.run_id)
        raise RuntimeError("the pool of workers ended")

    # --- studies

    async def _reconcile_for_ever(self, context: EngineContext) -> None:
        """Follow what is written; now and then look at every study, because a wake-up can be missed."""
        loop = asyncio.get_running_loop()
        looked_at = -LOOK
        adopted = self._pool.adopted()  # the others spend nothing any more, from when they were seen last
        await context.writer.write(lambda tx: tx.note_silence(adopted))
        while True:
            all_read = True
            if overdue := loop.time() - looked_at >= LOOK:
                looked_at = loop.time()
            known = set(self._runners)
            for study in await asyncio.to_thread(self._store.studies.to_reconcile):
                runner = self._runners.get(study.id)
                if runner is None:
                    all_read &= await self._try_to_take_up(study, context)
                elif runner.update(study) or overdue:
                    self._note_due(runner)
            for study_id in self._runners.keys() - known:
                self._note_due(self._runners[study_id])  # together: the first may not be the most urgent
            if all_read:  # what no study wanted of the workers that were found, none ever will
                self._pool.claim(self._adopted)
            await self._changes.wait(LOOK)

    async def _try_to_take_up(self, study: Study, context: EngineContext) -> bool:
        if self._troubles.must_wait(study.id):
            return True
        try:
            if not self._troubles.of(study.id).is_hopeless:
                return await self._take_up(study, context)
            await self._quarantine(study, context)
        except (LostLeadership, Unavailable):
            raise
        except Exception as error:
            self._troubles.note(study.id, error)
        return True

    async def _take_up(self, study: Study, context: EngineContext) -> bool:
        """False if the study changed meanwhile; the next look takes it up as it is then."""
        await context.writer.flush()  # what a runner before this one has posted is in the rows then
        await self._code.follow()
        self._code.retire_outdated([runner.active.key for runner in self._runners.values()])
        if not await self._is_current(study):
            return False
        gone = difference(study.code)
        if gone and study.desired == Desired.RUNNING:
            lost = await asyncio.to_thread(running_runs, self._store, study)
            await context.writer.write(partial(hold, study, gone, lost=lost))
            return True
        try:
            active, search = await asyncio.to_thread(load, self._store, study)
        except InvalidInput as error:
            lost = await asyncio.to_thread(running_runs, self._store, study)
            await context.writer.write(partial(do_without_definition, study, error, gone, lost))
            return True
        if not await self._is_current(study):
            return False
        runner = self._runners[study.id] = StudyRunner(active, search, context)
        self._adopted.update(runner.adopt(self._pool.adopted()))
        begin_again(active, runner.writer, runner.inbox)
        self._code.note(study, active.key)
        return True

    async def _is_current(self, study: Study) -> bool:
        """Whether the study is as it was read."""
        try:
            return (await asyncio.to_thread(self._store.studies.get, study.id)).version == study.version
        except StudyNotFound:
            return False

    # --- what nobody foresaw

    def _note_failure(self, runner: StudyRunner, error: BaseException) -> None:
        self._broken.setdefault(runner, error)
        self._wake.set()

    def _put_down_broken(self, context: EngineContext) -> None:
        """End what a runner had at work. Its memory may be half of a change, so it is thrown away, never mended."""
        for runner, error in self._broken.items():
            study_id = runner.active.study.id
            if self._runners.get(study_id) is not runner:
                continue
            if runner.has_progressed:
                self._troubles.forget(study_id)
            self._troubles.note(study_id, error)
            at_work = {worker.run_id for worker in self._pool.workers()}
            at_work |= {run.run.id for _, run in runner.active.runs() if run.submitted}
            for run_id in [run_id for run_id, owner in self._owner.items() if owner is runner and run_id in at_work]:
                context.spawn(self._troubles.abandon(run_id, study_id))
            self._put_down(study_id)
        self._broken.clear()

    async def _quarantine(self, study: Study, context: EngineContext) -> None:
        """Let the study stand still; nobody looks at it any more until it is resumed."""
        trouble = self._troubles.of(study.id)
        if study.desired == Desired.DELETED:
            await context.writer.write(lambda tx: tx.delete_study(study.id))
        else:
            reason = f"it went wrong {trouble.times} times: {trouble.reason}"
            lost = await asyncio.to_thread(running_runs, self._store, study)
            try:
                await context.writer.write(partial(quarantine, study.id, reason, lost))
            except (LostLeadership, Unavailable):
                raise
            except Exception:  # its runs cannot even wait again: they do so when it is resumed, if they can then
                await context.writer.write(partial(quarantine, study.id, reason, ()))
            Transition("quarantine", reason=reason).log(study.id)
        self._troubles.forget(study.id)

    def _put_down_ended(self) -> None:
        for study_id, runner in list(self._runners.items()):
            if runner.course.deleted or (runner.active.study.state.ended and runner.idle):
                self._troubles.forget(study_id)
                self._put_down(study_id)

    def _put_down(self, study_id: str) -> None:
        runner = self._runners.pop(study_id)
        runner.close()
        self._due.discard(runner)
        for run_id in [run_id for run_id, owner in self._owner.items() if owner is runner]:
            del self._owner[run_id]
        self._code.retire_outdated([runner.active.key for runner in self._runners.values()])

    # --- workers

    def _note_due(self, runner: StudyRunner) -> None:
        self._due.add(runner)
        self._wake.set()

    async def _work(self, context: EngineContext) -> None:
        """Serve the studies in which something happened; a worker that came free with it is offered to all."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            due, self._due = self._due, set()
            for runner in due & set(self._runners.values()):
                self._try(runner, runner.advance)
            while await self._start_one():
                pass
            for runner in self._runners.values():
                self._try(runner, runner.course.draw)
            self._put_down_broken(context)
            self._put_down_ended()

    def _try(self, runner: StudyRunner, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception as error:  # whatever it is, it is this study's alone
            self._broken.setdefault(runner, error)

    async def _start_one(self) -> bool:
        """Start the next run of the study whose turn it is; whether there was one to start."""
        if self._stopping:
            return False
        for runner in self._turns.begin_round(set(self._runners.values()) - self._broken.keys()):
            if await self._start_of(runner):
                return True
            self._turns.note_wait(runner)
        self._turns.end_round()
        return False

    async def _start_of(self, runner: StudyRunner) -> bool:
        """Start the study's next run, if it has one and there is room; whether anything changed by that."""
        try:
            start = runner.next_start()
            if start is None or not self._pool.can_start(runner.active.key, alone=start.alone):
                return False
            await start.begin()
            self._turns.note_start(runner)
        except (LostLeadership, Unavailable):
            raise
        except Exception as error:  # as in `_try`
            self._broken.setdefault(runner, error)
        return True

    async def _release_runs(self) -> None:
        """Let every running run checkpoint and go back to WAITING, as far as the grace time allows."""
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


async def _raised(broken: asyncio.Future[None]) -> None:
    await broken
