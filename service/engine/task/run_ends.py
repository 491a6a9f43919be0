"""How the start of a run ends: with the run, or so that it waits for its next start. No I/O.

An attempt is used when a run failed, or its worker's process alone is gone; but not where it was lost while it was to
pause, nor by a member of a population that diverged, whether it was to pause or not. All kinds of failure count
together: `RETRIES` says up to which attempt one that ended so is tried again. Only want of memory has one more, in
whatever attempt it comes (`ActiveRun.use_attempt`).
"""

from __future__ import annotations

import math
from dataclasses import replace

from experiments.reporting import Decision
from service.engine.state import ActiveStudy
from service.engine.task.effects import Effects, EndedTrial
from service.engine.transitions import Transition
from service.engine.trials.active_trial import ActiveRun, ActiveTrial
from service.engine.trials.ends import cut_short, end_of_trial
from service.study.jobs import Failed, Finished, Lost
from service.study.node_losses import POISON
from service.study.ports import Outcome, Transaction
from service.study.records import Run, Trial
from service.study.replicates import further_values
from service.study.states import INFRASTRUCTURE, FailureKind, RunState


class RunEnds:
    """Ends the starts, and the runs, of one study."""

    def __init__(self, active: ActiveStudy) -> None:
        self._active = active

    def failed(self, trial: ActiveTrial, run: ActiveRun, end: Failed | Lost, effects: Effects) -> None:
        """A run that failed, or whose worker is lost: what was decided about it before comes first.

        If it was judged, it is PRUNED, though it never heard so, unless it was asked to end otherwise. Released, it
        waits, even after its last attempt. Asked to end, it does. Else it is tried again, if it may.
        """
        failure, message = end.failure, end.message
        if failure is FailureKind.NODE_LOST and run.training:  # before it trained, it cannot be what ended the node
            run.node_losses = run.node_losses.once_more(alone=run.is_alone)
        if run.pruned_because and run.comes_back:
            self._end(trial, run, self._so_far(run, RunState.PRUNED, run.pruned_because), effects)
        elif run.release:  # a worker that did not listen may have been ended by us, so its loss uses no attempt
            run.diverged = self._takes_over(failure)
            used = isinstance(end, Failed) and failure not in INFRASTRUCTURE and not run.diverged
            self.requeue(trial, run, message, effects, attempt_used=used, failure=failure)
        elif run.timed_out:
            self._end(trial, run, self._so_far(run, RunState.FAILED, run.stop_reason, FailureKind.TIMEOUT), effects)
        elif run.cut_short:
            kept = self._so_far(run, RunState.FAILED, message, failure)
            self._end(trial, run, cut_short(self._active.definition, kept, run.cut_short), effects)
        elif run.stop_reason:
            self._end(trial, run, self._so_far(run, _stopped(trial, run), run.stop_reason), effects)
        else:
            self._try_again(trial, run, failure, message, effects)

    def _try_again(
        self, trial: ActiveTrial, run: ActiveRun, failure: FailureKind, message: str, effects: Effects
    ) -> None:
        """Let the run wait for its next start, with its newest checkpoint; or it has none left, and is FAILED."""
        record, attempt = run.run, run.run.attempt
        if self._takes_over(failure):
            run.diverged = True
            effects.log(record.id, record.starts, f"{message}; it is to go on from another member's checkpoint\n")
            self.requeue(trial, run, message, effects, attempt_used=False, failure=failure)
        elif run.node_losses.is_poison:
            reason = f"it ended its node {POISON} times, alone there and without a new checkpoint: {message}"
            self._end(trial, run, self._so_far(run, RunState.FAILED, reason, failure), effects)
        elif failure in INFRASTRUCTURE:
            effects.log(record.id, record.starts, f"attempt {attempt}: {message}; it is placed anew\n")
            self.requeue(trial, run, message, effects, attempt_used=False, failure=failure)
        elif run.use_attempt(failure, attempt):
            how = ", alone on its node" if run.is_alone else ""
            effects.log(record.id, record.starts, f"attempt {attempt}: {message}; it is started again{how}\n")
            self.requeue(trial, run, message, effects, attempt_used=True, failure=failure)
        else:
            tried = f" (after {attempt} attempts)" if attempt > 1 else ""  # of all kinds of failure
            self._end(trial, run, self._so_far(run, RunState.FAILED, message + tried, failure), effects)

    def _takes_over(self, failure: FailureKind) -> bool:
        """Whether a run that failed so is a member that is to go on from another's checkpoint, not from its own."""
        population = self._active.population
        return failure is FailureKind.DIVERGED and population is not None and population.pause_after > 0

    def finished(self, trial: ActiveTrial, run: ActiveRun, finished: Finished, effects: Effects) -> None:
        """A run whose training came to its end, or to where it was to stop: it ends, or waits again."""
        ended = finished.ended
        if ended == Decision.PRUNE and not run.pruned_because:
            run.pruned_because = "pruned by the engine before this one"
        if ended == Decision.STOP and run.comes_back and run.pruned_because:
            ended = Decision.PRUNE  # it stopped before it heard the answer
        elif ended == Decision.STOP and run.comes_back:
            self._paused(trial, run, finished, effects)
            return
        self._end(trial, run, self._outcome(trial, run, ended, finished), effects)

    def _paused(self, trial: ActiveTrial, run: ActiveRun, finished: Finished, effects: Effects) -> None:
        """It was released, or has come to the end of an interval, where the population waits for a checkpoint of it."""
        population = self._active.population
        end = population.pause_after if population is not None else 0
        is_there = population is not None and population.waits(run)
        if end and not run.stop_reason and finished.epochs >= end and not is_there:
            message = f"it left no checkpoint after epoch {end}, from which it or others could go on"
            self.failed(trial, run, Lost(FailureKind.WORKER_LOST, message), effects)
        else:
            waits = f"waits at epoch {end} for the rest of the population" if is_there else ""
            self.requeue(trial, run, run.stop_reason or waits, effects, attempt_used=False)

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
            return replace(outcome, state=_stopped(trial, run), reason=run.stop_reason)
        needed = [
            *(each.metric for each in definition.objectives),
            *(each.metric for each in definition.constraints if each.metric),
        ]
        if missing := [name for name in needed if not math.isfinite(finished.metrics.get(name, math.nan))]:
            where = f" in epoch {finished.metrics_epoch}, which counts" if value is not None else ""
            reason = f"the metric {missing[0]!r} has no finite value{where}"
            return replace(outcome, state=RunState.FAILED, reason=reason, failure=FailureKind.USER_ERROR)
        return outcome

    def end_run(self, trial: ActiveTrial, run: ActiveRun, outcome: Outcome) -> Effects:
        """The end of a run for a reason of our own; one that waits is started for it, if it is not cancelled."""
        effects = Effects()
        if not run.submitted and outcome.state != RunState.CANCELLED:
            self._active.submit(trial, run)
            record = run.run
            effects.post(lambda tx: tx.start_run(record.id, record.starts))
        self._end(trial, run, outcome, effects)
        return effects

    def end_of_waiting(self, trial: ActiveTrial, run: ActiveRun, reason: str = "") -> Outcome:
        """How a run ends that no worker has: cancelled; or, where nothing else is left to judge a trial by whose limits
        are used up, with what it had come to."""
        if trial.out_of_limits and not reason and len(trial.runs) + len(trial.ended) == 1:
            kept = self._so_far(run, RunState.FAILED, trial.out_of_limits, FailureKind.TIMEOUT)
            kept = cut_short(self._active.definition, kept, trial.out_of_limits)
            if kept.state == RunState.COMPLETED:
                return kept
        return Outcome(RunState.CANCELLED, reason or trial.given_up, spared=not reason and bool(trial.pruned))

    def requeue(
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
        effects.post(lambda tx: tx.requeue_run(run_id, reason, start=start, attempt_used=attempt_used, failure=failure))
        effects.transitions.append(Transition("requeue", trial.trial.number, run_id, reason))
        run.run = replace(run.run, state=RunState.WAITING, attempt=run.run.attempt + attempt_used)
        self._active.take_back(run)
        run.uploading, run.release, run.timed_out, run.stop_reason = False, False, False, ""

    def _end(self, trial: ActiveTrial, run: ActiveRun, outcome: Outcome, effects: Effects) -> None:
        """The end of a run and, with its last run, of the trial: in one write, so that no row shows half of it."""
        ends = [(self._take_out(trial, run, outcome, effects), outcome)]
        loses = outcome.state == RunState.COMPLETED and self._active.judging.race(trial, self._active.results.best())
        if trial.given_up:
            ends += self._give_up(trial, effects)
        whole = end_of_trial(self._active.definition, trial) if not trial.runs else None
        trial_id = trial.trial.id
        attributes = {**trial.trial.sampler_attrs, **self._active.judging.attributes(trial.trial.number)}

        def store(tx: Transaction) -> None:
            for record, end in ends:
                tx.end_run(record.id, record.starts, end)
            if loses:  # the engine that comes next is to know: judged anew, it might be another
                tx.set_trial_reason(trial_id, trial.pruned)
            if whole is not None:
                tx.end_trial(trial_id, whole, attributes)

        effects.post(store)
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
                if run.comes_back:
                    effects.stops.append((run, outcome.reason))
            else:
                ends.append((self._take_out(trial, run, outcome, effects), outcome))
        return ends

    def _so_far(self, run: ActiveRun, state: RunState, reason: str, failure: FailureKind | None = None) -> Outcome:
        """The end of a run that has told nothing of its end: it keeps what its curve came to."""
        definition = self._active.definition
        place, value = run.judged(definition.objective)
        epoch, metrics = place if self._active.judging.looks.by == "epoch" else None, run.judged_metrics
        further = further_values(definition, metrics)
        return Outcome(state, reason, value, metrics, failure, metrics_epoch=epoch, further_values=further)


def _stopped(trial: ActiveTrial, run: ActiveRun) -> RunState:
    """How a run ends that was stopped for good: with its trial, if that was pruned."""
    return RunState.PRUNED if run.stop_reason == trial.pruned else RunState.CANCELLED


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
