"""What the events of a run do to its study: its curve, what is decided from it, and its end (`run_ends`). No I/O.

An event changes the study's state in memory at once and comes to `Effects`, which `study_task` carries out. Nobody
waits for the writes, because they are committed in order: whatever is decided from a result, be it a pruning, another
trial or the study's end, is written behind it. So after a crash there is no row whose cause is not a row too. The one
thing that must be durable before anything is done about it is a new trial (`new_trials`).

A group of writes whose commit failed, or was not answered, comes again write by write (`writer`). So each must be
harmless when it is repeated, and names the start that it is of; the first that raises ends its study's runner. A worker
keeps what it has said until that is committed (`leading.acknowledge_for_ever`), and else tells the next engine; so an
answer need not wait for the commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from experiments.reporting import Decision, Report
from service.engine.state import ActiveStudy
from service.engine.task.effects import Effects
from service.engine.task.run_ends import RunEnds
from service.engine.trials.active_trial import ActiveRun, ActiveTrial
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
from service.study.node_losses import NodeLosses
from service.study.records import Artifact


class RunEvents:
    """Applies the events of one study's runs to its state."""

    def __init__(self, active: ActiveStudy, ends: RunEnds) -> None:
        self._active = active
        self._ends = ends

    def apply(self, event: Event) -> Effects:
        """What the event comes to; one of a start that is over comes to nothing."""
        effects = Effects()
        found = self._active.submitted(event.run_id, event.start)
        if found is None:
            return effects
        trial, run = found
        post = effects.post
        match event.payload:
            case Started(worker=worker, host=host, ago=ago):
                run.training = True
                placement = Placement(worker, host, self._active.key.resources, ago, run.is_alone)
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
                artifact = Artifact(run_id=event.run_id, created_at=datetime.now(UTC), **vars(stored))
                post(lambda tx: tx.add_artifact(artifact))
            case Log(text=text):
                effects.log(event.run_id, event.start, text, event.seq)
            case Finished() as finished:
                self._ends.finished(trial, run, finished, effects)
            case Refused(message=message):
                effects.hold = message
                self._ends.requeue(trial, run, message, effects, attempt_used=False)
            case Failed(traceback=traceback) as failed:
                effects.log(event.run_id, event.start, traceback or f"{failed.message}\n", event.seq)
                self._ends.failed(trial, run, failed, effects)
            case Lost() as lost:
                self._ends.failed(trial, run, lost, effects)
        return effects

    def _finishing(self, trial: ActiveTrial, run: ActiveRun, judged: Mapping[str, float], effects: Effects) -> None:
        if run.stop_reason:  # it has heard that it is to end, and its files take their time
            effects.upload = (run, False)
        effects.answer = Decision.KEEP if self._active.results.worth_keeping(trial, run, judged) else Decision.DROP

    def _metrics(self, trial: ActiveTrial, run: ActiveRun, metrics: Metrics, effects: Effects) -> None:
        rows, record = metrics.rows, run.run
        if rows:
            effects.post(lambda tx: tx.append_points(record.id, record.starts, rows))
            run.recorded_step = max(run.recorded_step, rows[-1].step)
            run.recorded_epoch = max(run.recorded_epoch, rows[-1].epoch)
            self._compute(trial, run, rows)
        monitor = self._active.definition.objective.monitor
        for row in rows:
            value = monitor.value(row.metrics)
            if value is not None:
                place = self._active.judging.looks.place(row.step, row.epoch)
                run.add_value(self._active.definition.objective, place, value, row.metrics)
        if metrics.awaits:
            last = rows[-1]
            effects.answer = self._decide(trial, run, self._active.judging.looks.place(last.step, last.epoch))
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
            # Once a place is judged, the answer is kept, for a worker that asks once more.
            reason = self._active.judging.judge(trial, place) if run.feeds_pruner else ""
            run.judged_place, run.pruned_because = place, reason
        if run.pruned_because and place == run.judged_place:
            return Decision.PRUNE
        return Decision.STOP if run.stop_reason else Decision.CONTINUE

    def _checkpoint(self, run: ActiveRun, stored: CheckpointStored, effects: Effects) -> None:
        if run.pruned_because:
            return  # if the engine dies too before this is written, the run must come to where it is judged once more
        epochs = [epoch for step, epoch in run.epoch_at.items() if step <= stored.step]
        run.epoch_at = {step: epoch for step, epoch in run.epoch_at.items() if step > stored.step}
        reached = {"epoch": max(epochs, default=resume_epoch(run.checkpoints)), "judged_place": run.judged_place}
        checkpoint, record = {**asdict(stored), **reached}, run.run
        run.checkpoints, run.node_losses = with_newest(checkpoint, run.checkpoints), NodeLosses()
        effects.post(lambda tx: tx.add_checkpoint(record.id, record.starts, checkpoint))
