"""Time that counts only while this process itself ran: of a pause in which it was held up, only a little counts."""

from __future__ import annotations


class Uptime:
    """Counts between looks on a clock that no change of the date moves, such as that of an event loop.

    A process that was stopped, or too busy, saw nothing of what others did meanwhile, so it must not hold the whole
    time against them. Two looks count as ``longest`` seconds apart at most.
    """

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._looked_at: float | None = None

    def passed(self, now: float) -> float:
        """Seconds since the last look that count; none at the first."""
        passed = 0.0 if self._looked_at is None else min(now - self._looked_at, self._longest)
        self._looked_at = now
        return passed
