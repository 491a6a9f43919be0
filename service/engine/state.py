"""A study the engine is working on: what is in flight, and the rules for what may start and when it ends. No I/O.

A run that waits is given to a worker (`ActiveStudy.submit`) and taken back (`ActiveStudy.take_back`) when it ends, when
it stopped to go on later, or when its worker was lost. Then it waits again. Each time it is given away is a start with
a number of its own, and that is the fence: events carry it, and only those of the present start are heard
(`ActiveStudy.submitted`). Attempts are what a run may use up: one that fails by its own fault, or loses its worker,
begins the next; a pause, an interval of a population or a lost node does not. `run_events` says what each event does,
`study_task` carries it out. What is known of a single run, such as why and how it was asked to end, or of a trial, such
as why it is given up, stands in `active_trial`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from service.engine.population.members import Population
from service.engine.pruning.choosing import looks_of, pruning_rule, racing_rule
from service.engine.sampling.samplers import keeps_order, learns
from service.engine.standings import FailureWindow, Plateau, best_trials
from service.engine.trials.active_trial import ActiveRun, ActiveTrial, active_trial, feeds_pruner
from service.engine.trials.budget import Account, out_of_epochs
from service.engine.trials.limits import TrialLimits
from service.study.checkpoints import resume_epoch
from service.study.code import files_hash
from service.study.definitions.constraints import violation
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.examining import least_epochs
from service.study.definitions.samplers import PBTSampler
from service.study.jobs import PoolKey, Resources, RunStart
from service.study.records import Continuation, Run, Study, Trial
from service.study.replicates import aggregate, further_values, together
from service.study.states import RunState, StudyState

FAILURES_FROM, GAINS_FROM = "failures_from", "gains_from"
"""In the study's sampler state: the first trial whose failure, or whose lack of a gain, counts."""
DRAWN_AHEAD = 4
"""Trials kept ready by samplers that do not learn, so that a free worker never waits for one."""


