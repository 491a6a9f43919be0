"""The time that a run may train: counted while it has a worker, and only while this engine runs and looks.

All attempts of a run count together, and what it waits does not. A run that is taken over from a former engine begins
with what its rows tell: how long workers had it in the starts that have ended, or the training time of its curve.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from service.engine.trials.active_trial import ActiveRun
from service.study.uptime import Uptime

LONGEST_LOOK = 5.0
"""Seconds that count between two looks, however long it really was."""
_HOUR = 3600.0


class TimeLimit:
    """Looks at runs that workers have. ``end`` is told of one whose time is up, and why it is to end."""

    def __init__(self, hours: float | None, end: Callable[[ActiveRun, str], None]) -> None:
        self._hours = hours
        self._end = end
        self._uptime = Uptime(LONGEST_LOOK)

    def look(self, now: float, runs: Iterable[ActiveRun]) -> None:
        """Count the time since the last look, and end what has used up its own."""
        passed = self._uptime.passed(now)
        for run in runs:
            if run.training:
                run.seconds += passed
                if self._hours is not None and run.seconds > self._hours * _HOUR and not run.stop_reason:
                    run.timed_out = True
                    self._end(run, f"it took longer than limits.run_hours allows, which is {self._hours:g}")
