"""A study the engine is working on: what is in flight, and the rules for what may start and when it ends. No I/O.

A run that waits is given to a worker (`ActiveStudy.submit`) and taken back (`ActiveStudy.take_back`) when it ends, when
it stopped to go on later, or when its worker was lost. Then it waits again with the next attempt's number, which is the
fence: events carry their attempt, and only those of the present one are heard (`ActiveStudy.submitted`). `run_events`
says what each event does, `study_task` carries it out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from service.engine.pruning.choosing import pruning_rule, racing_rule
from service.engine.sampling.samplers import keeps_order, learns
from service.engine.standings import BestTrials, FailureWindow, Plateau
from service.study.checkpoints import Checkpoint
from service.study.code import files_hash
from service.study.definition import Objective, StudyDefinition
from service.study.jobs import PoolKey, Resources
from service.study.node_losses import NodeLosses
from service.study.records import Run, Study, Trial
from service.study.replicates import together
from service.study.states import RETRIES, FailureKind, RunState, StudyState

GIVEN_UP = "another run of the trial failed"
FAILURES_FROM, GAINS_FROM = "failures_from", "gains_from"
"""In the study's sampler state: the first trial whose failure, or whose lack of a gain, counts."""
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
    training: bool = False
    """Whether a worker has begun with it."""
    seconds: float = 0.0
    """How long workers have had it, all attempts together."""
    ran_out_of_memory: bool = False
    """Whether memory ran out in an attempt of it."""
    timed_out: bool = False
    """Whether it was asked to end because its time is up."""
    stop_reason: str = ""
    """Why it was asked to end; empty while nobody did."""
    uploading: bool = False
    """Whether its worker is storing a checkpoint."""
    release: bool = False
    """Whether it goes back to WAITING once it has stopped."""
    pruned_because: str = ""
    checkpoints: tuple[Checkpoint, ...] = ()
    node_losses: NodeLosses = field(default_factory=NodeLosses)
    """How often it ended with its node since it left its newest checkpoint."""
    recorded_step: int = -1
    judged_epoch: int = 0
    """The last epoch the pruner was asked about; ``pruned_because`` holds the answer, and it let all before pass."""

    @property
    def feeds_pruner(self) -> bool:
        """Whether it is the run of its trial whose curve the pruner sees."""
        return feeds_pruner(self.run)

    @property
    def is_alone(self) -> bool:
        """Whether nothing else may train on its node while it does."""
        return self.ran_out_of_memory or self.node_losses.must_be_alone

    def has_another_attempt(self, failure: FailureKind, attempt: int) -> bool:
        """Note how this attempt failed; whether there is another. For want of memory there is one, alone, in any case.

        That memory ran out is not stored: an engine that is started anew lets the run try beside others once more.
        """
        if failure is not FailureKind.OUT_OF_MEMORY:
            return attempt <= RETRIES[failure]
        is_first, self.ran_out_of_memory = not self.ran_out_of_memory, True
        return is_first

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
    curve: dict[int, float] = field(default_factory=dict)
    """The values of the run that the pruner sees."""

    pruned_because: str = ""
    """Why its runs that have completed make the others useless."""

    @property
    def is_submitted(self) -> bool:
        """Whether a worker has one of its runs."""
        return any(run.submitted for run in self.runs.values())

    @property
    def waiting(self) -> bool:
        """Whether none of its runs was ever started."""
        return self.trial.state == RunState.WAITING

    @property
    def pruned(self) -> str:
        """Why the pruner has ended it, by the curve of its first run or by the values of several; else empty."""
        return self.pruned_because or next((run.reason for run in self.ended if run.state == RunState.PRUNED), "")

    @property
    def given_up(self) -> str:
        """Why those of its runs that have not ended are of no use; empty where they are of use."""
        return GIVEN_UP if any(run.state == RunState.FAILED for run in self.ended) else self.pruned

    def holds_back(self, run: ActiveRun) -> bool:
        """Whether another run of it is being pruned, and the trial with it as soon as that has ended."""
        return any(other.pruned_because for other in self.runs.values() if other is not run)

    @property
    def goes_on(self) -> bool:
        """Whether it has begun, and there is a point in training the rest of it."""
        return not self.waiting and not self.given_up


