"""What a trial may take, all its runs and their attempts together: hours on workers, and epochs.

A trial that has used up what it may take is judged by what it has come to by then. Its runs that train end there with
their value, those that wait are cancelled. Epochs are counted before they are computed: a run is told at its start
which is the last that it may compute, what others of its trial may still take being kept for these, and what a run does
not take is given back when it ends. A run begins only if it can come to its end, so that the values of a trial's runs
are of equally long trainings; the first alone, without which the trial would have none, takes what there is.
"""

from __future__ import annotations

from collections.abc import Iterable

from service.engine.trials.active_trial import ActiveRun, ActiveTrial
from service.study.checkpoints import resume_epoch
from service.study.definitions.parts import Limits
from service.study.states import RunState

_HOUR = 3600.0


class TrialLimits:
    """Those of one study."""

    def __init__(self, limits: Limits) -> None:
        self._hours = limits.trial_hours
        self._epochs = limits.trial_epochs

    def allows(self, trial: ActiveTrial, run: ActiveRun) -> bool:
        """Whether a run that waits may begin now."""
        if self._epochs is None:
            return True
        done, left = resume_epoch(run.checkpoints), self._left(trial, run)
        if done + left >= run.run.planned_epochs:
            return True
        has_others = any(each.submitted for each in trial.runs.values())
        has_value = any(ended.state == RunState.COMPLETED for ended in trial.ended)
        return not (has_others or has_value) and done + left > run.recorded_epoch

    def last_epoch(self, trial: ActiveTrial, run: ActiveRun) -> int | None:
        """The last epoch that a run may compute which has come to ``reached``, if its config goes on beyond."""
        if self._epochs is None:
            return None
        last = run.reached + self._left(trial, run)
        return last if last < run.run.planned_epochs else None

    def look(self, trials: Iterable[ActiveTrial]) -> None:
        """Cut those short that have used up what they may take."""
        if self._hours is None and self._epochs is None:
            return
        for trial in trials:
            if not trial.given_up and (reason := self._used_up(trial)):
                trial.cut_short(reason)

    def why_ended(self, trial: ActiveTrial) -> str:
        """Why a run ended at the last epoch that it might compute."""
        if self._epochs is None:
            return f"limits.trial_hours is used up, which is {self._hours:g}"
        return f"limits.trial_epochs is used up: {trial.epochs} of {self._epochs}"

    def _used_up(self, trial: ActiveTrial) -> str:
        if self._hours is not None and trial.seconds >= self._hours * _HOUR:
            return f"limits.trial_hours is used up, which is {self._hours:g}"
        if self._epochs is None or trial.is_submitted or any(self.allows(trial, run) for run in trial.runs.values()):
            return ""
        needed = min((run.epochs_left for run in trial.runs.values()), default=0)
        wants = f", and its next run may take {needed}" if trial.epochs < self._epochs else ""
        return self.why_ended(trial) + wants if trial.runs else ""

    def _left(self, trial: ActiveTrial, run: ActiveRun) -> int:
        """What neither was computed nor is kept for its other runs under way."""
        kept = sum(each.epochs_left for each in trial.runs.values() if each.submitted and each is not run)
        return max(0, (self._epochs or 0) - trial.epochs - kept)
