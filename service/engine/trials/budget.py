"""What a study may spend, and has spent so far.

Epochs are reserved before a trial begins, all that its runs may take, and what they do not take is given back when they
end: `ActiveStudy` asks before each start. What is computed again after a lost worker is spent again. Time is counted
while workers train, and only while this engine runs and looks; nothing starts after the limit, and what runs is ended.
The rows keep all of it, so a restart takes it up where it was (`loading`).
"""

from __future__ import annotations

from collections.abc import Mapping

from service.engine.trials.active_trial import ActiveTrial
from service.engine.trials.time_limit import LONGEST_LOOK
from service.study.budgets import SPENT, UNITS
from service.study.jobs import Resources
from service.study.records import Spent
from service.study.uptime import Uptime

_HOUR = 3600.0


class Account:
    """What one study's runs have spent."""

    def __init__(self, spent: Spent, resources: Resources) -> None:
        self.epochs = spent.epochs
        self._busy_seconds = spent.wall_seconds
        self._seconds = spent.seconds
        self._resources = resources
        self._uptime = Uptime(LONGEST_LOOK)

    def look(self, now: float, n_training: int) -> None:
        """So many runs have trained since the last look."""
        passed = self._uptime.passed(now)
        self._seconds += passed * n_training
        self._busy_seconds += passed if n_training else 0.0

    def out_of_time(self, budget: Mapping[str, float]) -> str:
        """Which of the budget's hours are spent, as the reason of an end; empty if none are."""
        spent = {
            "hours": self._busy_seconds / _HOUR,
            "cpu_hours": self._seconds * self._resources.cpus / _HOUR,
            "gpu_hours": self._seconds * self._resources.gpus / _HOUR,
        }
        for name, hours in spent.items():
            if name in budget and hours >= budget[name]:
                return f"{SPENT}: {budget[name]:g} {UNITS[name]}"
        return ""


class EpochBudget:
    """The epochs that a study's trials may take. ``trials`` are those that have not ended; each takes ``least``."""

    def __init__(self, account: Account, trials: Mapping[int, ActiveTrial], least: int) -> None:
        self._account = account
        self._trials = trials
        self._least = least

    def affords(self, trial: ActiveTrial, budget: Mapping[str, float]) -> bool:
        """Whether the budget suffices for all that this trial, and those that have begun, may still take."""
        limit = budget.get("epochs")
        return limit is None or self._account.epochs + self._reserved(trial) <= limit

    def are_short(self, budget: Mapping[str, float]) -> bool:
        """Whether no further trial could begin, unless one that has begun ends early."""
        limit = budget.get("epochs")
        return limit is not None and self._account.epochs + self._reserved() + self._least > limit

    def used_up(self, budget: Mapping[str, float]) -> str:
        """Why nothing can start any more while nothing trains; empty if something can."""
        limit, spent = budget.get("epochs"), self._account.epochs
        if limit is None or any(self.affords(trial, budget) for trial in self._trials.values()):
            return ""
        if not self._trials and spent + self._least <= limit:
            return ""
        needed = min((self._reserved(trial) for trial in self._trials.values()), default=self._least)
        wants = f", and the next trial may take {needed}" if spent < limit else ""
        return f"{SPENT}: {spent} of {limit:g} epochs{wants}"

    def _reserved(self, also: ActiveTrial | None = None) -> int:
        begun = [trial for trial in self._trials.values() if trial.goes_on or (trial is also and not trial.given_up)]
        return sum(run.epochs_left for trial in begun for run in trial.runs.values())