class ActiveStudy:
    """The state of one study in the engine's memory, derived from its rows.

    What the rules below ask for is kept as it changes, never counted again: an event or a decision costs the same at
    trial 10 and at trial 10,000. Only what is in flight is walked through.
    """

    def __init__(self, study: Study, definition: StudyDefinition) -> None:
        self.study = study
        self.definition = definition
        resources = Resources(definition.resources.cpus, definition.resources.gpus)
        self.key = PoolKey(resources, files_hash(study.code))
        self.pruning = pruning_rule(definition)
        self._racing = racing_rule(definition)
        self.trials: dict[int, ActiveTrial] = {}
        """Those that have not ended, by number."""
        self.next_number = 0
        self._n_cancelled = 0
        self._best = BestTrials(definition.objective, definition.artifacts.k)
        self._failures = FailureWindow(definition.max_failures, int(study.sampler_state.get(FAILURES_FROM, 0)))
        gains_from = int(study.sampler_state.get(GAINS_FROM, 0))
        self._plateau = Plateau(definition.stop_when, definition.objective, gains_from)
        self._submitted: dict[str, tuple[ActiveTrial, ActiveRun]] = {}
        """What workers have, by run id."""

    def load(self, trials: Iterable[Trial], runs: Iterable[Run], curves: Mapping[str, Mapping[int, float]]) -> None:
        """Take in the stored rows and each run's objective by epoch. Rows still RUNNING are for `begin_again`."""
        by_trial: dict[str, list[Run]] = {}
        for run in runs:
            by_trial.setdefault(run.trial_id, []).append(run)
        for trial in trials:
            self.next_number = max(self.next_number, trial.number + 1)
            active = _active(trial, by_trial.get(trial.id, []), curves)
            if trial.state.ended:
                self.pruning.remember(trial.number, trial.sampler_attrs)
                self._count(trial, active)
            else:
                self.trials[trial.number] = active
                self._judge_again(active)

    def _judge_again(self, trial: ActiveTrial) -> None:
        """Let the pruner see again what it let pass; what it has not judged it is asked later.

        The run whose curve it sees may have ended while others of its trial have not: then it judged all of it.
        """
        number, curve = trial.trial.number, dict[int, float]()
        judged = next((run.judged_epoch for run in trial.runs.values() if run.feeds_pruner), None)
        pruned = any(feeds_pruner(run) and run.state == RunState.PRUNED for run in trial.ended)
        for epoch in sorted(trial.curve):
            curve[epoch] = trial.curve[epoch]
            if pruned and len(curve) == len(trial.curve):
                self.pruning.judge(number, curve, epoch)
            elif judged is None or epoch <= judged:
                self.pruning.passed(number, curve, epoch)

    def judge(self, trial: ActiveTrial, epoch: int) -> str:
        """Why the pruner ends the trial at this epoch, the last of its curve; empty if it goes on."""
        return self.pruning.judge(trial.trial.number, trial.curve, epoch)

    def race(self, trial: ActiveTrial) -> bool:
        """Whether the runs that have completed show that the trial's others are of no use."""
        if self._racing and trial.runs and not trial.given_up:
            trial.pruned_because = self._racing.judge(trial.ended)
            return bool(trial.pruned_because)
        return False

    def add(self, trial: Trial, runs: Iterable[Run]) -> None:
        """A trial that was just stored."""
        self.trials[trial.number] = _active(trial, runs, {})
        self.next_number = max(self.next_number, trial.number + 1)

    def end(self, trial: Trial) -> None:
        """A trial whose end was just stored."""
        active = self.trials.pop(trial.number)
        self.pruning.forget(trial.number)
        self._count(trial, active)

    def _count(self, trial: Trial, active: ActiveTrial) -> None:
        if trial.state == RunState.CANCELLED:
            self._n_cancelled += 1
            return
        if trial.state == RunState.COMPLETED:
            self.pruning.complete(active.curve)
        self._best.add(trial)
        self._plateau.add(trial)
        if self._racing and self._best.first is trial:
            self._racing.lead(trial.number, active.ended)
        self._failures.add(trial)

    # --- what is in flight

    def runs(self) -> list[tuple[ActiveTrial, ActiveRun]]:
        """Every run that has not ended, by trial number and replicate."""
        return [(trial, run) for trial in self.trials.values() for run in trial.runs.values()]

    def submit(self, trial: ActiveTrial, run: ActiveRun) -> None:
        """A worker gets the run."""
        run.submitted = True
        run.starts += 1
        run.run = replace(run.run, state=RunState.RUNNING)
        trial.trial = replace(trial.trial, state=RunState.RUNNING)
        self._submitted[run.run.id] = (trial, run)

    def take_back(self, run: ActiveRun) -> None:
        """No worker has the run any more."""
        run.submitted = run.training = False
        self._submitted.pop(run.run.id, None)

    def adopt(self, attempts: Mapping[str, int]) -> list[str]:
        """Runs that are RUNNING in an attempt that a worker has, from before these rows were read; they go on there.

        The pruner judges their last epoch, as it did before; nobody knows whether the worker has heard the answer, so
        it is kept.
        """
        adopted = []
        for trial, run in self.runs():
            if run.run.state == RunState.RUNNING and attempts.get(run.run.id) == run.run.attempt:
                self.submit(trial, run)
                run.training = True
                last = max(run.values, default=0)
                if run.feeds_pruner and last > run.judged_epoch:
                    run.judged_epoch, run.pruned_because = last, self.judge(trial, last)
                adopted.append(run.run.id)
        return adopted

    def submitted(self, run_id: str, attempt: int) -> tuple[ActiveTrial, ActiveRun] | None:
        """The run, if a worker has it in this very attempt: what is heard of another attempt is of no account.

        A worker that was lost may still speak, or a message of its may arrive late. By then the run is WAITING, or has
        begun with the next number; so whatever such a worker says changes nothing.
        """
        found = self._submitted.get(run_id)
        return found if found is not None and found[1].run.attempt == attempt else None

    def submitted_runs(self) -> list[tuple[ActiveTrial, ActiveRun]]:
        """The runs that workers have."""
        return list(self._submitted.values())

    def n_submitted(self) -> int:
        """Runs that a worker has."""
        return len(self._submitted)

    def next_run(self, *, begun_only: bool = False) -> tuple[ActiveTrial, ActiveRun] | None:
        """The run to start next, within max_concurrent_trials; only of trials that have begun, if asked so."""
        started = sum(trial.is_submitted for trial in self.trials.values())
        for trial, run in self.runs():
            if run.submitted or trial.holds_back(run) or (not trial.goes_on if begun_only else trial.given_up):
                continue
            if trial.is_submitted or started < self.study.max_concurrent_trials:
                return trial, run
        return None

    def room_for_trials(self, *, can_start: bool, exhausted: bool) -> int:
        """How many trials to draw now; a sampler that learns draws only when a worker is free, so as to know most.

        In strict order it draws trial k only when the first k - n + 1 trials, which it is to know, have all ended.
        """
        left = self.trials_left()
        if exhausted or left == 0:
            return 0
        waiting = sum(not trial.is_submitted for trial in self.trials.values())
        at_once, sampler = self.study.max_concurrent_trials, self.definition.used_sampler
        if learns(sampler):
            behind = self.next_number - min(self.trials, default=self.next_number)
            has_room = (behind if keeps_order(sampler) else len(self.trials)) < at_once
            wanted = int(can_start and waiting == 0 and has_room)
        else:
            wanted = max(0, DRAWN_AHEAD - waiting)
        return wanted if left is None else min(wanted, left)

    # --- how far it has come

    def trials_left(self) -> int | None:
        """How many trials may still be drawn; nothing when only the grid ends the study."""
        if self.study.max_trials is None:
            return None
        return max(0, self.study.max_trials - self.next_number + self._n_cancelled)

    def count_anew(self) -> Mapping[str, int]:
        """The study goes on after its end: what ended it counts from here on, as must be stored."""
        if self.study.state == StudyState.FAILED:
            self._failures = FailureWindow(self.definition.max_failures, self.next_number)
            return {FAILURES_FROM: self.next_number}
        if self.study.state == StudyState.COMPLETED:
            self._plateau.count_from(self.next_number)
            return {GAINS_FROM: self.next_number}
        return {}

    def best(self) -> Trial | None:
        """The best completed trial."""
        return self._best.first

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
        value = together(self.definition, [*known, *[best] * (len(trial.runs) - 1)])
        return self._best.would_enter(value)

    def verdict(self, *, exhausted: bool) -> tuple[StudyState, str] | None:
        """How and why the study ends now, or nothing. Trials still in flight are for the caller to end first."""
        failure = self._failures.verdict(self.study.max_trials)
        if failure:
            return StudyState.FAILED, failure
        if enough := self._best.target_reached() or self._plateau.verdict():
            return StudyState.COMPLETED, enough
        if self.trials:
            return None
        if exhausted:
            return StudyState.COMPLETED, _all_done(self.next_number - self._n_cancelled, "point", " of the grid")
        if self.trials_left() == 0:
            return StudyState.COMPLETED, _all_done(self.study.max_trials or 0, "trial")
        return None


