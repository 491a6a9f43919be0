"""The time that a run may train: counted while it has a worker, and only while this engine runs and looks.

All attempts of a run count together, and what it waits does not. The clock is the loop's, which no change of the date
moves. An engine that was held up did not see what its workers did meanwhile; so between two looks at most a few seconds
count. What a former engine has counted is not stored: a run that is taken over begins with the training time that its
curve tells.
"""

from __future__ import annotations

from collections.abc import Callable

from service.engine.state import ActiveRun, ActiveStudy

LONGEST_LOOK = 5.0
"""Seconds that count between two looks, however long it really was."""
_HOUR = 3600.0


class TimeLimit:
    """Looks at the runs of one study. ``end`` is told of one whose time is up, and why it is to end."""

    def __init__(self, active: ActiveStudy, end: Callable[[ActiveRun, str], None]) -> None:
        self._active = active
        self._end = end
        self._looked_at: float | None = None

    def look(self, now: float) -> None:
        """Count the time since the last look, and end what has used up its own."""
        passed = 0.0 if self._looked_at is None else min(now - self._looked_at, LONGEST_LOOK)
        self._looked_at = now
        hours = self._active.definition.limits.run_hours
        if hours is None:
            return
        for _, run in self._active.submitted_runs():
            if run.training:
                run.seconds += passed
                if run.seconds > hours * _HOUR and not run.stop_reason:
                    run.timed_out = True
                    self._end(run, f"it took longer than limits.run_hours allows, which is {hours:g}")
