"""What becomes of a study in which something went wrong that nobody foresaw: it is tried again, then it stands still.

The others notice nothing. A study in quarantine is FAILED with the reason; ``:resume`` tries it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from service.engine.transitions import Transition
from service.study.jobs import Pool
from service.study.ports import Transaction
from service.study.states import StudyState

log = logging.getLogger(__name__)

TRIES = 3
"""How often the same thing may go wrong, without a trial ended in between."""
KILLED_WITHIN = 10.0
"""Seconds after which a run whose worker was to be ended is surely gone, even if nobody said so."""
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


class PatienceWithSampler:
    """A sampler that raised is asked again after a while; what runs is not touched by it."""

    def __init__(self) -> None:
        self._n_failed = 0

    async def bear_with(self, error: Exception, study_id: str) -> str:
        """Wait until it may be asked again; or why it is not to be any more."""
        self._n_failed += 1
        reason = f"its sampler raised {self._n_failed} times: {error}"
        Transition("retry", reason=reason).log(study_id)
        if self._n_failed >= TRIES:
            return reason
        await asyncio.sleep(pause_before(self._n_failed))
        return ""


class Troubles:
    """What has gone wrong in which study, and the workers that are being ended because of it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._of: dict[str, Trouble] = {}
        self._abandoned: dict[str, str] = {}
        """Runs whose worker is being ended, to their study."""

    def of(self, study_id: str) -> Trouble:
        """What has gone wrong in the study since it last got on."""
        return self._of.get(study_id, NO_TROUBLE)

    def note(self, study_id: str, error: BaseException) -> None:
        """Something went wrong in the study."""
        trouble = self._of[study_id] = self.of(study_id).after(error, asyncio.get_running_loop().time())
        log.error("something went wrong in study %s", study_id, exc_info=error)
        Transition("retry", reason=trouble.reason).log(study_id)

    def forget(self, study_id: str) -> None:
        """The study gets on, or nobody will look at it any more."""
        self._of.pop(study_id, None)

    def must_wait(self, study_id: str) -> bool:
        """Whether the study may not be taken up yet.

        A run may start anew only when the pool has said that its worker is gone: a start that was not stored has the
        number of the next one, and until then that worker's events would pass for those of the new start.
        """
        paused = asyncio.get_running_loop().time() < self.of(study_id).until
        return paused or study_id in self._abandoned.values()

    def abandon(self, run_id: str, study_id: str) -> Coroutine[Any, Any, None]:
        """The end of the worker of a run that nobody follows any more; the study is held back from now on."""
        self._abandoned[run_id] = study_id
        return self._end_worker(run_id)

    async def _end_worker(self, run_id: str) -> None:
        await self._pool.kill(run_id)
        await asyncio.sleep(KILLED_WITHIN)
        self.heard_end(run_id)  # its end had been heard before, or will not be

    def heard_end(self, run_id: str) -> None:
        """The pool has said that the run is over."""
        self._abandoned.pop(run_id, None)


def quarantine(study_id: str, reason: str, lost: Sequence[str], transaction: Transaction) -> None:
    """The study fails; ``lost`` are runs that the rows call RUNNING although no worker has them any more."""
    for run_id in lost:
        transaction.requeue_run(run_id, reason)
    transaction.set_study_state(study_id, StudyState.FAILED, f"quarantined: {reason}")
