"""The course of one study: from what is true of it towards what is desired, one step at a time.

Level-triggered: `Course.advance` starts the next step, whatever happened before. While the study's state is being
written nothing is started: it decides what comes next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from service.engine.context import EngineContext
from service.engine.population.turns import PopulationTurns
from service.engine.sampling.search import Search
from service.engine.state import ActiveStudy
from service.engine.steps import Steps
from service.engine.task.checking import Checking
from service.engine.task.evaluation import Evaluation
from service.engine.task.new_trials import Drawing
from service.engine.task.progress import Progress
from service.engine.task.starts import ShownWait
from service.engine.task.study_states import StudyStates
from service.engine.task.supply import Supply
from service.engine.task.trial_actions import TrialActions
from service.engine.trials.active_trial import ActiveRun, ActiveTrial
from service.engine.writer import StudyWriter
from service.study.ports import Outcome
from service.study.states import Desired, RunningTrials, StudyState


class Runs(Protocol):
    """What a course asks of the runs of its study."""

    def claim(self, run_id: str) -> None:
        """The events of this run, which may be no row's, are the study's."""
        ...

    def wake(self) -> None:
        """Something happened."""
        ...

    def stop_runs(self, reason: str, *, release: bool) -> None:
        """Ask all that workers have to end; with ``release`` they wait again."""
        ...

    def end_given_up(self) -> Sequence[tuple[ActiveTrial, ActiveRun]]:
        """Ask those to end that are of no use; the others of no use, which wait, are for the caller to cancel."""
        ...

    async def cancel(self, waiting: Sequence[tuple[ActiveTrial, ActiveRun]], reason: str = "") -> None:
        """End runs that wait."""
        ...

    async def end_run(self, trial: ActiveTrial, run: ActiveRun, outcome: Outcome) -> None:
        """End one that waits."""
        ...


class Course:
    """That of one study."""

    def __init__(
        self,
        active: ActiveStudy,
        search: Search,
        context: EngineContext,
        writer: StudyWriter,
        steps: Steps,
        runs: Runs,
    ) -> None:
        self.active = active
        self._pool = context.pool
        self._steps = steps
        self._runs = runs
        self._progress = Progress(active)
        self.drawing = Drawing(active, search, context.store.queue, context.proposer, writer)
        self._trial_actions = TrialActions(active, context.store, self.drawing, writer)
        self.shown_wait = ShownWait(active, writer)
        self.evaluation = Evaluation(active, context, writer, runs.claim, runs.wake, self.shown_wait.show)
        self.checking = Checking(active, context, writer, runs.claim, self.hold)
        self._states = StudyStates(active, context, writer, self.evaluation, self.checking)
        self._population = PopulationTurns(active, writer, steps, runs.end_run)
        self._supply = Supply(active, self.drawing, self.hold, self._fail)
        self._verdict: tuple[StudyState, str] | None = None
        """How and why it is to end; while its runs are still ending it is judged again, unless it failed."""
        self._reopened = active.study.state.ended  # only a study that was resumed or extended is taken up after its end

    @property
    def deleted(self) -> bool:
        """Whether its rows are gone."""
        return self._states.deleted

    def hold(self, reason: str) -> None:
        """Pause the study on our own account: it cannot go on as things are."""
        self._steps.take("hold", self._states.hold, reason)

    def _fail(self, reason: str) -> None:
        self._verdict = StudyState.FAILED, reason

    # --- which runs may start

    @property
    def starts_all(self) -> bool:
        """Whether its runs may start, and new trials begin."""
        return self._can_start and self.active.study.desired == Desired.RUNNING

    @property
    def starts_begun(self) -> bool:
        """Whether runs of those trials may start that have begun."""
        return self._can_start and self._lets_trials_end

    @property
    def _can_start(self) -> bool:
        comes_first = self._verdict or self._supply.quarantined or self._steps.any_of("hold")
        return self.active.study.state == StudyState.RUNNING and not comes_first and not self.active.out_of_time

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
        return finishes and possible and self._pool.never_fits(self.active.key) is None

    # --- towards what is desired

    def advance(self, now: float) -> None:
        """Start whatever step is due now."""
        self.evaluation.look(now)
        if self._steps.any_of("end") and self._ends_what_runs:
            self.evaluation.give_up()
        if self._steps.any_of("state", "end", "hold"):
            return
        if self._trial_actions.due:
            self._follow_trial_actions()
            return
        if useless := self._runs.end_given_up():
            self._steps.take("cancel", self._runs.cancel, useless)
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

    def _go_on(self) -> None:
        state = self.active.study.state
        if state.ended and not self._reopened:
            return
        if state != StudyState.RUNNING:
            if not self.checking.under_way:
                self._steps.take("state", self.checking.conclude if self.checking.outcome else self._begin)
            return
        if self._supply.quarantined:
            self._stand_still()
            return
        self._verdict = self._judge()
        if self._verdict:
            self._wind_down(*self._verdict, stop_running=True)
        else:
            self.draw()

    async def _begin(self) -> None:
        await self._states.begin()
        self._reopened = False

    def _stand_still(self) -> None:
        """What runs may finish; what waits goes on waiting, until the study is resumed."""
        if not self.active.n_submitted():
            reason = f"quarantined: {self._supply.quarantined}"
            self._steps.take("state", self._states.change, StudyState.FAILED, reason)

    def _judge(self) -> tuple[StudyState, str] | None:
        if self._verdict and self._verdict[0] == StudyState.FAILED:
            return self._verdict  # a failure stands, even if runs that are still ending turn out well
        if impossible := self._pool.never_fits(self.active.key):
            return StudyState.FAILED, impossible
        return self._progress.verdict(exhausted=self.drawing.exhausted)

    def _pause(self) -> None:
        """What runs comes back at a checkpoint, or is awaited where it is to finish; what waits is left as it is."""
        if self.active.study.stop_running == RunningTrials.CHECKPOINT or self.active.out_of_time:
            self._runs.stop_runs("paused", release=True)
        state = self.active.study.state
        if self.active.n_submitted() == 0 and state != StudyState.PAUSED and not state.ended:
            held = self.shown_wait.other_reason()
            self._steps.take("state", self._states.change, StudyState.PAUSED, held or "paused by request")

    def _wind_down(self, state: StudyState, reason: str, *, stop_running: bool = False) -> None:
        """End what runs, then cancel what waits, then end the study: one of these at each look, until all is done."""
        if self.active.study.state.ended:
            return
        if stop_running or self.active.study.stop_running == RunningTrials.CHECKPOINT or self.active.out_of_time:
            self._runs.stop_runs(reason, release=False)
        if self._steps.any_of("draw"):
            return  # a sampler may take its time; what it draws is cancelled then
        kept = self._lets_trials_end
        waiting = [(t, r) for t, r in self.active.runs() if not (r.submitted or (kept and self._may_end(t)))]
        if waiting:
            self._steps.take("cancel", self._runs.cancel, waiting, reason)
        elif not self.active.trials:
            self._steps.take("end", self._states.end, state, reason, self.active.study.wanted)

    def _may_end(self, trial: ActiveTrial) -> bool:
        """Whether there is a point in waiting for what is left of a trial that has begun."""
        return trial.goes_on and (self.active.affords(trial) or self.active.n_submitted() > 0)

    def _delete(self) -> None:
        self._runs.stop_runs("the study is deleted", release=False)
        if self.active.n_submitted() == 0 and self._steps.idle:
            self._steps.take("delete", self._states.delete)

    # --- new trials

    def draw(self) -> None:
        """Draw new trials, if the study runs and there is room; a sampler that learns waits for a free worker."""
        n = self.n_to_draw(self._pool.can_start(self.active.key))
        if n and self.draws and not self._steps.any_of("draw"):
            self._steps.take("draw", self._supply.draw, n)

    def n_to_draw(self, can_start: bool) -> int:
        """How many trials its sampler would draw; one that learns draws when a run of them could start."""
        return self._progress.room_for_trials(
            can_start=can_start, exhausted=self.drawing.exhausted, n_queued=self.drawing.n_queued
        )

    @property
    def draws(self) -> bool:
        """Whether trials may be drawn: the study runs and is to run, and nothing else comes first."""
        study = self.active.study
        runs = study.state == StudyState.RUNNING and study.desired == Desired.RUNNING
        comes_first = self._verdict or self._supply.quarantined
        return runs and not (comes_first or self._steps.any_of("state", "end", "hold", "actions"))

    def why_nothing_starts(self) -> str:
        """Why nothing more of it starts although there may be room; empty where nothing is left to start."""
        limit = self._progress.why_nothing_starts(exhausted=self.drawing.exhausted)
        return limit or ("asks its sampler" if self._steps.any_of("draw") else "")
