"""The engine's writes: legal state changes, each with its event and its item, committed together or not at all.

Trials and runs are changed in memory and written at the end, so a group of operations costs few statements, and an
operation that raises has changed nothing. What is written of a run names the start that it is of, because a group whose
commit was made but not answered comes once more, behind later starts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from experiments.reporting import Report
from service.errors import IllegalTransition, RunNotFound, TrialNotFound
from service.storage.db.database import Insert, in_both_dialects, insert
from service.storage.db.identity_map import ATTEMPTS, RUNS, TRIALS, IdentityMap, Values
from service.storage.db.population_tables import continuations, is_stored
from service.storage.db.rows import clean_text, finite, finite_metrics
from service.storage.db.tables import artifacts, run_logs
from service.storage.writes import silence, study_writes
from service.storage.writes.changes import ChangeLog
from service.storage.writes.payloads import (
    attempt_id,
    attempt_values,
    metrics_payload,
    run_payload,
    run_values,
    trial_payload,
    trial_values,
)
from service.storage.writes.points import PointBuffer, rising
from service.storage.writes.totals import Totals
from service.study.checkpoints import Checkpoint, resume_epoch, with_newest
from service.study.jobs import Placement, RunStart
from service.study.ports import Outcome
from service.study.records import Artifact, CodeCheck, Continuation, Run, Trial
from service.study.states import RUN_TRANSITIONS, TRIAL_TRANSITIONS, FailureKind, RunState, StudyState


class EngineTransaction:
    """One write transaction of the engine that leads; see ``service.study.ports.Transaction``."""

    def __init__(self, connection: Connection, metrics_seen: set[tuple[str, str]]) -> None:
        self._connection = connection
        self._now = datetime.now(UTC)
        self._trials = IdentityMap(connection, TRIALS)
        self._runs = IdentityMap(connection, RUNS)
        self._attempts = IdentityMap(connection, ATTEMPTS)
        self._points = PointBuffer(metrics_seen)
        self._texts: list[Values] = []
        self._continuations: list[Values] = []
        self._artifacts: dict[tuple[str, str], Values] = {}
        self._totals = Totals()
        self._log = ChangeLog()

    @property
    def new_metrics(self) -> set[tuple[str, str]]:
        """Pairs of study and metric that became known."""
        return self._points.new_metrics

    def insert_trial(self, trial: Trial, runs: Sequence[Run]) -> None:
        """A sampled trial, WAITING, with its runs; the same trial again changes nothing.

        Raises:
            IllegalTransition: it does not begin as WAITING.
        """
        if self._trials.get(trial.id) is not None:
            return
        if {trial.state, *(run.state for run in runs)} != {RunState.WAITING}:
            raise IllegalTransition(f"trial {trial.number} must begin as WAITING, with its runs")
        self._trials.add(trial_values(trial))
        self._totals.came(self._trial(trial.id))
        for run in runs:
            self._runs.add(run_values(run))
            self._totals.spend(run.study_id, reserved_epochs=run.planned_epochs)
        payload = {"parameters": trial.parameters, "run_ids": [run.id for run in runs]}
        self._trial_changed(self._trial(trial.id), payload)

    def start_run(self, run_id: str, start: int) -> None:
        """WAITING to RUNNING; the trial starts with its first run. Their time counts from when a worker takes the run.

        The same start again changes nothing, whether it is over or not.

        Raises:
            IllegalTransition: the run is not waiting.
        """
        run = self._run(run_id)
        if start <= run["starts"]:
            return
        trial = self._trial(run["trial_id"])
        _check(f"trial {trial['number']}", trial, RunState.RUNNING, TRIAL_TRANSITIONS, same=True)
        _check(f"run {run_id}", run, RunState.RUNNING, RUN_TRANSITIONS)
        begun = {"state": RunState.RUNNING, "reason": ""}
        if trial["state"] == RunState.WAITING:
            self._trials.change(trial, begun)
            self._totals.came(trial, RunState.WAITING)
            self._trial_changed(trial)
        self._runs.change(run, begun | {"starts": start})
        self._run_changed(run)

    def assign_run(self, run_id: str, start: int, placement: Placement) -> None:
        """Which worker trains the start, and with what; with the first one, the time of run and trial begins."""
        run = self._current(run_id, start)
        if run is None or run["worker"] == placement.worker:
            return
        began = self._now - timedelta(seconds=placement.ago)
        self._begin(run, began)
        self._runs.change(run, {"worker": placement.worker})
        self._attempts.add(attempt_values(run, placement, began))
        self._totals.spend(run["study_id"], open_attempts=1)
        self._run_changed(run)

    def _begin(self, run: Values, began: datetime) -> None:
        for rows, row in ((self._runs, run), (self._trials, self._trial(run["trial_id"]))):
            if row["started_at"] is None:
                rows.change(row, {"started_at": began})

    def requeue_run(
        self,
        run_id: str,
        reason: str,
        *,
        start: int | None = None,
        attempt_used: bool = False,
        failure: FailureKind | None = None,
    ) -> None:
        """RUNNING to WAITING, unless this start of it is over; without one, in whichever it is.

        Raises:
            IllegalTransition: the run has ended, and no start is given.
        """
        run = self._run(run_id)
        is_over = start is not None and (start < run["starts"] or RunState(run["state"]).ended)
        if is_over or run["state"] == RunState.WAITING:
            return
        _check(f"run {run_id}", run, RunState.WAITING, RUN_TRANSITIONS)
        self._end_attempt(run, RunState.WAITING, clean_text(reason), failure)
        changes = {"state": RunState.WAITING, "reason": clean_text(reason), "worker": None}
        self._runs.change(run, changes | {"attempt": run["attempt"] + attempt_used})
        self._reach(run, resume_epoch(run["checkpoints"]))
        self._run_changed(run)

    def append_points(self, run_id: str, start: int, rows: Sequence[Report]) -> None:
        """Rows of the curve; rows at or below the recorded step are dropped."""
        run = self._current(run_id, start)
        if run is None:
            return
        self._compute(run, rows)
        fresh = rising(rows, run["recorded_step"])
        if not fresh:
            return
        last = fresh[-1]
        self._points.add(run, run["attempt"], fresh)
        changes = {"recorded_step": last.step, "epochs": last.epoch, "training_time": finite(last.training_time) or 0.0}
        self._runs.change(run, changes)
        self._log.event(run["study_id"], "metrics", metrics_payload(run, fresh))
        self._log.bump("trial", run["trial_id"], run["study_id"])

    def append_log(self, run_id: str, text: str, event: tuple[int, int] | None = None) -> None:
        """Text at the end of the run's log; nothing when the run is gone, or the text of this number is stored."""
        run = self._runs.get(run_id)
        if text and run is not None:
            start, seq = event or (run["starts"], None)
            self._texts.append({"run_id": run_id, "start": start, "seq": seq, "text": clean_text(text)})

    def add_checkpoint(self, run_id: str, start: int, checkpoint: Checkpoint) -> None:
        """The newest resume checkpoint; the one before is kept with it, older ones are not."""
        run = self._current(run_id, start)
        if run is not None:
            self._runs.change(run, {"checkpoints": with_newest(checkpoint, run["checkpoints"])})

    def continue_runs(self, moves: Sequence[Continuation]) -> None:
        """What the members of a population go on with; those that take over a checkpoint have no other from then on."""
        newest = {each.run_id: self._run(each.run_id)["checkpoints"][:1] for each in moves}
        if moves and is_stored(self._connection, moves[0]):  # all of a decision are written together
            return
        for each in moves:
            run = self._run(each.run_id)
            self._continuations.append(asdict(each))
            if each.takes_over:
                self._runs.change(run, {"checkpoints": newest[each.from_run]})
                self._reach(run, each.epoch)
            self._run_changed(run)

    def add_artifact(self, artifact: Artifact) -> None:
        """A file, whose bytes are already stored; the same path again replaces it. Nothing when the run is gone."""
        run = self._runs.get(artifact.run_id)
        if run is not None:
            self._artifacts[artifact.run_id, artifact.path] = dict(vars(artifact))
            self._log.event(run["study_id"], "run", run_payload(run) | {"artifact": artifact.path})
            self._log.bump("run", artifact.run_id, run["study_id"])

    def end_run(self, run_id: str, start: int, outcome: Outcome) -> None:
        """RUNNING (or WAITING, when cancelled) to an end; the curve is compacted.

        A repeated end is answered like the first, and another start's late report changes nothing.

        Raises:
            IllegalTransition: the run cannot end so from its present state.
        """
        run = self._run(run_id)
        if start < run["starts"] or RunState(run["state"]).ended:
            return
        _check(f"run {run_id}", run, outcome.state, TRIAL_TRANSITIONS)
        counted = {
            "metrics_epoch": outcome.metrics_epoch,
            "epochs": max(outcome.epochs, run["epochs"]),
            "training_time": max(finite(outcome.training_time) or 0.0, run["training_time"]),
            "checkpoints": [],
        }
        if run["recorded_step"] >= 0:
            self._points.complete(run_id)
        self._end_attempt(run, outcome.state, clean_text(outcome.reason), outcome.failure)
        self._totals.spend(run["study_id"], reserved_epochs=-_remaining_epochs(run))
        if outcome.state == RunState.PRUNED or outcome.spared:
            self._totals.spend(run["study_id"], saved_epochs=max(0, run["planned_epochs"] - counted["epochs"]))
        self._runs.change(run, self._end(outcome) | counted)
        self._run_changed(run)

    def end_trial(self, trial_id: str, outcome: Outcome, sampler_attrs: Mapping[str, Any]) -> None:
        """The trial's end, with what the sampler wants to remember of it; the same end again changes nothing.

        Raises:
            IllegalTransition: it has ended otherwise, or cannot end so from its present state.
        """
        trial = self._trial(trial_id)
        if trial["state"] == outcome.state and outcome.state.ended:
            return
        _check(f"trial {trial['number']}", trial, outcome.state, TRIAL_TRANSITIONS)
        before = RunState(trial["state"])
        of_trial = {"infeasible": outcome.infeasible, "sampler_attrs": dict(sampler_attrs)}
        self._trials.change(trial, self._end(outcome) | of_trial)
        self._totals.came(trial, before)
        self._trial_changed(trial)

    def set_trial_reason(self, trial_id: str, reason: str) -> None:
        """Why a trial is being ended while runs of it have not; nothing once it has ended."""
        trial = self._trial(trial_id)
        if not RunState(trial["state"]).ended:
            self._trials.change(trial, {"reason": clean_text(reason)})
            self._trial_changed(trial)

    def set_study_state(self, study_id: str, state: StudyState, reason: str, wanted: int | None = None) -> None:
        """The study's state, as the engine found it; COMPLETED answers the wishes up to ``wanted``, without it all.

        Raises:
            IllegalTransition: the study cannot come to this state from its present one.
        """
        self._write_rows()
        change = study_writes.StateChange(state, reason, self._now, wanted)
        study_writes.write_state(self._connection, self._log, study_id, change)

    def hold_study(self, study_id: str, reason: str) -> None:
        """Want a study paused that is wanted running, because it cannot go on; another wish of the user's stands."""
        self._write_rows()
        study_writes.hold(self._connection, self._log, study_id, reason)

    def note_silence(self, going_on: Collection[RunStart]) -> None:
        """Of the starts that have not ended these go on; the others count until the engine before this was seen."""
        self._write_rows()
        silence.note(self._connection, going_on, self._now)

    def set_sampler_state(self, study_id: str, sampler_state: Mapping[str, Any]) -> None:
        """What the sampler keeps for the study as a whole."""
        study_writes.write_sampler_state(self._connection, study_id, sampler_state)

    def set_test_result(self, study_id: str, result: Mapping[str, Any]) -> None:
        """The best trial's result on the test split."""
        study_writes.write_test_result(self._connection, self._log, study_id, result)

    def set_code_check(self, study_id: str, check: CodeCheck, key: str | None) -> None:
        """What the dry run of the study's code found; ``key`` says which studies' would find the same, if any."""
        study_writes.write_code_check(self._connection, self._log, study_id, check, key)

    def delete_study(self, study_id: str) -> None:
        """Every row of the study; a tombstone tells MLflow to forget it."""
        self.flush()
        study_writes.erase(self._connection, study_id, self._now)

    def flush(self) -> None:
        """Write what is still in memory."""
        self._write_rows()
        self._points.flush(self._connection)
        if self._texts:
            self._connection.execute(insert(self._connection, run_logs).on_conflict_do_nothing(), self._texts)
        if self._continuations:
            self._connection.execute(
                insert(self._connection, continuations).on_conflict_do_nothing(), self._continuations
            )
        if self._artifacts:
            self._connection.execute(_PUT_ARTIFACTS[self._connection.dialect.name], list(self._artifacts.values()))
        for study_id, n in self._log.n_events().items():
            self._totals.happened(study_id, n)
        self._log.flush(self._connection, self._now, self._totals.flush(self._connection, self._now))
        self._texts.clear()
        self._continuations.clear()
        self._artifacts.clear()
        self._trials.forget()
        self._runs.forget()
        self._attempts.forget()

    def _write_rows(self) -> None:
        for rows in (self._trials, self._runs, self._attempts):
            rows.insert_new()
        for rows in (self._trials, self._runs, self._attempts):
            rows.update_changed()

    def _end_attempt(self, run: Values, left_run: RunState, reason: str, failure: FailureKind | None) -> None:
        """The end of the run's last start, if it has not ended; a run that waits may never have had one."""
        attempt = self._attempts.get(attempt_id(run)) if run["worker"] is not None else None
        if attempt is not None and attempt["ended_at"] is None:
            ended_at = attempt["last_seen_at"] or self._now
            seconds = max(0.0, (ended_at - attempt["started_at"]).total_seconds())
            end = {"ended_at": ended_at, "left_run": left_run, "reason": reason, "failure": failure}
            device_seconds = attempt["gpus"] * seconds
            self._attempts.change(attempt, end | {"device_seconds": device_seconds})
            self._runs.change(run, {"spent_seconds": run["spent_seconds"] + seconds})
            spent = {"spent_seconds": seconds, "spent_device_seconds": device_seconds}
            self._totals.spend(run["study_id"], open_attempts=-1, **spent)

    def _compute(self, run: Values, rows: Sequence[Report]) -> None:
        """Epochs that this start has computed since its last rows, whether they were recorded before or not."""
        reached = max((row.begun_epochs for row in rows), default=0)
        if reached > run["reached_epoch"]:
            computed = reached - run["reached_epoch"]
            self._runs.change(run, {"computed_epochs": run["computed_epochs"] + computed})
            self._totals.spend(run["study_id"], spent_epochs=computed)
            self._reach(run, reached)

    def _reach(self, run: Values, epoch: int) -> None:
        before = _remaining_epochs(run)
        self._runs.change(run, {"reached_epoch": epoch})
        self._totals.spend(run["study_id"], reserved_epochs=_remaining_epochs(run) - before)

    def _run(self, run_id: str) -> Values:
        run = self._runs.get(run_id)
        if run is None:
            raise RunNotFound(f"there is no run {run_id!r}")
        return run

    def _trial(self, trial_id: str) -> Values:
        trial = self._trials.get(trial_id)
        if trial is None:
            raise TrialNotFound(f"there is no trial {trial_id!r}")
        return trial

    def _current(self, run_id: str, start: int) -> Values | None:
        """The run, if this start of it is the one that runs."""
        run = self._runs.get(run_id)
        current = run is not None and run["state"] == RunState.RUNNING and run["starts"] == start
        return run if current else None

    def _end(self, outcome: Outcome) -> Values:
        return {
            "state": outcome.state,
            "reason": clean_text(outcome.reason),
            "value": finite(outcome.value),
            "objective_values": [finite(value) for value in outcome.objective_values],
            "metrics": finite_metrics(outcome.metrics),
            "failure": outcome.failure,
            "ended_at": self._now,
        }

    def _run_changed(self, run: Values) -> None:
        self._log.event(run["study_id"], "run", run_payload(run))
        self._log.bump("trial", run["trial_id"], run["study_id"])

    def _trial_changed(self, trial: Values, more: Mapping[str, Any] | None = None) -> None:
        self._log.event(trial["study_id"], "trial", trial_payload(trial) | dict(more or {}))
        self._log.bump("trial", trial["id"], trial["study_id"])


def _check(
    what: str,
    row: Values,
    state: RunState,
    transitions: Mapping[RunState, frozenset[RunState]],
    *,
    same: bool = False,
) -> None:
    old = RunState(row["state"])
    if not (same and old is state) and state not in transitions[old]:
        raise IllegalTransition(f"{what} is {old} and cannot become {state}")


def _replacing(statement: Insert) -> Insert:
    replaced = {name: statement.excluded[name] for name in ("sha256", "size", "media_type", "created_at")}
    return statement.on_conflict_do_update(index_elements=["run_id", "path"], set_=replaced)


_PUT_ARTIFACTS = in_both_dialects(artifacts, _replacing)


def _remaining_epochs(run: Values) -> int:
    """What a run that has not ended may still take."""
    return max(0, int(run["planned_epochs"]) - int(run["reached_epoch"]))
