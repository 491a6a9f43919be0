"""A study the engine is working on: what is in flight, and the rules for what may start and when it ends. No I/O."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from service.engine.samplers import learns
from service.study.checkpoints import Checkpoint
from service.study.code import files_hash
from service.study.definition import Objective, StudyDefinition
from service.study.jobs import PoolKey, Resources
from service.study.ranking import rank
from service.study.records import Run, Study, Trial
from service.study.replicates import AGGREGATES
from service.study.states import RunState, StudyState

DRAWN_AHEAD = 4
"""Trials kept ready by samplers that do not learn, so that a free worker never waits for one."""


@dataclass
class ActiveRun:
    """A run that has not ended."""

    run: Run
    values: dict[int, float] = field(default_factory=dict)
    """Epoch to the objective's metric, where it is finite."""
    submitted: bool = False
    starts: int = 0
    """How often this engine gave it to a worker."""
    stop_reason: str = ""
    """Why it was asked to end; empty while nobody did."""
    uploading: bool = False
    """Whether its worker is storing a checkpoint."""
    release: bool = False
    """Whether it goes back to WAITING once it has stopped."""
    pruned_because: str = ""
    checkpoints: tuple[Checkpoint, ...] = ()
    recorded_step: int = -1
    judged_epoch: int = 0
    """The last epoch the pruner was asked about; ``pruned_because`` holds the answer, and it let all before pass."""

    @property
    def feeds_pruner(self) -> bool:
        """Whether it is the run of its trial whose curve the pruner sees."""
        return self.run.replicate == 0 and not self.run.fold

    def judged(self, objective: Objective) -> tuple[int, float] | tuple[None, None]:
        """The epoch that counts so far, and the objective there."""
        epoch = objective.monitor.judged_epoch(self.values)
        return (None, None) if epoch is None else (epoch, self.values[epoch])


@dataclass
class ActiveTrial:
    """A trial that has not ended, with those of its runs that have not, and the records of those that have."""

    trial: Trial
    runs: dict[str, ActiveRun] = field(default_factory=dict)
    ended: list[Run] = field(default_factory=list)

    @property
    def waiting(self) -> bool:
        """Whether none of its runs was ever started."""
        return self.trial.state == RunState.WAITING

    @property
    def given_up(self) -> bool:
        """Whether one of its runs failed, so that the others are of no use."""
        return any(run.state == RunState.FAILED for run in self.ended)

    @property
    def goes_on(self) -> bool:
        """Whether it has begun, and there is a point in training the rest of it."""
        return not self.waiting and not self.given_up


