"""One study at work: gives its runs to workers, follows what these say, and ends them.

`Engine` calls `advance` when something happened to the study, and now and then; `next_start` when it is its turn.
Events are handled one after the other, so that a study is repeatable. What becomes of it as a whole, `Course` decides.

A lost worker, from here: the pool sends LOST, and `RunEnds.failed` decides. What was decided about the run before comes
first: judged by the pruner, it is PRUNED; asked to pause, it waits and uses no attempt; its time up, cut short or
stopped, it ends so. Else it waits again. That is written, and what the old worker still says is of a start that is
over, and not heard. `next_start` finds the run before trials of higher numbers, and `start` gives it to a worker with
its newest checkpoint.

A loss costs according to what was lost. The worker's process alone (WORKER_LOST): an attempt; once three were used, by
failures of any kind (`RETRIES`), the next ends the run FAILED, with its trial. The node too (NODE_LOST), or the worker
before it came up (NOT_PLACED): none; but after two nodes lost while it trained, without a new checkpoint, the run has a
node for itself, and after three of these it is FAILED (`node_losses`). A lost engine counts as a lost node; so does
Ray, with which the engine ends. The next engine goes on with runs whose worker still has their start (`adopt`); others
that the rows call RUNNING it takes for lost (`loading.begin_again`).

A sampler that raises is asked again; after three times in a row what runs may finish, then the study is FAILED
(`PatienceWithSampler`). Whatever else goes wrong, a write that cannot be made too, ends this runner: its runs' workers
are ended, and it is made anew from the rows (`Engine`). After three such times without a trial ended between, the study
is FAILED (`quarantine`). Lost leadership, or a database that is away, ends the engine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

from service.engine.context import EngineContext
from service.engine.sampling.search import Search
from service.engine.state import ActiveStudy
from service.engine.steps import Steps
from service.engine.task.course import Course
from service.engine.task.effects import Effects
from service.engine.task.inbox import Inbox
from service.engine.task.new_trials import job_of
from service.engine.task.run_ends import RunEnds
from service.engine.task.run_events import RunEvents
from service.engine.task.starts import Start
from service.engine.transitions import Transition
from service.engine.trials.active_trial import ActiveRun, ActiveTrial
from service.engine.trials.stops import Stops
from service.engine.trials.time_limit import TimeLimit
from service.engine.writer import StudyWriter
from service.study.jobs import Event, RunStart
from service.study.ports import Outcome, Transaction
from service.study.records import Study


class StudyRunner:
    """Carries one study from its rows to its end."""

    def __init__(self, active: ActiveStudy, search: Search, context: EngineContext) -> None:
        self.active = active
        self._context = context
        self.writer = StudyWriter(context.writer, partial(context.failed, self))
        self._steps = Steps(context.spawn, partial(context.failed, self), self.wake)
        self.inbox = Inbox()
        self._stops = Stops(context.pool, self._steps.spawn)
        self._time_limit = TimeLimit(active.definition.limits.run_hours, partial(self._stops.ask, release=False))
        self._ends = RunEnds(active)
        self._events = RunEvents(active, self._ends)
        self.course = Course(active, search, context, self.writer, self._steps, self)
        self._steps.spawn(self._follow())
        self.has_progressed = False
        """Whether a trial has ended since the rows were read: what went wrong before that is forgiven then."""

    def adopt(self, starts: Collection[RunStart]) -> Sequence[RunStart]:
        """Go on with those runs that a worker has in the start that the rows call RUNNING; these come back."""
        adopted = self.active.adopt(starts)
        for run_id, _ in adopted:
            self.claim(run_id)
        return adopted

    def advance(self) -> None:
        """Look at the time, and at what is desired, and start whatever is due."""
        now = asyncio.get_running_loop().time()
        submitted = [run for _, run in self.active.submitted_runs()]
        self._time_limit.look(now, submitted)
        self.active.limits.look(self.active.trials.values())
        self.active.account.look(now, sum(run.training for run in submitted))
        self.course.advance(now)

    # --- what a worker gets next

    def next_start(self) -> Start | None:
        """The test of the best trial, the check of the study's code, or a run."""
        course = self.course
        if course.evaluation.wants_worker:
            return Start(course.evaluation.start, alone=course.evaluation.is_alone)
        if course.checking.wants_worker:  # when the study's rows tell of it
            return None if self._steps.any_of("state") else Start(course.checking.start, course.checking.is_alone)
        if not (course.starts_all or course.starts_begun):
            return None
        found = self.active.next_run(begun_only=not course.starts_all)
        return None if found is None else Start(partial(self.start, *found), alone=found[1].is_alone)

    async def start(self, trial: ActiveTrial, run: ActiveRun) -> None:
        """Give a waiting run to the pool. Its row says so in the same moment; no result can be stored before that.

        A start that was never stored has the number of the next one. What its worker says is not taken for that one's:
        the worker is gone before the run starts anew (`Troubles`), or the next engine ends it unheard (`Pool.claim`).
        """
        self.active.submit(trial, run)
        record = run.run
        self.claim(record.id)
        self.writer.post(lambda tx: tx.start_run(record.id, record.starts))
        Transition("start", trial.trial.number, record.id, f"attempt {record.attempt}").log(record.study_id)
        await self._context.pool.submit(job_of(self.active, trial, run))

    def claim(self, run_id: str) -> None:
        """Have its events come to the inbox."""
        self._context.claim(run_id, self)

    # --- what workers say

    async def _follow(self) -> None:
        while True:
            event = await self.inbox.get()
            if not (self.course.evaluation.take(event) or self.course.checking.take(event)):
                await self._carry_out(self._events.apply(event), event)
            self.wake()

    async def _carry_out(self, effects: Effects, event: Event | None = None) -> None:
        for operation in (*effects.operations, *([self._note_progress] if effects.ended else [])):
            self.writer.post(operation)
        for transition in effects.transitions:
            transition.log(self.active.study.id)
        for run, reason in effects.stops:
            self._stops.ask(run, reason, release=False)
        if effects.upload is not None:
            run, ended = effects.upload
            self._stops.uploading(run, ended=ended)
        if effects.answer is not None and event is not None:
            await self._context.pool.decide(event.run_id, event.start, event.seq, effects.answer)
        if effects.hold:
            self.course.hold(effects.hold)
        if effects.ended is not None:
            await self.course.drawing.tell(effects.ended)

    def _note_progress(self, _: Transaction) -> None:
        """A trial has ended in the rows too: behind a write that failed nothing is carried out."""
        self.has_progressed = True

    def wake(self) -> None:
        """Have the study looked at."""
        self._context.wake(self)

    # --- ending runs

    def stop_runs(self, reason: str, *, release: bool) -> None:
        """Ask all that workers have to end; with ``release`` they wait again. One that ignores it loses its worker."""
        for _, run in self.active.submitted_runs():
            if not run.stop_reason:
                self._stops.ask(run, reason, release=release)

    def end_given_up(self) -> list[tuple[ActiveTrial, ActiveRun]]:
        """Ask runs of no use to end, those too that a predecessor left; back come those that no worker has."""
        given_up = [(trial, run) for trial, run in self.active.runs() if trial.given_up]
        for trial, run in given_up:
            if run.submitted and run.comes_back:
                self._stops.ask(run, trial.given_up, release=False)
        return [(trial, run) for trial, run in given_up if not run.submitted]

    async def cancel(self, waiting: Sequence[tuple[ActiveTrial, ActiveRun]], reason: str = "") -> None:
        """End runs that wait; without a reason, for that of their trial."""
        for trial, run in waiting:
            if not run.submitted and run.run.id in trial.runs:  # nor has it ended since the step was decided
                await self.end_run(trial, run, self._ends.end_of_waiting(trial, run, reason))

    async def end_run(self, trial: ActiveTrial, run: ActiveRun, outcome: Outcome) -> None:
        """End a run that waits."""
        await self._carry_out(self._ends.end_run(trial, run, outcome))

    def release_runs(self) -> None:
        """The engine is stopping: have runs go back to WAITING. What is trained elsewhere goes on."""
        if not self.active.key.elsewhere:
            self.stop_runs("the service stopped", release=True)

    # --- for the engine

    def update(self, study: Study) -> bool:
        """What was written since, if that is news; whether anything else is wanted of the study now.

        The state is only ours to write, and what was read may be older than what is believed.
        """
        if study.version < self.active.study.version:
            return False
        before, self.active.study = self.active.study, replace(study, state=self.active.study.state)
        return before.asked_for != study.asked_for

    @property
    def idle(self) -> bool:
        """Whether no step is under way."""
        return self._steps.idle

    @property
    def has_results_under_way(self) -> bool:
        """Whether a worker has a run; what has ended is with the writer, which commits it before it closes."""
        return bool(self.active.n_submitted()) and not self.active.key.elsewhere

    def close(self) -> None:
        """End the runner's own tasks, the patience with a run among them: its next start is another runner's."""
        self._steps.close()
        self.inbox.close()
