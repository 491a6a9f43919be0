"""What the events of a run do: curves, decisions, ends, and second attempts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from experiments.reporting import Decision, Report
from service.engine.search import Search
from service.engine.state import ActiveRun, ActiveStudy, ActiveTrial
from service.engine.stops import Stops
from service.engine.writer import Writer
from service.study.checkpoints import with_newest
from service.study.jobs import Event, EventKind, Pool
from service.study.ports import Outcome, Transaction
from service.study.records import Artifact, Run
from service.study.replicates import aggregate
from service.study.states import RETRIES, FailureKind, RunState

GIVEN_UP = "another run of the trial failed"


class RunEvents:
    """Handles the events of one study's runs, one after the other."""

    def __init__(
        self,
        active: ActiveStudy,
        search: Search,
        turn: asyncio.Lock,
        *,
        writer: Writer,
        pool: Pool,
        stops: Stops,
        wake: Callable[[], None],
        hold: Callable[[str], None],
    ) -> None:
        self._active = active
        self._search = search
        self._turn = turn
        self._writer = writer
        self._pool = pool
        self._stops = stops
        self._wake = wake
        self._hold = hold
        self.telling = 0
        """Ends that are being stored: a sampler that learns waits for them."""

    async def handle(self, event: Event) -> None:
        """Do what the event asks for; an event of an attempt that is over changes nothing."""
        found = self._find(event)
        if found is None:
            return
        trial, run = found
        match event.kind:
            case EventKind.STARTED:
                worker = str(event.payload["worker"])
                self._writer.post(lambda tx: tx.assign_run(event.run_id, event.attempt, worker))
            case EventKind.METRICS:
                await self._metrics(trial, run, event)
            case EventKind.FINISHING:
                keep = self._active.worth_keeping(trial, run)
                await self._answer(event, Decision.KEEP if keep else Decision.DROP)
            case EventKind.UPLOADING:
                self._stops.uploading(run, ended=bool(event.payload["ended"]))
            case EventKind.CHECKPOINT:
                self._checkpoint(run, event)
            case EventKind.ARTIFACT:
                artifact = Artifact(run_id=event.run_id, created_at=datetime.now(UTC), **event.payload)
                self._writer.post(lambda tx: tx.add_artifact(artifact))
            case EventKind.LOG:
                self._log(event.run_id, str(event.payload["text"]))
            case EventKind.FINISHED:
                await self._finished(trial, run, event)
            case EventKind.REFUSED:
                self._requeue(run, str(event.payload["message"]), attempt_used=False)
                self._hold(str(event.payload["message"]))
            case EventKind.FAILED | EventKind.LOST:
                await self._failed(trial, run, event)

    def _find(self, event: Event) -> tuple[ActiveTrial, ActiveRun] | None:
        for trial in self._active.trials.values():
            run = trial.runs.get(event.run_id)
            if run is not None and run.submitted and run.run.attempt == event.attempt:
                return trial, run
        return None

    async def _answer(self, event: Event, decision: Decision) -> None:
        await self._pool.decide(event.run_id, event.attempt, event.seq, decision)

    def _log(self, run_id: str, text: str) -> None:
        self._writer.post(lambda tx: tx.append_log(run_id, text))

    # --- curves

    async def _metrics(self, trial: ActiveTrial, run: ActiveRun, event: Event) -> None:
        rows = [Report(*row) for row in event.payload["rows"]]
        if rows:
            self._writer.post(lambda tx: tx.append_points(event.run_id, event.attempt, rows))
            run.recorded_step = max(run.recorded_step, rows[-1].step)
        await self._follow_objective(trial, run, rows)
        if event.payload["awaits"]:
            await self._answer(event, await self._decide(trial, run, rows[-1].epoch))

    async def _follow_objective(self, trial: ActiveTrial, run: ActiveRun, rows: list[Report]) -> None:
        monitor = self._active.definition.objective.monitor
        async with self._turn:
            for row in rows:
                value = monitor.value(row.metrics)
                if value is not None:
                    run.values.setdefault(row.epoch, value)
                    if run.feeds_pruner:
                        self._search.report(trial.trial.number, row.epoch, value)

    async def _decide(self, trial: ActiveTrial, run: ActiveRun, epoch: int) -> Decision:
        """A run that will come back is judged before it is stopped, because it goes on behind this epoch."""
        if run.stop_reason and not run.release:
            return Decision.STOP
        if epoch in run.values and epoch > run.judged_epoch:
            async with self._turn:
                reason = self._search.prune_reason(trial.trial.number, epoch)
            run.judged_epoch, run.pruned_because = epoch, reason or ""
        if run.pruned_because and epoch == run.judged_epoch:
            return Decision.PRUNE
        return Decision.STOP if run.stop_reason else Decision.CONTINUE

    def _checkpoint(self, run: ActiveRun, event: Event) -> None:
        if run.pruned_because:
            return  # it will not go on, unless its worker dies first; then it must hear the answer once more
        checkpoint = {**event.payload, "judged_epoch": run.judged_epoch}
        run.checkpoints = with_newest(checkpoint, run.checkpoints)
        self._writer.post(lambda tx: tx.add_checkpoint(event.run_id, event.attempt, checkpoint))

    # --- ends

    async def _finished(self, trial: ActiveTrial, run: ActiveRun, event: Event) -> None:
        ended = Decision(event.payload["ended"])
        if ended == Decision.STOP and run.release and run.pruned_because:
            ended = Decision.PRUNE  # it stopped before it heard the answer
        elif ended == Decision.STOP and run.release:
            self._requeue(run, run.stop_reason, attempt_used=False)
            return
        await self.end_run(trial, run, self._outcome(run, ended, event.payload))

    def _outcome(self, run: ActiveRun, ended: Decision, payload: Any) -> Outcome:
        """The end as the training tells it: its value is that of the epoch whose weights it kept."""
        objective = self._active.definition.objective
        value = objective.monitor.value(payload["metrics"])
        outcome = Outcome(
            RunState.COMPLETED,
            str(payload["reason"]),
            value,
            payload["metrics"],
            metrics_epoch=payload["metrics_epoch"],
            epochs=payload["epochs"],
            training_time=payload["training_time"],
        )
        if ended == Decision.PRUNE:
            return replace(outcome, state=RunState.PRUNED, reason=run.pruned_because)
        if ended == Decision.STOP:
            return replace(outcome, state=RunState.CANCELLED, reason=run.stop_reason)
        if value is None:
            reason = f"the metric {objective.metric!r} has no finite value"
            return replace(outcome, state=RunState.FAILED, reason=reason, failure=FailureKind.USER_ERROR)
        return outcome

    async def _failed(self, trial: ActiveTrial, run: ActiveRun, event: Event) -> None:
        failure, message = FailureKind(event.payload["failure"]), str(event.payload["message"])
        if event.kind is EventKind.FAILED:
            self._log(event.run_id, event.payload["traceback"] or f"{message}\n")
        if run.release:
            self._requeue(run, message, attempt_used=True)
        elif run.stop_reason:
            await self.end_run(trial, run, Outcome(RunState.CANCELLED, run.stop_reason))
        elif event.attempt <= RETRIES[failure]:
            self._log(event.run_id, f"attempt {event.attempt}: {message}; it is started again\n")
            self._requeue(run, message, attempt_used=True)
        else:
            tried = f" (after {event.attempt} attempts)" if event.attempt > 1 else ""
            epoch, value = run.judged(self._active.definition.objective)
            end = Outcome(RunState.FAILED, message + tried, value, failure=failure, metrics_epoch=epoch)
            await self.end_run(trial, run, end)

    def _requeue(self, run: ActiveRun, reason: str, *, attempt_used: bool) -> None:
        run_id = run.run.id
        self._writer.post(lambda tx: tx.requeue_run(run_id, reason, attempt_used=attempt_used))
        run.run = replace(run.run, state=RunState.WAITING, attempt=run.run.attempt + attempt_used)
        run.submitted, run.uploading, run.release, run.stop_reason = False, False, False, ""

    async def end_run(self, trial: ActiveTrial, run: ActiveRun, outcome: Outcome) -> None:
        """Store the end of a run and, with its last run, of the trial; then let the sampler learn from it."""
        self.telling += 1
        try:
            await self._store_end(trial, run, outcome)
        finally:
            self.telling -= 1

    async def _store_end(self, trial: ActiveTrial, run: ActiveRun, outcome: Outcome) -> None:
        ends = [(self._take_out(trial, run, outcome), outcome)]
        if outcome.state == RunState.FAILED:
            ends += self._give_up(trial)
        whole = self._trial_outcome(trial) if not trial.runs else None
        async with self._turn:
            attributes = self._search.attributes(trial.trial.number)

        def store(tx: Transaction) -> None:
            for record, end in ends:
                tx.end_run(record.id, record.attempt, end)
            if whole is not None:
                tx.end_trial(trial.trial.id, whole, attributes)

        if outcome.state == RunState.COMPLETED:
            self._wake()  # the worker is free: another study, or a trial drawn ahead, need not wait for the commit
        await self._writer.write(store)
        if whole is not None:
            await self._end_trial(trial, whole)

    def _take_out(self, trial: ActiveTrial, run: ActiveRun, outcome: Outcome) -> Run:
        record = replace(run.run, state=outcome.state, value=outcome.value, metrics=outcome.metrics)
        record = replace(record, reason=outcome.reason, failure=outcome.failure, metrics_epoch=outcome.metrics_epoch)
        run.submitted = False
        trial.runs.pop(record.id)
        trial.ended.append(record)
        return record

    def _give_up(self, trial: ActiveTrial) -> list[tuple[Run, Outcome]]:
        """One failed run fails its trial: the others are cancelled, at once or as soon as they hear it."""
        outcome = Outcome(RunState.CANCELLED, GIVEN_UP)
        ends = []
        for run in list(trial.runs.values()):
            if run.submitted:
                if run.release or not run.stop_reason:  # a released run would come back
                    self._stops.ask(run, outcome.reason, release=False)
            else:
                ends.append((self._take_out(trial, run, outcome), outcome))
        return ends

    def _trial_outcome(self, trial: ActiveTrial) -> Outcome:
        """The trial ends like the worst of its runs; of several, its value is that of those that completed."""
        if len(trial.ended) == 1:
            (run,) = trial.ended
            return Outcome(run.state, run.reason, run.value, run.metrics, run.failure)
        value, metrics = aggregate(self._active.definition, trial.ended)
        for run in trial.ended:
            if run.state == RunState.FAILED:
                return Outcome(run.state, f"{_place(run, trial)}: {run.reason}", value, metrics, run.failure)
        for run in trial.ended:
            if run.state == RunState.CANCELLED:
                return Outcome(run.state, run.reason, value, metrics)
        reasons = {run.reason for run in trial.ended}
        return Outcome(RunState.COMPLETED, reasons.pop() if len(reasons) == 1 else "", value, metrics)

    async def _end_trial(self, trial: ActiveTrial, whole: Outcome) -> None:
        record = replace(
            trial.trial,
            state=whole.state,
            reason=whole.reason,
            value=whole.value,
            metrics=whole.metrics,
            failure=whole.failure,
        )
        self._active.end(record)
        async with self._turn:
            self._search.tell(record.number, record.state, record.value, record.failure)


def _place(run: Run, trial: ActiveTrial) -> str:
    """Which of a trial's runs it is, in words."""
    fold = f", fold {run.fold}" if run.fold is not None else ""
    return f"one of {len(trial.ended)} runs (seed {run.seed}{fold})"