class ActiveStudy:
    """The state of one study in the engine's memory, derived from its rows."""

    def __init__(self, study: Study, definition: StudyDefinition) -> None:
        self.study = study
        self.definition = definition
        resources = Resources(definition.resources.cpus, definition.resources.gpus)
        self.key = PoolKey(resources, files_hash(study.code))
        self.trials: dict[int, ActiveTrial] = {}
        self.finished: dict[int, Trial] = {}
        self.next_number = 0
        self.failures_from = int(study.sampler_state.get("failures_from", 0))
        """Failures before this trial were forgiven when the failed study was resumed."""

    def load(self, trials: Iterable[Trial], runs: Iterable[Run], curves: Mapping[str, Mapping[int, float]]) -> None:
        """Take in the stored rows and each run's objective by epoch. Rows still RUNNING are for `lost_runs`."""
        by_trial: dict[str, list[Run]] = {}
        for run in runs:
            by_trial.setdefault(run.trial_id, []).append(run)
        for trial in trials:
            self.next_number = max(self.next_number, trial.number + 1)
            if trial.state.ended:
                self.finished[trial.number] = trial
            else:
                self.trials[trial.number] = _active(trial, by_trial.get(trial.id, []), curves)

    def add(self, trial: Trial, runs: Iterable[Run]) -> None:
        """A trial that was just stored."""
        self.trials[trial.number] = _active(trial, runs, {})
        self.next_number = max(self.next_number, trial.number + 1)

    def end(self, trial: Trial) -> None:
        """A trial whose end was just stored."""
        self.trials.pop(trial.number, None)
        self.finished[trial.number] = trial

    def runs(self) -> list[tuple[ActiveTrial, ActiveRun]]:
        """Every run that has not ended, by trial number and replicate."""
        return [(trial, run) for trial in self.trials.values() for run in trial.runs.values()]

    def n_submitted(self) -> int:
        """Runs that a worker has."""
        return sum(run.submitted for _, run in self.runs())

    def next_run(self, *, begun_only: bool = False) -> tuple[ActiveTrial, ActiveRun] | None:
        """The run to start next, within max_concurrent_trials; only of trials that have begun, if asked so."""
        started = sum(any(run.submitted for run in trial.runs.values()) for trial in self.trials.values())
        for trial, run in self.runs():
            if run.submitted or (not trial.goes_on if begun_only else trial.given_up):
                continue
            if any(each.submitted for each in trial.runs.values()) or started < self.study.max_concurrent_trials:
                return trial, run
        return None

    def room_for_trials(self, *, can_start: bool, exhausted: bool) -> int:
        """How many trials to draw now; a sampler that learns draws only when a worker is free, so as to know most."""
        left = self.trials_left()
        if exhausted or left == 0:
            return 0
        waiting = sum(not any(run.submitted for run in trial.runs.values()) for trial in self.trials.values())
        if learns(self.definition.sampler):
            wanted = int(can_start and waiting == 0 and len(self.trials) < self.study.max_concurrent_trials)
        else:
            wanted = max(0, DRAWN_AHEAD - waiting)
        return wanted if left is None else min(wanted, left)

    def trials_left(self) -> int | None:
        """How many trials may still be drawn; nothing when only the grid ends the study."""
        if self.study.max_trials is None:
            return None
        return max(0, self.study.max_trials - self.next_number + self._n_cancelled())

    def _n_cancelled(self) -> int:
        return sum(trial.state == RunState.CANCELLED for trial in self.finished.values())

    def best(self) -> Trial | None:
        """The best completed trial."""
        ranked = rank(self.finished.values(), self.definition.objective)
        return ranked[0] if ranked else None

    def worth_keeping(self, trial: ActiveTrial, run: ActiveRun) -> bool:
        """Whether a run's trial can be among the k best so far, so that the run's artifacts are kept.

        Of several runs nobody knows what those that have not ended come to: they may be as good as can be.
        """
        keep = self.definition.artifacts
        if keep.keep != "best":
            return keep.keep == "all"
        _, own = run.judged(self.definition.objective)
        if own is None or trial.given_up:
            return False
        best = math.inf if self.definition.objective.direction == "maximize" else -math.inf
        known = [own, *(ended.value for ended in trial.ended if ended.value is not None)]
        value = AGGREGATES[self.definition.replicates.aggregate]([*known, *[best] * (len(trial.runs) - 1)])
        better = [t for t in rank(self.finished.values(), self.definition.objective) if not self._beats(value, t.value)]
        return len(better) < keep.k

    def _beats(self, value: float, other: float | None) -> bool:
        return other is None or self.definition.objective.better(value, other)

    def verdict(self, *, exhausted: bool) -> tuple[StudyState, str] | None:
        """How and why the study ends now, or nothing. Trials still in flight are for the caller to end first."""
        failure = self._failure()
        if failure:
            return StudyState.FAILED, failure
        best, target = self.best(), self.definition.objective.target
        if (
            best is not None
            and best.value is not None
            and target is not None
            and not self.definition.objective.better(target, best.value)
        ):
            return StudyState.COMPLETED, f"target {target:g} reached by trial {best.number} with {best.value:.6g}"
        if self.trials:
            return None
        if exhausted:
            return StudyState.COMPLETED, _all_done(self.next_number - self._n_cancelled(), "point", " of the grid")
        if self.trials_left() == 0:
            return StudyState.COMPLETED, _all_done(self.study.max_trials or 0, "trial")
        return None

    def _failure(self) -> str:
        limits = self.definition.max_failures
        judged = [self.finished[number] for number in sorted(self.finished) if number >= self.failures_from]
        judged = [trial for trial in judged if trial.state != RunState.CANCELLED]
        first = judged[: min(limits.first, self.study.max_trials or limits.first)]
        if len(first) == min(limits.first, self.study.max_trials or limits.first) and all(map(_failed, first)):
            return f"its first {len(first)} trials all failed; the last: {first[-1].reason}"
        failed = [trial for trial in judged if _failed(trial)]
        if len(judged) >= 2 * limits.first and len(failed) > limits.share * len(judged):
            return f"{len(failed)} of {len(judged)} trials failed; the last: {failed[-1].reason}"
        return ""


def _all_done(count: int, noun: str, of: str = "") -> str:
    return f"its only {noun}{of} is done" if count == 1 else f"all {count} {noun}s{of} are done"


def _failed(trial: Trial) -> bool:
    return trial.state == RunState.FAILED


def _active(trial: Trial, runs: Iterable[Run], curves: Mapping[str, Mapping[int, float]]) -> ActiveTrial:
    active = ActiveTrial(trial)
    for run in runs:
        if run.state.ended:
            active.ended.append(run)
        else:
            values = dict(curves.get(run.id, {}))
            passed = [_passed(run, values), *(each["judged_epoch"] for each in run.checkpoints)]
            active.runs[run.id] = ActiveRun(
                run,
                values,
                checkpoints=run.checkpoints,
                recorded_step=run.recorded_step,
                judged_epoch=max(passed),
            )
    return active


def _passed(run: Run, values: Mapping[int, float]) -> int:
    """The last epoch whose decision the run has surely heard: of its last row's epoch it may never have been."""
    last = max(values, default=0)
    return last if last < run.epochs else last - 1


def lost_runs(active: ActiveStudy) -> Mapping[str, str]:
    """Runs that the rows call RUNNING although no worker has them: they go back to WAITING.

    It was not their fault, so no attempt is used: the retries are for workers that die.
    """
    lost = {}
    for _, run in active.runs():
        if run.run.state == RunState.RUNNING:
            run.run = replace(run.run, state=RunState.WAITING)
            lost[run.run.id] = "the engine was restarted"
    return lost
