"""One study at work: draws trials, follows its runs' events, and moves the study towards what is desired.

Everything here is level-triggered: ``advance`` looks at what is desired and what is true and starts the next step,
whatever happened before. Events of a study are handled one after the other, so that a study is repeatable and never
holds up another. `Engine` calls ``advance`` when something happened to the study, and now and then; and ``next_start``
when it is the study's turn.

A lost worker, from here: the pool sends LOST for its run. `RunEvents` lets the run wait again, and the write of that is
posted; whatever the old worker still says is of a start that is over, and is not heard. `next_start` finds the waiting
run before any trial that has not begun, and `start` gives it to a worker with its newest checkpoint. That happens as
often as `RETRIES` says; the loss after the last of these ends the run FAILED, with its trial. If its node is lost no
attempt counts (`node_losses`); nor if the engine is: its successor finds the rows RUNNING, and a run whose worker still
has that start goes on there (`adopt`), another waits again.

Whatever else goes wrong, a write that cannot be made too, ends this runner, not the engine: the workers of its runs are
ended, and it is made anew from the rows (`Engine`). After a few such times the study stands still, FAILED
(`quarantine`). Only without leadership, or the database, does nobody work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

from experiments.errors import InvalidInput
from service.engine.context import EngineContext
from service.engine.population.turns import PopulationTurns
from service.engine.quarantine import PatienceWithSampler
from service.engine.sampling.sampler_processes import SamplingFailed
from service.engine.sampling.search import Search
from service.engine.state import ActiveStudy
from service.engine.steps import Steps
from service.engine.task.checking import Checking
from service.engine.task.effects import Effects
from service.engine.task.evaluation import Evaluation
from service.engine.task.inbox import Inbox
from service.engine.task.new_trials import Drawing, job_of
from service.engine.task.run_ends import RunEnds
from service.engine.task.run_events import RunEvents
from service.engine.task.starts import ShownWait, Start
from service.engine.task.study_states import StudyStates
from service.engine.task.trial_actions import TrialActions
from service.engine.transitions import Transition
from service.engine.trials.active_trial import ActiveRun, ActiveTrial
from service.engine.trials.stops import Stops
from service.engine.trials.time_limit import TimeLimit
from service.engine.writer import StudyWriter
from service.study.code import difference
from service.study.jobs import Event, RunStart
from service.study.ports import Outcome, Transaction
from service.study.records import Study
from service.study.states import Desired, RunningTrials, StudyState


class StudyRunner:
    """Carries one study from its rows to its end."""

    def __init__(self, active: ActiveStudy, search: Search, context: EngineContext) -> None:
        self.active = active
        self._context = context
        self._wake = partial(context.wake, self)
        self.writer = StudyWriter(context.writer, partial(context.failed, self))
        self._drawing = Drawing(active, search, context.store.queue, context.proposer, self.writer)
        self._steps = Steps(context.spawn, partial(context.failed, self), self._wake)
        self._trial_actions = TrialActions(active, context.store, self._drawing, self.writer)
        self.inbox = Inbox()
        self._stops = Stops(context.pool, self._steps.spawn)
        self._time_limit = TimeLimit(active.definition.limits.run_hours, partial(self._stops.ask, release=False))
        self._ends = RunEnds(active)
        self._events = RunEvents(active, self._ends)
        self.shown_wait = ShownWait(active, self.writer)
        self.evaluation = Evaluation(active, context, self.writer, self._claim, self._wake, self.shown_wait.show)
        self.checking = Checking(active, context, self.writer, self._claim, self.hold)
        self._states = StudyStates(active, context, self.writer, self.evaluation, self.checking)
        self._population = PopulationTurns(active, self.writer, self._steps, self._end_run)
        self._steps.spawn(self._follow())
        self.has_progressed = False
        """Whether a trial has ended since the rows were read: what went wrong before that is forgiven then."""
        self._verdict: tuple[StudyState, str] | None = None
        """How and why it is to end; while its runs are still ending it is judged again, unless it failed."""
        self._patience = PatienceWithSampler()
        self._quarantined = ""
        """Why its sampler is not asked any more; empty while it is."""
        self._reopened = active.study.state.ended  # only a study that was resumed or extended is taken up after its end

    def _claim(self, run_id: str) -> None:
        self._context.claim(run_id, self)

    def close(self) -> None:
        """End the runner's own tasks, the patience with a run among them: its next start is another runner's."""
        self._steps.close()
        self.inbox.close()

    def adopt(self, starts: Collection[RunStart]) -> Sequence[RunStart]:
        """Go on with those runs that a worker has in the start that the rows call RUNNING; these come back."""
        adopted = self.active.adopt(starts)
        for run_id, _ in adopted:
            self._claim(run_id)
        return adopted

    def update(self, study: Study) -> bool:
        """What was written since, if that is news; whether anything else is wanted of the study now.

        The state is only ours to write, and what was read may be older than what is believed.
        """
        if study.version < self.active.study.version:
            return False
        before, self.active.study = self.active.study, replace(study, state=self.active.study.state)
        return before.asked_for != study.asked_for

    def hold(self, reason: str) -> None:
        """Pause the study on our own account: it cannot go on as things are."""
        self._steps.take("hold", self._states.hold, reason)

    async def _follow(self) -> None:
        while True:
            event = await self.inbox.get()
            if not (self.evaluation.take(event) or self.checking.take(event)):
                await self._carry_out(self._events.apply(event), event)
            self._wake()

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
            self.hold(effects.hold)
        if effects.ended is not None:
            await self._drawing.tell(effects.ended)

    def _note_progress(self, _: Transaction) -> None:
        """A trial has ended in the rows too: behind a write that failed nothing is carried out."""
        self.has_progressed = True

    @property
    def deleted(self) -> bool:
        """Whether its rows are gone."""
        return self._states.deleted

    @property
    def idle(self) -> bool:
        """Whether no step is under way."""
        return self._steps.idle

    @property
    def has_results_under_way(self) -> bool:
        """Whether a worker has a run: what has ended is with the writer, which commits all it has before it closes."""
        return bool(self.active.n_submitted()) and not self.active.key.elsewhere

    # --- what a worker gets next

    def next_start(self) -> Start | None:
        """What to give to a worker next: the test of the best trial, the check of the study's code, or a run."""
        if self.evaluation.wants_worker:
            return Start(self.evaluation.start, alone=self.evaluation.is_alone)
        if self.checking.wants_worker:  # when the study's rows tell of it
            return None if self._steps.any_of("state") else Start(self.checking.start, self.checking.is_alone)
        found = self._next_run()
        return None if found is None else Start(partial(self.start, *found), alone=found[1].is_alone)

    def _next_run(self) -> tuple[ActiveTrial, ActiveRun] | None:
        """The run to start next, if the study is to run, or to train to its end what has begun."""
        study = self.active.study
        if study.state != StudyState.RUNNING or self._verdict or self._quarantined or self._steps.any_of("hold"):
            return None
        if self.active.out_of_time:
            return None
        if study.desired == Desired.RUNNING:
            return self.active.next_run()
        return self.active.next_run(begun_only=True) if self._lets_trials_end else None

    @property
    def _lets_trials_end(self) -> bool:
        """Whether the study is being stopped such that trials that have begun train to their end.

        Then a run of theirs that waits is started: another replicate, one whose worker was lost, or one that the
        engine's predecessor left behind. In a paused study nothing trains, so nothing is trained to its end either.
        """
        study = self.active.study
        finishes = study.desired == Desired.STOPPED and study.stop_running == RunningTrials.FINISH
        finishes = finishes and not self.active.out_of_time
        possible = study.state == StudyState.RUNNING and self._verdict is None
        return finishes and possible and self._context.pool.never_fits(self.active.key) is None

    # --- towards what is desired

    def advance(self) -> None:
        """Start whatever step is due now; while the state is being written, nothing is: it decides what comes next."""
        now = asyncio.get_running_loop().time()
        submitted = [run for _, run in self.active.submitted_runs()]
        self._time_limit.look(now, submitted)
        self.active.limits.look(self.active.trials.values())
        self.active.account.look(now, sum(run.training for run in submitted))
        self.evaluation.look(now)
        if self._steps.any_of("end") and self._ends_what_runs:
            self.evaluation.give_up()
        if self._steps.any_of("state", "end", "hold"):
            return
        if self._trial_actions.due:
            self._follow_trial_actions()
            return
        self._finish_giving_up()
        self._population.follow()
        if self.active.study.desired != Desired.RUNNING:
            self.checking.give_up()
        match self.active.study.desired:
            case Desired.DELETED:
                self._delete()
            case Desired.STOPPED:
                self._wind_down(StudyState.STOPPED, "stopped by request")
            case Desired.PAUSED:
                self._pause()
            case Desired.RUNNING:
                self._go_on()

    @property
    def _ends_what_runs(self) -> bool:
        """Whether not even what a worker has is to go on; else the test of the best trial comes to its end too."""
        study = self.active.study
        ends = study.desired != Desired.RUNNING and study.stop_running == RunningTrials.CHECKPOINT
        return ends or study.desired == Desired.DELETED

    def _follow_trial_actions(self) -> None:
        """Before anything is judged: a study does not end while a trial of it is to be repeated."""
        if not self._steps.any_of("draw", "cancel"):
            self._steps.take("actions", self._trial_actions.follow)

    def _finish_giving_up(self) -> None:
        """What a user wants ended, and what a predecessor left of a trial that had failed or was pruned."""
        given_up = [(trial, run) for trial, run in self.active.runs() if trial.given_up]
        for trial, run in given_up:
            if run.submitted and run.comes_back:
                self._stops.ask(run, trial.given_up, release=False)
        if useless := [(trial, run) for trial, run in given_up if not run.submitted]:
            self._steps.take("cancel", self._cancel, useless)

    def _go_on(self) -> None:
        state = self.active.study.state
        if state.ended and not self._reopened:
            return
        if state != StudyState.RUNNING:
            if not self.checking.under_way:
                self._steps.take("state", self.checking.conclude if self.checking.outcome else self._begin)
            return
        if self._quarantined:
            self._stand_still()
            return
        self._verdict = self._judge()
        if self._verdict:
            self._wind_down(*self._verdict, stop_running=True)
        else:
            self.draw()

    def _stand_still(self) -> None:
        """What runs may finish; what waits goes on waiting, until the study is resumed."""
        if not self.active.n_submitted():
            self._steps.take("state", self._states.change, StudyState.FAILED, f"quarantined: {self._quarantined}")

    def _judge(self) -> tuple[StudyState, str] | None:
        if self._verdict and self._verdict[0] == StudyState.FAILED:
            return self._verdict  # a failure stands, even if runs that are still ending turn out well
        if impossible := self._context.pool.never_fits(self.active.key):
            return StudyState.FAILED, impossible
        return self.active.verdict(exhausted=self._drawing.exhausted)

    def draw(self) -> None:
        """Draw new trials, if the study runs and there is room; a sampler that learns waits for a free worker."""
        n = self.n_to_draw(self._context.pool.can_start(self.active.key))
        if n and self.draws and not self._steps.any_of("draw"):
            self._steps.take("draw", self._draw_trials, n)

    def n_to_draw(self, can_start: bool) -> int:
        """How many trials its sampler would draw; one that learns draws when a run of them could start."""
        return self.active.room_for_trials(can_start=can_start, exhausted=self._drawing.exhausted)

    @property
    def draws(self) -> bool:
        """Whether trials may be drawn: the study runs and is to run, and nothing else comes first."""
        study = self.active.study
        runs = study.state == StudyState.RUNNING and study.desired == Desired.RUNNING
        return runs and not (
            self._verdict or self._quarantined or self._steps.any_of("state", "end", "hold", "actions")
        )

    def holds_itself_up(self) -> str:
        """Why nothing more of it starts although there may be room; empty where nothing is left to start."""
        limit = self.active.holds_itself_up(exhausted=self._drawing.exhausted)
        return limit or ("asks its sampler" if self._steps.any_of("draw") else "")

    def _pause(self) -> None:
        """What runs comes back at a checkpoint, or is awaited where it is to finish; what waits is left as it is."""
        if self.active.study.stop_running == RunningTrials.CHECKPOINT or self.active.out_of_time:
            self._stop_runs("paused", release=True)
        state = self.active.study.state
        if self.active.n_submitted() == 0 and state != StudyState.PAUSED and not state.ended:
            held = self.shown_wait.other_reason()
            self._steps.take("state", self._states.change, StudyState.PAUSED, held or "paused by request")

    def _wind_down(self, state: StudyState, reason: str, *, stop_running: bool = False) -> None:
        """End what runs, then cancel what waits, then end the study: one of these at each look, until all is done."""
        if self.active.study.state.ended:
            return
        if stop_running or self.active.study.stop_running == RunningTrials.CHECKPOINT or self.active.out_of_time:
            self._stop_runs(reason, release=False)
        if self._steps.any_of("draw"):
            return  # a sampler may take its time; what it draws is cancelled then
        kept = self._lets_trials_end
        waiting = [(t, r) for t, r in self.active.runs() if not (r.submitted or (kept and self._may_end(t)))]
        if waiting:
            self._steps.take("cancel", self._cancel, waiting, reason)
        elif not self.active.trials:
            self._steps.take("end", self._states.end, state, reason, self.active.study.wanted)

    def _may_end(self, trial: ActiveTrial) -> bool:
        """Whether there is a point in waiting for what is left of a trial that has begun."""
        return trial.goes_on and (self.active.affords(trial) or self.active.n_submitted() > 0)

    def _delete(self) -> None:
        self._stop_runs("the study is deleted", release=False)
        if self.active.n_submitted() == 0 and self._steps.idle:
            self._steps.take("delete", self._states.delete)

    def release_runs(self) -> None:
        """Have workers checkpoint and let go of their runs: the engine is stopping. Who trains elsewhere goes on."""
        if not self.active.key.elsewhere:
            self._stop_runs("the service stopped", release=True)

    # --- steps; at most one of a name at a time

    async def _begin(self) -> None:
        await self._states.begin()
        self._reopened = False

    async def _draw_trials(self, n: int) -> None:
        try:
            await self._drawing.draw(n)
        except InvalidInput as error:
            self._refuse_to_draw(error)
        except SamplingFailed as error:
            self._quarantined = await self._patience.bear_with(error, self.active.study.id)
        else:
            self._patience = PatienceWithSampler()

    def _refuse_to_draw(self, error: InvalidInput) -> None:
        gone = difference(self.active.study.code)
        if gone:  # what is known of the components now is not what the space was made for
            self.hold(gone)
        else:
            self._verdict = StudyState.FAILED, f"no configuration without a conflict was drawn any more: {error}"

    # --- runs

    async def start(self, trial: ActiveTrial, run: ActiveRun) -> None:
        """Give a waiting run to the pool. Its row says so in the same moment; no result can be stored before that.

        A start that was never stored has the number of the next one. What its worker says is not taken for that one's:
        the worker is gone before the run starts anew (`Troubles`), or the next engine ends it unheard (`Pool.claim`).
        """
        self.active.submit(trial, run)
        record = run.run
        self._claim(record.id)
        self.writer.post(lambda tx: tx.start_run(record.id, record.starts))
        Transition("start", trial.trial.number, record.id, f"attempt {record.attempt}").log(record.study_id)
        await self._context.pool.submit(job_of(self.active, trial, run))

    def _stop_runs(self, reason: str, *, release: bool) -> None:
        for _, run in self.active.submitted_runs():
            if not run.stop_reason:
                self._stops.ask(run, reason, release=release)

    async def _end_run(self, trial: ActiveTrial, run: ActiveRun, outcome: Outcome) -> None:
        await self._carry_out(self._ends.end_run(trial, run, outcome))

    async def _cancel(self, waiting: list[tuple[ActiveTrial, ActiveRun]], reason: str = "") -> None:
        """Without a reason, each for that for which its trial is given up."""
        for trial, run in waiting:
            if not run.submitted and run.run.id in trial.runs:  # nor has it ended since the step was decided
                outcome = self._ends.end_of_waiting(trial, run, reason)
                await self._end_run(trial, run, outcome)
