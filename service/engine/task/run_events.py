"""What the events of a run do to its study: curves, decisions, ends, and second attempts. No I/O.

An event changes the study's state in memory at once and comes to `Effects`, which `study_task` carries out. Nobody
waits for the writes, because they are committed in order: whatever is decided from a result, be it a pruning, another
trial or the study's end, is written behind it. So after a crash there is no row whose cause is not a row too. The one
thing that must be durable before anything is done about it is a new trial (`new_trials`). What becomes of a
write that failed, or whose commit nobody answered, `writer` says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime

from experiments.reporting import Decision, Report
from service.engine.state import ActiveStudy
from service.engine.transitions import Transition
from service.engine.trials.active_trial import ActiveRun, ActiveTrial
from service.engine.trials.ends import cut_short, end_of_trial
from service.study.checkpoints import resume_epoch, with_newest
from service.study.jobs import (
    ArtifactStored,
    CheckpointStored,
    Event,
    Failed,
    Finished,
    Finishing,
    Log,
    Lost,
    Metrics,
    Placement,
    Refused,
    Started,
    Uploading,
)
from service.study.node_losses import POISON, NodeLosses
from service.study.ports import Outcome, Transaction
from service.study.records import Artifact, Run, Trial
from service.study.replicates import further_values
from service.study.states import INFRASTRUCTURE, FailureKind, RunState

Operation = Callable[[Transaction], None]


@dataclass(frozen=True)
class EndedTrial:
    """A trial whose last run has ended, and the last epoch and value of its curve."""

    record: Trial
    last: tuple[int, float] | None


@dataclass
class Effects:
    """What is to be done about an event, in this order."""

    operations: list[Operation] = field(default_factory=list)
    """Writes, whose order the writer keeps."""
    transitions: list[Transition] = field(default_factory=list)
    stops: list[tuple[ActiveRun, str]] = field(default_factory=list)
    """Runs to be stopped for good, and why."""
    upload: tuple[ActiveRun, bool] | None = None
    """A run whose worker has begun to store a checkpoint, or has ended doing so."""
    answer: Decision | None = None
    """What the worker that sent the event is told."""
    hold: str = ""
    """Why the study cannot go on as things are."""
    ended: EndedTrial | None = None
    """What the search is to learn."""


class RunEvents:
    """Applies the events of one study's runs to its state."""

    def __init__(self, active: ActiveStudy) -> None:
        self._active = active

    def apply(self, event: Event) -> Effects:
        """What the event comes to; one of a start that is over comes to nothing."""
        effects = Effects()
        found = self._active.submitted(event.run_id, event.start)
        if found is None:
            return effects
        trial, run = found
        post = effects.operations.append
        match event.payload:
            case Started(worker=worker, host=host):
                run.training = True
                placement = Placement(worker, host, self._active.key.resources, run.is_alone)
                post(lambda tx: tx.assign_run(event.run_id, event.start, placement))
            case Metrics() as metrics:
                self._metrics(trial, run, metrics, effects)
            case Finishing(metrics=judged):
                self._finishing(trial, run, judged, effects)
            case Uploading(ended=ended):
                effects.upload = (run, ended)
            case CheckpointStored() as stored:
                self._checkpoint(run, stored, effects)
            case ArtifactStored() as stored:
                artifact = Artifact(run_id=event.run_id, created_at=datetime.now(UTC), **asdict(stored))
                post(lambda tx: tx.add_artifact(artifact))
            case Log(text=text):
                self._log(event.run_id, text, effects, event)
            case Finished() as finished:
                self._finished(trial, run, finished, effects)
            case Refused(message=message):
                effects.hold = message
                self._requeue(trial, run, message, effects, attempt_used=False)
            case Failed(traceback=traceback) as failed:
                self._log(event.run_id, traceback or f"{failed.message}\n", effects, event)
                self._failed(trial, run, failed, effects)
            case Lost() as lost:
                self._failed(trial, run, lost, effects)
        return effects

    def end_run(self, trial: ActiveTrial, run: ActiveRun, outcome: Outcome) -> Effects:
        """The end of a run for a reason of our own."""
        effects = Effects()
        if not run.submitted and outcome.state != RunState.CANCELLED:  # a run that waits can only be cancelled
            self.start(trial, run, effects)
        self._end(trial, run, outcome, effects)
        return effects

    def start(self, trial: ActiveTrial, run: ActiveRun, effects: Effects) -> None:
        """The next start of a run that waits."""
        self._active.submit(trial, run)
        record = run.run
        effects.operations.append(lambda tx: tx.start_run(record.id, record.starts))

    def end_of_waiting(self, trial: ActiveTrial, run: ActiveRun, reason: str = "") -> Outcome:
        """How a run ends that no worker has: cancelled; or, where nothing else is left to judge a trial by whose limits
        are used up, with what it had come to."""
        if trial.out_of_limits and not reason and len(trial.runs) + len(trial.ended) == 1:
            kept = self._failure(run, FailureKind.TIMEOUT, trial.out_of_limits)
            kept = cut_short(self._active.definition, kept, trial.out_of_limits)
            if kept.state == RunState.COMPLETED:
                return kept
        return Outcome(RunState.CANCELLED, reason or trial.given_up, spared=not reason and bool(trial.pruned))

    def _log(self, run_id: str, text: str, effects: Effects, event: Event | None = None) -> None:
        number = (event.start, event.seq) if event is not None else None
        effects.operations.append(lambda tx: tx.append_log(run_id, text, number))

    def _finishing(self, trial: ActiveTrial, run: ActiveRun, judged: Mapping[str, float], effects: Effects) -> None:
        if run.stop_reason:  # it has heard that it is to end, and its files take their time
            effects.upload = (run, False)
        effects.answer = Decision.KEEP if self._active.worth_keeping(trial, run, judged) else Decision.DROP

    # --- curves

    def _metrics(self, trial: ActiveTrial, run: ActiveRun, metrics: Metrics, effects: Effects) -> None:
        rows, record = metrics.rows, run.run
        if rows:
            effects.operations.append(lambda tx: tx.append_points(record.id, record.starts, rows))
            run.recorded_step = max(run.recorded_step, rows[-1].step)
            run.recorded_epoch = max(run.recorded_epoch, rows[-1].epoch)
            self._compute(trial, run, rows)
        monitor = self._active.definition.objective.monitor
        for row in rows:
            value = monitor.value(row.metrics)
            if value is not None:
                place = self._active.looks.place(row.step, row.epoch)
                run.add_value(self._active.definition.objective, place, value, row.metrics)
        if metrics.awaits:
            last = rows[-1]
            effects.answer = self._decide(trial, run, self._active.looks.place(last.step, last.epoch))
            if effects.answer == Decision.CONTINUE and run.last_epoch is not None and last.epoch >= run.last_epoch:
                effects.answer = Decision.END

    def _compute(self, trial: ActiveTrial, run: ActiveRun, rows: Sequence[Report]) -> None:
        """Epochs that its start has computed are spent, whether a start before had computed them or not."""
        computed = max(0, *(row.begun_epochs - run.reached for row in rows))
        self._active.account.epochs += computed
        trial.epochs += computed
        run.reached += computed
        run.epoch_at |= {row.step: row.epoch for row in rows}

    def _decide(self, trial: ActiveTrial, run: ActiveRun, place: int) -> Decision:
        """A run that will come back is judged before it is stopped, because it goes on behind this epoch, or step."""
        if run.stop_reason and not run.release:
            return Decision.END if run.cut_short else Decision.STOP
        if place in run.values and place > run.judged_place:
            # Once a place is judged, the answer is kept: a worker that dies before it hears it is told the same again.
            reason = self._active.judge(trial, place) if run.feeds_pruner else ""
            run.judged_place, run.pruned_because = place, reason
        if run.pruned_because and place == run.judged_place:
            return Decision.PRUNE
        return Decision.STOP if run.stop_reason else Decision.CONTINUE

    def _checkpoint(self, run: ActiveRun, stored: CheckpointStored, effects: Effects) -> None:
        if run.pruned_because:
            return  # it will not go on, unless its worker dies first; then it must hear the answer once more
        epochs = [epoch for step, epoch in run.epoch_at.items() if step <= stored.step]
        run.epoch_at = {step: epoch for step, epoch in run.epoch_at.items() if step > stored.step}
        reached = {"epoch": max(epochs, default=resume_epoch(run.checkpoints)), "judged_place": run.judged_place}
        checkpoint, record = {**asdict(stored), **reached}, run.run
        run.checkpoints, run.node_losses = with_newest(checkpoint, run.checkpoints), NodeLosses()
        effects.operations.append(lambda tx: tx.add_checkpoint(record.id, record.starts, checkpoint))

    # --- ends

    def _finished(self, trial: ActiveTrial, run: ActiveRun, finished: Finished, effects: Effects) -> None:
        ended = finished.ended
        comes_back = run.release or not run.stop_reason  # an engine before this one had asked: now it waits again
        if ended == Decision.PRUNE and not run.pruned_because:
            run.pruned_because = "pruned by the engine before this one"
        if ended == Decision.STOP and comes_back and run.pruned_because:
            ended = Decision.PRUNE  # it stopped before it heard the answer
        elif ended == Decision.STOP and comes_back:
            self._come_back(trial, run, finished, effects)
            return
        self._end(trial, run, self._outcome(trial, run, ended, finished), effects)

    def _come_back(self, trial: ActiveTrial, run: ActiveRun, finished: Finished, effects: Effects) -> None:
        """It was released, or has come to the end of an interval, where the population waits for a checkpoint of it."""
        population = self._active.population
        end = population.pause_after if population is not None else 0
        is_there = population is not None and population.waits(run)
        if end and not run.stop_reason and finished.epochs >= end and not is_there:
            message = f"it left no checkpoint after epoch {end}, from which it or others could go on"
            self._failed(trial, run, Lost(FailureKind.WORKER_LOST, message), effects)
        else:
            waits = f"waits at epoch {end} for the rest of the population" if is_there else ""
            self._requeue(trial, run, run.stop_reason or waits, effects, attempt_used=False)

    def _outcome(self, trial: ActiveTrial, run: ActiveRun, ended: Decision, finished: Finished) -> Outcome:
        """The end as the training tells it: its value is that of the epoch whose weights it kept."""
        definition = self._active.definition
        value = definition.objective.monitor.value(finished.metrics)
        outcome = Outcome(
            RunState.COMPLETED,
            finished.reason,
            value,
            finished.metrics,
            metrics_epoch=finished.metrics_epoch,
            epochs=finished.epochs,
            training_time=finished.training_time,
            further_values=further_values(definition, finished.metrics),
        )
        if ended == Decision.PRUNE:
            return replace(outcome, state=RunState.PRUNED, reason=run.pruned_because)
        if ended == Decision.END or (ended == Decision.STOP and run.cut_short):
            return cut_short(definition, outcome, run.cut_short or self._active.limits.why_ended(trial))
        if ended == Decision.STOP and run.timed_out:
            return replace(outcome, state=RunState.FAILED, reason=run.stop_reason, failure=FailureKind.TIMEOUT)
        if ended == Decision.STOP:
            state = RunState.PRUNED if run.stop_reason == trial.pruned else RunState.CANCELLED
            return replace(outcome, state=state, reason=run.stop_reason)
        needed = [
            *(each.metric for each in definition.objectives),
            *(each.metric for each in definition.constraints if each.metric),
        ]
        if missing := [name for name in needed if not math.isfinite(finished.metrics.get(name, math.nan))]:
            where = f" in epoch {finished.metrics_epoch}, which counts" if value is not None else ""
            reason = f"the metric {missing[0]!r} has no finite value{where}"
            return replace(outcome, state=RunState.FAILED, reason=reason, failure=FailureKind.USER_ERROR)
        return outcome

    def _failed(self, trial: ActiveTrial, run: ActiveRun, end: Failed | Lost, effects: Effects) -> None:
        """A run that failed, or whose worker is lost, waits for its next attempt, or ends if it has none left.

        What it was asked to do comes first: one that is to come back does so even from its last attempt.
        """
        failure, message, attempt = end.failure, end.message, run.run.attempt
        uses_attempt = failure not in INFRASTRUCTURE
        if failure is FailureKind.NODE_LOST and run.training:  # before it trained, it cannot be what ended the node
            run.node_losses = run.node_losses.once_more(alone=run.is_alone)
        if run.release:
            self._requeue(trial, run, message, effects, attempt_used=uses_attempt, failure=failure)
        elif run.timed_out:
            self._end(trial, run, self._failure(run, FailureKind.TIMEOUT, run.stop_reason), effects)
        elif run.cut_short:
            kept = self._failure(run, failure, message)
            self._end(trial, run, cut_short(self._active.definition, kept, run.cut_short), effects)
        elif run.stop_reason:
            self._end(trial, run, Outcome(RunState.CANCELLED, run.stop_reason), effects)
        elif failure is FailureKind.DIVERGED and self._active.population and self._active.population.pause_after:
            run.diverged = True
            self._log(run.run.id, f"{message}; it is to go on from another member's checkpoint\n", effects)
            self._requeue(trial, run, message, effects, attempt_used=False, failure=failure)
        elif run.node_losses.is_poison:
            reason = f"it ended its node {POISON} times, alone there and without a new checkpoint: {message}"
            self._end(trial, run, self._failure(run, failure, reason), effects)
        elif not uses_attempt:
            self._log(run.run.id, f"attempt {attempt}: {message}; it is placed anew\n", effects)
            self._requeue(trial, run, message, effects, attempt_used=False, failure=failure)
        elif run.has_another_attempt(failure, attempt):
            how = ", alone on its node" if run.is_alone else ""
            self._log(run.run.id, f"attempt {attempt}: {message}; it is started again{how}\n", effects)
            self._requeue(trial, run, message, effects, attempt_used=True, failure=failure)
        else:
            tried = f" (after {attempt} attempts)" if attempt > 1 else ""
            self._end(trial, run, self._failure(run, failure, message + tried), effects)

    def _failure(self, run: ActiveRun, failure: FailureKind, reason: str) -> Outcome:
        """The end of a run that has told nothing of its end: it keeps what its curve came to."""
        definition = self._active.definition
        place, value = run.judged(definition.objective)
        epoch, metrics = place if self._active.looks.by == "epoch" else None, run.judged_metrics
        further = further_values(definition, metrics)
        return Outcome(RunState.FAILED, reason, value, metrics, failure, metrics_epoch=epoch, further_values=further)

    def _requeue(
        self,
        trial: ActiveTrial,
        run: ActiveRun,
        reason: str,
        effects: Effects,
        *,
        attempt_used: bool,
        failure: FailureKind | None = None,
    ) -> None:
        """Let the run wait again; its next start begins at its checkpoint, behind the last step that is recorded.

        Nobody waits for the commit: if the engine dies before it, the row says RUNNING, and the next engine requeues
        the run itself. The next start is posted behind this write, so the rows never see it before.
        """
        run_id, start = run.run.id, run.run.starts
        effects.operations.append(
            lambda tx: tx.requeue_run(run_id, reason, start=start, attempt_used=attempt_used, failure=failure)
        )
        effects.transitions.append(Transition("requeue", trial.trial.number, run_id, reason))
        run.run = replace(run.run, state=RunState.WAITING, attempt=run.run.attempt + attempt_used)
        self._active.take_back(run)
        run.uploading, run.release, run.timed_out, run.stop_reason = False, False, False, ""

    def _end(self, trial: ActiveTrial, run: ActiveRun, outcome: Outcome, effects: Effects) -> None:
        """The end of a run and, with its last run, of the trial: in one write, so that no row shows half of it."""
        ends = [(self._take_out(trial, run, outcome, effects), outcome)]
        loses = outcome.state == RunState.COMPLETED and self._active.race(trial)
        if trial.given_up:
            ends += self._give_up(trial, effects)
        whole = end_of_trial(self._active.definition, trial) if not trial.runs else None
        trial_id = trial.trial.id
        attributes = {**trial.trial.sampler_attrs, **self._active.pruning.attributes(trial.trial.number)}

        def store(tx: Transaction) -> None:
            for record, end in ends:
                tx.end_run(record.id, record.starts, end)
            if loses:  # the engine that comes next is to know: judged anew, it might be another
                tx.set_trial_reason(trial_id, trial.pruned)
            if whole is not None:
                tx.end_trial(trial_id, whole, attributes)

        effects.operations.append(store)
        if whole is not None:
            ended = EndedTrial(_ended(trial.trial, whole), max(trial.curve.items(), default=None))
            self._active.end(ended.record)
            effects.ended = ended
            effects.transitions.append(Transition(f"trial {whole.state}", ended.record.number, "", whole.reason))

    def _take_out(self, trial: ActiveTrial, run: ActiveRun, outcome: Outcome, effects: Effects) -> Run:
        record = replace(
            run.run,
            state=outcome.state,
            reason=outcome.reason,
            value=outcome.value,
            objective_values=outcome.objective_values,
            metrics=outcome.metrics,
            metrics_epoch=outcome.metrics_epoch,
            failure=outcome.failure,
        )
        self._active.take_back(run)
        trial.ended_seconds += run.seconds
        trial.runs.pop(record.id)
        trial.ended.append(record)
        effects.transitions.append(Transition(f"run {record.state}", record.trial_number, record.id, record.reason))
        return record

    def _give_up(self, trial: ActiveTrial, effects: Effects) -> list[tuple[Run, Outcome]]:
        """The trial's other runs are of no use: they end at once, or as soon as they hear it."""
        outcome = Outcome(RunState.CANCELLED, trial.given_up, spared=bool(trial.pruned))
        ends = []
        for run in list(trial.runs.values()):
            if run.submitted:
                if run.release or not run.stop_reason:  # a released run would come back
                    effects.stops.append((run, outcome.reason))
            else:
                ends.append((self._take_out(trial, run, outcome, effects), outcome))
        return ends


def _ended(trial: Trial, whole: Outcome) -> Trial:
    return replace(
        trial,
        state=whole.state,
        reason=whole.reason,
        value=whole.value,
        objective_values=whole.objective_values,
        infeasible=whole.infeasible,
        metrics=whole.metrics,
        failure=whole.failure,
    )
