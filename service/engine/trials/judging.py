"""Which trials of a study its pruner ends: by the curve of a trial's first run, or by the values of several. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.engine.pruning.choosing import looks_of, pruning_rule, racing_rule
from service.engine.trials.active_trial import ActiveTrial, feeds_pruner
from service.study.definitions.definition import StudyDefinition
from service.study.records import Trial
from service.study.states import RunState


class Judging:
    """The pruner of one study, and what it has seen."""

    def __init__(self, definition: StudyDefinition) -> None:
        self.looks = looks_of(definition.pruner)
        self._pruning = pruning_rule(definition)
        """Judges a trial by the curve of its first run."""
        self._racing = racing_rule(definition)
        """Judges it by the values of those of its runs that have completed; in place of the other, if at all."""

    def judge(self, trial: ActiveTrial, epoch: int) -> str:
        """Why the trial ends at this epoch, the last of its curve; empty if it goes on."""
        return self._pruning.judge(trial.trial.number, trial.curve, epoch)

    def race(self, trial: ActiveTrial, best: Trial | None) -> bool:
        """Whether the runs that have completed show that the trial's others are of no use."""
        if self._racing and best and trial.runs and not trial.given_up:
            trial.pruned_because = self._racing.judge(trial.ended, best.number)
            return bool(trial.pruned_because)
        return False

    def judge_again(self, trial: ActiveTrial) -> None:
        """See again, of a trial that goes on, what was let pass; what was not judged is asked later.

        The run whose curve it is may have ended while others of its trial have not: then all of it was judged.
        """
        number, curve = trial.trial.number, dict[int, float]()
        judged = next((run.judged_place for run in trial.runs.values() if run.feeds_pruner), None)
        pruned = any(feeds_pruner(run) and run.state == RunState.PRUNED for run in trial.ended)
        for epoch in sorted(trial.curve):
            curve[epoch] = trial.curve[epoch]
            if pruned and len(curve) == len(trial.curve):
                self._pruning.judge(number, curve, epoch)
            elif judged is None or epoch <= judged:
                self._pruning.passed(number, curve, epoch)

    def complete(self, trial: Trial, active: ActiveTrial) -> None:
        """A trial that completed: later ones are held against it."""
        self._pruning.complete(active.curve)
        if self._racing:
            self._racing.complete(trial.number, active.ended)

    def attributes(self, number: int) -> Mapping[str, Any]:
        """What is stored with a trial when it ends."""
        return self._pruning.attributes(number)

    def remember(self, trial: Trial) -> None:
        """What was stored so with a trial."""
        self._pruning.remember(trial.number, trial.sampler_attrs)

    def forget(self, number: int) -> None:
        """The trial has ended."""
        self._pruning.forget(number)