def _all_done(count: int, noun: str, of: str = "") -> str:
    return f"its only {noun}{of} is done" if count == 1 else f"all {count} {noun}s{of} are done"


def _active(trial: Trial, runs: Iterable[Run], curves: Mapping[str, Mapping[int, float]]) -> ActiveTrial:
    active = ActiveTrial(trial, pruned_because=trial.reason if trial.state == RunState.RUNNING else "")
    for run in runs:
        values = dict(curves.get(run.id, {}))
        if feeds_pruner(run):
            active.curve = values
        if run.state.ended:
            active.ended.append(run)
        else:
            passed = [_passed(run, values), *(each["judged_epoch"] for each in run.checkpoints)]
            active.runs[run.id] = ActiveRun(
                run,
                values,
                checkpoints=run.checkpoints,
                recorded_step=run.recorded_step,
                seconds=run.training_time,  # what no row tells of, a former engine alone has known
                judged_epoch=max(passed),
            )
    return active


def feeds_pruner(run: Run) -> bool:
    """Whether it is the run of its trial whose curve the pruner sees."""
    return run.replicate == 0 and not run.fold


def _passed(run: Run, values: Mapping[int, float]) -> int:
    """The last epoch whose decision the run has surely heard: of its last row's epoch it may never have been."""
    last = max(values, default=0)
    return last if last < run.epochs else last - 1
