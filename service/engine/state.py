"""A study the engine is working on: its trials and runs in flight, which workers have them, what starts next. No I/O.

A run that waits is given to a worker (`submit`) and taken back (`take_back`) when it ends, when it stopped to go on
later, or when its worker was lost. Then it waits again. Each time it is given away is a start with a number of its own,
and that is the fence: events and writes carry it, and only events of the present start are heard (`submitted`).

Attempts are what a run may use up: one that fails by itself, or whose worker's process alone is lost, begins the next.
A pause, an interval of a population, a lost node or a lost engine does not. `RunEnds` decides it, and `StudyRunner`
carries it out. What a run was asked to do stands in `active_trial`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from service.engine.population.members import Population
from service.engine.results import Results
from service.engine.trials.active_trial import ActiveRun, ActiveTrial, active_trial
from service.engine.trials.budget import Account, EpochBudget
from service.engine.trials.judging import Judging
from service.engine.trials.limits import TrialLimits
from service.study.checkpoints import resume_epoch
from service.study.code import files_hash
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.examining import least_epochs
from service.study.definitions.samplers import PBTSampler
from service.study.jobs import PoolKey, Resources, RunStart
from service.study.records import Continuation, Run, Study, Trial
from service.study.states import RunState


class ActiveStudy:
    """The state of one study in the engine's memory, derived from its rows."""

    def __init__(self, study: Study, definition: StudyDefinition) -> None:
        self.study = study
        self.definition = definition
        resources = Resources(**definition.resources.model_dump())
        self.key = PoolKey(resources, files_hash(study.code), study.id if definition.is_elsewhere else "")
        sampler = definition.used_sampler
        self.population = Population(sampler, definition) if isinstance(sampler, PBTSampler) else None
        self.trials: dict[int, ActiveTrial] = {}
        """Those that have not ended, by number."""
        self.next_number = 0
        self._submitted: dict[str, tuple[ActiveTrial, ActiveRun]] = {}
        """What workers have, by run id."""
        self.judging = Judging(definition)
        self.results = Results(study, definition)
        self.limits = TrialLimits(definition.limits)
        self.account = Account(study.spent, resources)
        least = least_epochs(definition.search_space()) * definition.replicates.n_runs
        self.epochs = EpochBudget(self.account, self.trials, least)

    # --- trials come and go

    def load(
        self,
        trials: Sequence[Trial],
        runs: Sequence[Run],
        curves: Mapping[str, Mapping[int, float]],
        continuations: Sequence[Continuation] = (),
    ) -> None:
        """Take in the stored rows and each run's objective by epoch.

        What the rows call RUNNING is then for `adopt` where a worker has it, and else for `loading.begin_again`.
        """
        if self.population is not None:
            self.population.load(trials, runs, continuations)
        by_trial: dict[str, list[Run]] = {}
        for run in runs:
            by_trial.setdefault(run.trial_id, []).append(run)
        for trial in trials:
            active = active_trial(trial, by_trial.get(trial.id, []), curves, self.judging.looks)
            self._begin(trial)
            if trial.state.ended:
                self.judging.remember(trial)
                self._count(trial, active)
            else:
                self.trials[trial.number] = active
                self.judging.judge_again(active)

    def add(self, trial: Trial, runs: Sequence[Run]) -> None:
        """A trial that was just stored."""
        self.trials[trial.number] = active_trial(trial, runs, {}, self.judging.looks)
        if self.population is not None:
            self.population.join(trial, runs)
        self._begin(trial)

    def _begin(self, trial: Trial) -> None:
        self.next_number = max(self.next_number, trial.number + 1)
        self.results.begin(trial)

    def end(self, trial: Trial) -> None:
        """A trial whose end was just stored."""
        active = self.trials.pop(trial.number)
        self.judging.forget(trial.number)
        self._count(trial, active)

    def _count(self, trial: Trial, active: ActiveTrial) -> None:
        if trial.state == RunState.COMPLETED:
            self.judging.complete(trial, active)
        self.results.end(trial)

    # --- what workers have

    def submit(self, trial: ActiveTrial, run: ActiveRun) -> None:
        """A worker gets the run: its next start begins."""
        run.run = replace(run.run, starts=run.run.starts + 1)
        self.mark_submitted(trial, run)

    def mark_submitted(self, trial: ActiveTrial, run: ActiveRun) -> None:
        """A worker has the run, or had it when the engine before this one ended."""
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

    def submitted(self, run_id: str, start: int) -> tuple[ActiveTrial, ActiveRun] | None:
        """The run, if a worker has it in this very start.

        A worker that was lost may still speak, or one tell the next engine of a pause once more: that changes nothing.
        """
        found = self._submitted.get(run_id)
        return found if found is not None and found[1].run.starts == start else None

    def submitted_runs(self) -> list[tuple[ActiveTrial, ActiveRun]]:
        """The runs that workers have."""
        return list(self._submitted.values())

    def n_submitted(self) -> int:
        """How many these are."""
        return len(self._submitted)

    def adopt(self, starts: Collection[RunStart]) -> list[RunStart]:
        """The runs that the rows call RUNNING in a start that a worker still has: they go on there.

        The pruner judges their last epoch once more: nobody knows whether the worker has heard the answer.
        """
        adopted = []
        for trial, run in self.runs():
            if run.run.state == RunState.RUNNING and (run.run.id, run.run.starts) in starts:
                self.mark_submitted(trial, run)
                run.training, run.reached = True, run.run.reached_epoch
                run.epoch_at = {run.recorded_step: run.run.reached_epoch}  # a checkpoint of it may be on its way
                run.last_epoch = self.limits.last_epoch(trial, run)
                last = max(run.values, default=0)
                if run.feeds_pruner and last > run.judged_place:
                    run.judged_place, run.pruned_because = last, self.judging.judge(trial, last)
                adopted.append((run.run.id, run.run.starts))
        return adopted

    # --- what starts next

    def runs(self) -> list[tuple[ActiveTrial, ActiveRun]]:
        """Every run that has not ended, by trial number and replicate."""
        return [(trial, run) for trial in self.trials.values() for run in trial.runs.values()]

    def next_run(self, *, begun_only: bool = False) -> tuple[ActiveTrial, ActiveRun] | None:
        """The first run that may start within max_concurrent_trials: by trial number, what was drawn ahead last."""
        started = sum(trial.is_submitted for trial in self.trials.values())
        for trial, run in sorted(self.runs(), key=lambda each: each[0].is_drawn_ahead):
            if run.submitted or trial.another_is_pruned(run) or (not trial.goes_on if begun_only else trial.given_up):
                continue
            if not self.limits.allows(trial, run) or self.waits_for_population(run):
                continue
            if (trial.is_submitted or started < self.study.max_concurrent_trials) and self.affords(trial):
                return trial, run
        return None

    def waits_for_population(self, run: ActiveRun) -> bool:
        """Whether it goes on once all members of its population have come as far."""
        return self.population is not None and self.population.waits(run)

    def affords(self, trial: ActiveTrial) -> bool:
        """Whether its epochs suffice for what this trial, and those that have begun, may still take."""
        return self.epochs.affords(trial, self.study.budget)

    @property
    def out_of_time(self) -> str:
        """Which of its budget's hours are spent; empty if none are."""
        return self.account.out_of_time(self.study.budget)
