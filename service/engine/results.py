"""What the trials of a study have come to, kept as they end: which is the best, what is kept, what ends the study."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from service.engine.standings import FailureWindow, Plateau, best_trials
from service.engine.trials.active_trial import ActiveRun, ActiveTrial
from service.study.definitions.constraints import violation
from service.study.definitions.definition import StudyDefinition
from service.study.records import Study, Trial
from service.study.replicates import aggregate, further_values, together
from service.study.states import RunState, StudyState

FAILURES_FROM, GAINS_FROM = "failures_from", "gains_from"
"""In the study's sampler state: the first trial whose failure, or whose lack of a gain, counts."""


class Results:
    """Those of one study; an end costs the same at trial 10 and at trial 10,000."""

    def __init__(self, study: Study, definition: StudyDefinition) -> None:
        self._definition = definition
        self.n_uncounted = 0
        """Trials that do not count towards max_trials: those that were cancelled, or repeat another."""
        self.excluded: set[int] = set()
        """The numbers of the trials that count for nothing any more."""
        self._best = best_trials(definition)
        self._failures = FailureWindow(definition.max_failures, int(study.sampler_state.get(FAILURES_FROM, 0)))
        gains_from = int(study.sampler_state.get(GAINS_FROM, 0))
        self._plateau = Plateau(definition.stop_when, definition.objective, gains_from)

    def begin(self, trial: Trial) -> None:
        """A trial that is there, whether it has ended or not."""
        self.n_uncounted += trial.retry_of is not None
        if trial.excluded:
            self.excluded.add(trial.number)

    def end(self, trial: Trial) -> None:
        """A trial that has ended."""
        if trial.state == RunState.CANCELLED:
            self.n_uncounted += trial.retry_of is None
            return
        self._best.add(trial)
        self._plateau.add(trial)
        self._failures.add(trial)

    def rank_again(self, trials: Iterable[Trial]) -> None:
        """These are all trials now; some came to be excluded, or are so no more."""
        self._best = best_trials(self._definition)
        self.excluded = set()
        for trial in trials:
            self._best.add(trial)
            if trial.excluded:
                self.excluded.add(trial.number)

    def count_anew(self, state: StudyState, first: int) -> Mapping[str, int]:
        """The study goes on after its end: what ended it counts from trial ``first`` on, as must be stored.

        Only what can be forgiven: a target that was reached, or a budget that is spent, ends it once more.
        """
        if state == StudyState.FAILED:
            self._failures = FailureWindow(self._definition.max_failures, first)
            return {FAILURES_FROM: first}
        if state == StudyState.COMPLETED:
            self._plateau.count_from(first)
            return {GAINS_FROM: first}
        return {}

    def failure(self, max_trials: int | None) -> str:
        """Why the study fails now; empty if it does not."""
        return self._failures.verdict(max_trials)

    def success(self) -> str:
        """Why there is no need to go on; empty if there is."""
        return self._best.target_reached() or self._plateau.verdict()

    def best(self) -> Trial | None:
        """The best completed trial; with several objectives, the one that is better than all others, if any is."""
        return self._best.first

    def worth_keeping(self, trial: ActiveTrial, run: ActiveRun, metrics: Mapping[str, float]) -> bool:
        """Whether a run's trial can be among the k best so far, so that the run's artifacts are kept.

        With several objectives, whether it can be in the Pareto set; an infeasible one never can. ``metrics`` are those
        of the run's epoch that counts. Of several runs nobody knows what those that have not ended come to: they may be
        as good as can be.
        """
        definition = self._definition
        if definition.artifacts.keep != "best":
            return definition.artifacts.keep == "all"
        own = definition.objective.monitor.value(metrics)
        if own is None or (trial.given_up and not run.cut_short):
            return False
        best, *further = (-each.oriented(math.inf) for each in definition.objectives)
        known = [own, *(ended.value for ended in trial.ended if ended.value is not None)]
        value = together(definition, [*known, *[best] * (len(trial.runs) - 1)])
        if len(trial.runs) == 1:
            done = replace(run.run, state=RunState.COMPLETED, value=own, metrics=metrics)
            _, whole = aggregate(definition, [*trial.ended, done])
            if violation(definition.constraints, whole):
                return False
            known_further = zip(further_values(definition, whole), further, strict=True)
            further = [unknown if each is None else each for each, unknown in known_further]
        return self._best.would_enter([value, *further])

    def must_beat(self, trial: ActiveTrial) -> float | None:
        """The value that a run which begins now must beat for its artifacts to be kept, where it stands for a trial
        alone; none where any may be, or where it depends on more than one value.

        As trials end it only gets stricter. Once one of the best is excluded, a run that trains already drops files
        that would be kept now; those that ended before and move up have none either.
        """
        return self._best.must_beat if len(trial.runs) + len(trial.ended) == 1 else None
