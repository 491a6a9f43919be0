"""How long a study still takes, from the runs that have ended; time in which the service was down does not count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

BESIDES = 5.0
"""Seconds that a run may need besides training: to be built, to write its files. More was an interruption."""


@dataclass(frozen=True)
class Taken:
    """What an ended run took, in seconds: from its first start to its end, and in training alone."""

    whole: float
    training: float


@dataclass(frozen=True)
class Pace:
    """The newest ended runs of a study, and how many run now."""

    taken: Sequence[Taken]
    n_running: int

    def seconds_left(self, n_runs: int) -> float | None:
        """How long that many more runs take; nothing while no run has ended."""
        if not self.taken:
            return None
        return fmean(map(_occupied, self.taken)) * n_runs / max(1, self.n_running)


def _occupied(run: Taken) -> float:
    """For how long a run kept its worker: one that waited for the service to come back was longer under way."""
    return min(run.whole, 2 * run.training + BESIDES)