class ActiveStudy:
    """The state of one study in the engine's memory, derived from its rows.

    What the rules below ask for is kept as it changes, never counted again: an event or a decision costs the same at
    trial 10 and at trial 10,000. Only what is in flight is walked through.
    """

    def __init__(self, study: Study, definition: StudyDefinition) -> None:
        self.study = study
        self.definition = definition
        resources = Resources(**definition.resources.model_dump())
        self.key = PoolKey(resources, files_hash(study.code), study.id if definition.is_elsewhere else "")
        self.looks = looks_of(definition.pruner)
        self.pruning = pruning_rule(definition)
        """Judges a trial by the curve of its first run."""
        self.limits = TrialLimits(definition.limits)
        self._racing = racing_rule(definition)
        """Judges it by the values of those of its runs that have completed; in place of the other, if at all."""
        sampler = definition.used_sampler
        self.population = Population(sampler, definition) if isinstance(sampler, PBTSampler) else None
        self.account = Account(study.spent, resources)
        self._least_epochs = least_epochs(definition.search_space()) * definition.replicates.n_runs
        self.trials: dict[int, ActiveTrial] = {}
        """Those that have not ended, by number."""
        self.next_number = 0
        self._n_uncounted = 0
        """Trials that do not count towards max_trials: those that were cancelled, or repeat another."""
        self.excluded: set[int] = set()
        """The numbers of the trials that count for nothing any more."""
        self._best = best_trials(definition)
        self._failures = FailureWindow(definition.max_failures, int(study.sampler_state.get(FAILURES_FROM, 0)))
        gains_from = int(study.sampler_state.get(GAINS_FROM, 0))
        self._plateau = Plateau(definition.stop_when, definition.objective, gains_from)
        self._submitted: dict[str, tuple[ActiveTrial, ActiveRun]] = {}
        """What workers have, by run id."""

    def load(
        self,
        trials: Sequence[Trial],
        runs: Sequence[Run],
        curves: Mapping[str, Mapping[int, float]],
        continuations: Sequence[Continuation] = (),
    ) -> None:
        """Take in the stored rows and each run's objective by epoch.

        What the rows call RUNNING is then for `adopt` where a worker has it, and else for `begin_again`.
        """
        if self.population is not None:
            self.population.load(trials, runs, continuations)
        by_trial: dict[str, list[Run]] = {}
        for run in runs:
            by_trial.setdefault(run.trial_id, []).append(run)
        for trial in trials:
            self.next_number = max(self.next_number, trial.number + 1)
            active = active_trial(trial, by_trial.get(trial.id, []), curves, self.looks)
            self._n_uncounted += trial.retry_of is not None
            if trial.excluded:
                self.excluded.add(trial.number)
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
        judged = next((run.judged_place for run in trial.runs.values() if run.feeds_pruner), None)
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
        best = self.best()
        if self._racing and best and trial.runs and not trial.given_up:
            trial.pruned_because = self._racing.judge(trial.ended, best.number)
            return bool(trial.pruned_because)
        return False

    def add(self, trial: Trial, runs: Sequence[Run]) -> None:
        """A trial that was just stored."""
        self.trials[trial.number] = active_trial(trial, runs, {}, self.looks)
        if self.population is not None:
            self.population.join(trial, runs)
        self.next_number = max(self.next_number, trial.number + 1)
        self._n_uncounted += trial.retry_of is not None

    def end(self, trial: Trial) -> None:
        """A trial whose end was just stored."""
        active = self.trials.pop(trial.number)
        self.pruning.forget(trial.number)
        self._count(trial, active)

    def _count(self, trial: Trial, active: ActiveTrial) -> None:
        if trial.state == RunState.CANCELLED:
            self._n_uncounted += trial.retry_of is None
            return
        if trial.state == RunState.COMPLETED:
            self.pruning.complete(active.curve)
            if self._racing:
                self._racing.complete(trial.number, active.ended)
        self._best.add(trial)
        self._plateau.add(trial)
        self._failures.add(trial)

    # --- what is in flight

    def runs(self) -> list[tuple[ActiveTrial, ActiveRun]]:
        """Every run that has not ended, by trial number and replicate."""
        return [(trial, run) for trial in self.trials.values() for run in trial.runs.values()]

    def submit(self, trial: ActiveTrial, run: ActiveRun) -> None:
        """A worker gets the run: its next start begins."""
        run.run = replace(run.run, starts=run.run.starts + 1)
        self.hold(trial, run)

    def hold(self, trial: ActiveTrial, run: ActiveRun) -> None:
        """A worker has the run."""
        run.submitted = True
        run.reached, run.epoch_at = resume_epoch(run.checkpoints), {}
        run.last_epoch = self.limits.last_epoch(trial, run)
        run.run = replace(run.run, state=RunState.RUNNING)
        trial.trial = replace(trial.trial, state=RunState.RUNNING)
        self._submitted[run.run.id] = (trial, run)

    def take_back(self, run: ActiveRun) -> None:
        """No worker has the run any more."""
        run.submitted = run.training = False
        run.last_epoch = None
        self._submitted.pop(run.run.id, None)

    def adopt(self, starts: Collection[RunStart]) -> list[RunStart]:
        """Runs that are RUNNING in a start that a worker has, from before these rows were read; they go on there.

        The pruner judges their last epoch, as it did before; nobody knows whether the worker has heard the answer, so
        it is kept.
        """
        adopted = []
        for trial, run in self.runs():
            if run.run.state == RunState.RUNNING and (run.run.id, run.run.starts) in starts:
                self.hold(trial, run)
                run.training, run.reached = True, run.run.reached_epoch
                run.epoch_at = {run.recorded_step: run.run.reached_epoch}  # a checkpoint of it may be on its way
                run.last_epoch = self.limits.last_epoch(trial, run)
                last = max(run.values, default=0)
                if run.feeds_pruner and last > run.judged_place:
                    run.judged_place, run.pruned_because = last, self.judge(trial, last)
                adopted.append((run.run.id, run.run.starts))
        return adopted

    def submitted(self, run_id: str, start: int) -> tuple[ActiveTrial, ActiveRun] | None:
        """The run, if a worker has it in this very start: what is heard of another one is of no account.

        A worker that was lost may still speak, or one tell the next engine of a pause once more. By then the run is
        WAITING, or has begun with the next number; so whatever is said of that changes nothing.
        """
        found = self._submitted.get(run_id)
        return found if found is not None and found[1].run.starts == start else None

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
            if not self.limits.allows(trial, run) or self._waits_for_others(run):
                continue
            if (trial.is_submitted or started < self.study.max_concurrent_trials) and self.affords(trial):
                return trial, run
        return None

    def _waits_for_others(self, run: ActiveRun) -> bool:
        """Whether it goes on once all members of its population have come as far."""
        return self.population is not None and self.population.waits(run)

    def holds_itself_up(self, *, exhausted: bool) -> str:
        """Which of its own limits lets nothing more start, though more is left; empty if none does."""
        startable = [(t, r) for t, r in self.runs() if not (r.submitted or t.given_up or t.holds_back(r))]
        waiting = [trial for trial, run in startable if not self._waits_for_others(run)]
        if startable and not waiting:
            return "waits for the others of its population to come as far"
        if not waiting and (exhausted or self.trials_left() == 0):
            return ""
        at_once, started = self.study.max_concurrent_trials, sum(trial.is_submitted for trial in self.trials.values())
        if started >= at_once and not any(trial.is_submitted for trial in waiting):
            return f"max_concurrent_trials {at_once} reached"
        if not any(map(self.affords, waiting)) if waiting else self._lacks_epochs:
            return "what is left of its budget's epochs is reserved for the trials under way"
        first = min(self.trials, default=self.next_number)
        if not waiting and keeps_order(self.definition.used_sampler) and self.next_number - first >= at_once:
            return f"its sampler is to know first what trial {first} comes to"
        return "waits to be asked for" if waiting and self.key.elsewhere else ""

    # --- what it may spend

    @property
    def out_of_time(self) -> str:
        """Which of its budget's hours are spent; empty if none are."""
        return self.account.out_of_time(self.study.budget)

    def affords(self, trial: ActiveTrial) -> bool:
        """Whether its epochs suffice for all that this trial, and those that have begun, may still take."""
        limit = self.study.budget.get("epochs")
        return limit is None or self.account.epochs + self._epochs_reserved(trial) <= limit

    def _epochs_reserved(self, also: ActiveTrial | None = None) -> int:
        begun = [trial for trial in self.trials.values() if trial.goes_on or (trial is also and not trial.given_up)]
        return sum(run.epochs_left for trial in begun for run in trial.runs.values())

    def _out_of_epochs(self) -> str:
        """Why nothing of it can start any more; nothing can be given back either once nothing trains."""
        limit = self.study.budget.get("epochs")
        if limit is None or self.n_submitted() or any(self.affords(trial) for trial in self.trials.values()):
            return ""
        if not self.trials and self.account.epochs + self._least_epochs <= limit:
            return ""
        needed = min((self._epochs_reserved(trial) for trial in self.trials.values()), default=self._least_epochs)
        return out_of_epochs(limit, self.account.epochs, needed)

    def room_for_trials(self, *, can_start: bool, exhausted: bool) -> int:
        """How many trials to draw now; a sampler that learns draws only when a worker is free, so as to know most.

        In strict order it draws trial k only when the first k - n + 1 trials, which it is to know, have all ended.
        """
        left = self.trials_left()
        if exhausted or left == 0 or self._lacks_epochs:
            return 0
        if self.population is not None:
            return left or 0  # all of it or nothing: none trains before all are there
        waiting = sum(not trial.is_submitted for trial in self.trials.values())
        at_once, sampler = self.study.max_concurrent_trials, self.definition.used_sampler
        if learns(sampler):
            behind = self.next_number - min(self.trials, default=self.next_number)
            has_room = (behind if keeps_order(sampler) else len(self.trials)) < at_once
            wanted = int(can_start and waiting == 0 and has_room)
        else:
            wanted = max(0, DRAWN_AHEAD - waiting)
        return wanted if left is None else min(wanted, left)

    @property
    def _lacks_epochs(self) -> bool:
        """Whether no further trial could begin, unless one that has begun ends early."""
        limit = self.study.budget.get("epochs")
        return limit is not None and self.account.epochs + self._epochs_reserved() + self._least_epochs > limit

    # --- how far it has come

    def trials_left(self) -> int | None:
        """How many trials may still be drawn; nothing when only the grid ends the study."""
        if self.population is not None:
            return max(0, self.population.size - self.next_number)  # nobody takes the place of one that is cancelled
        if self.study.max_trials is None:
            return None
        return max(0, self.study.max_trials - self.next_number + self._n_uncounted)

    def count_anew(self) -> Mapping[str, int]:
        """The study goes on after its end: what ended it counts from here on, as must be stored.

        Only what can be forgiven: a target that was reached, or a budget that is spent, ends it once more.
        """
        if self.study.state == StudyState.FAILED:
            self._failures = FailureWindow(self.definition.max_failures, self.next_number)
            return {FAILURES_FROM: self.next_number}
        if self.study.state == StudyState.COMPLETED:
            self._plateau.count_from(self.next_number)
            return {GAINS_FROM: self.next_number}
        return {}

    def rank_again(self, trials: Iterable[Trial]) -> None:
        """These are all trials now; some came to be excluded, or are so no more."""
        self._best = best_trials(self.definition)
        self.excluded = set()
        for trial in trials:
            self._best.add(trial)
            if trial.excluded:
                self.excluded.add(trial.number)

    def best(self) -> Trial | None:
        """The best completed trial; with several objectives, the one that is better than all others, if any is."""
        return self._best.first

    def worth_keeping(self, trial: ActiveTrial, run: ActiveRun, metrics: Mapping[str, float]) -> bool:
        """Whether a run's trial can be among the k best so far, so that the run's artifacts are kept.

        With several objectives, whether it can be in the Pareto set; an infeasible one never can. ``metrics`` are those
        of the run's epoch that counts. Of several runs nobody knows what those that have not ended come to: they may be
        as good as can be.
        """
        keep = self.definition.artifacts
        if keep.keep != "best":
            return keep.keep == "all"
        own = self.definition.objective.monitor.value(metrics)
        if own is None or (trial.given_up and not run.cut_short):
            return False
        best, *further = (-each.oriented(math.inf) for each in self.definition.objectives)
        known = [own, *(ended.value for ended in trial.ended if ended.value is not None)]
        value = together(self.definition, [*known, *[best] * (len(trial.runs) - 1)])
        if len(trial.runs) == 1:
            done = replace(run.run, state=RunState.COMPLETED, value=own, metrics=metrics)
            _, whole = aggregate(self.definition, [*trial.ended, done])
            if violation(self.definition.constraints, whole):
                return False
            known_further = zip(further_values(self.definition, whole), further, strict=True)
            further = [unknown if each is None else each for each, unknown in known_further]
        return self._best.would_enter([value, *further])

    def must_beat(self, trial: ActiveTrial) -> float | None:
        """The value that a run which begins now must beat for its artifacts to be kept, where it stands for a trial
        alone; none where any may be, or where it depends on more than one value."""
        return self._best.must_beat if len(trial.runs) + len(trial.ended) == 1 else None

    def verdict(self, *, exhausted: bool) -> tuple[StudyState, str] | None:
        """How and why the study ends now, or nothing; asked anew until it has ended.

        Trials still in flight are for the caller to end first.
        """
        failure = self._failures.verdict(self.study.max_trials)
        if failure:
            return StudyState.FAILED, failure
        completed = self._best.target_reached() or self._plateau.verdict() or self.out_of_time
        completed = completed or self._all_done(exhausted=exhausted) or self._out_of_epochs()
        return (StudyState.COMPLETED, completed) if completed else None

    def _all_done(self, *, exhausted: bool) -> str:
        if self.trials:
            return ""
        if exhausted:
            return _that_all_are_done(self.next_number - self._n_uncounted, "point", " of the grid")
        return _that_all_are_done(self.study.max_trials or 0, "trial") if self.trials_left() == 0 else ""


def _that_all_are_done(count: int, noun: str, of: str = "") -> str:
    return f"its only {noun}{of} is done" if count == 1 else f"all {count} {noun}s{of} are done"
