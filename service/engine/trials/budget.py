"""What a study may spend, and has spent so far.

Epochs are reserved before a trial begins, all that its runs may take, and what they do not take is given back when they
end: `ActiveStudy` asks before each start. What is computed again after a lost worker is spent again. Time is counted
while workers train, and only while this engine runs and looks; nothing starts after the limit, and what runs is ended.
The rows keep all of it, so a restart takes it up where it was (`loading`).
"""

from __future__ import annotations

from collections.abc import Mapping

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


def out_of_epochs(limit: float, spent: int, needed: int) -> str:
    """The reason of an end for want of epochs."""
    wants = f", and the next trial may take {needed}" if spent < limit else ""
    return f"{SPENT}: {spent} of {limit:g} epochs{wants}"
