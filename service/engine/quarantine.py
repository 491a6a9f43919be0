"""What becomes of a study in which something went wrong that nobody foresaw: it is tried again, then it stands still.

The others notice nothing. A study in quarantine is FAILED with the reason; ``:resume`` tries it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.study.ports import Transaction
from service.study.states import StudyState

TRIES = 3
"""How often the same thing may go wrong, without a trial ended in between."""
PAUSE = 0.5
"""Seconds before the second try; before each further one, twice as long."""


def pause_before(n_failed: int) -> float:
    """Seconds to wait after this many failures."""
    return PAUSE * 2.0 ** (n_failed - 1)


@dataclass(frozen=True)
class Trouble:
    """What went wrong in a study last, and how often it did."""

    reason: str
    times: int
    until: float
    """When it may be tried again, on the loop's clock."""

    @property
    def is_hopeless(self) -> bool:
        """Whether it has been tried often enough."""
        return self.times >= TRIES

    def after(self, error: BaseException, now: float) -> Trouble:
        """The same once more."""
        times = self.times + 1
        return Trouble(f"{type(error).__name__}: {error}", times, now + pause_before(times))


NO_TROUBLE = Trouble("", 0, 0.0)


def quarantine(study_id: str, reason: str, lost: Sequence[str], transaction: Transaction) -> None:
    """The study fails; ``lost`` are runs that the rows call RUNNING although no worker has them any more."""
    for run_id in lost:
        transaction.requeue_run(run_id, reason, attempt_used=False)
    transaction.set_study_state(study_id, StudyState.FAILED, f"quarantined: {reason}")
