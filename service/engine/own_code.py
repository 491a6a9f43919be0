"""Users' own code as the engine sees it: followed, held to what a study was submitted with, retired with workers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence

from experiments.errors import InvalidInput
from service.study.code import difference
from service.study.jobs import Pool, PoolKey
from service.study.ports import Transaction
from service.study.records import Study
from service.study.states import Desired, StudyState


class OwnCode:
    """What of users' own code the studies and the workers have; one for the whole engine.

    ``follow`` makes that code known to this process as its files are now, which may take seconds.
    """

    def __init__(self, follow: Callable[[], None], pool: Pool) -> None:
        self._follow = follow
        self._pool = pool
        self._of_workers: dict[PoolKey, Mapping[str, str]] = {}

    async def follow(self) -> None:
        """Know the code as its files are now."""
        await asyncio.to_thread(self._follow)

    async def missing(self, study: Study) -> str:
        """Why the study cannot run with the code of now; empty if it can."""
        await self.follow()
        if difference(study.code):
            await self.follow()  # the files may have been restored while they were described
        return difference(study.code)

    def note(self, study: Study, key: PoolKey) -> None:
        """Workers of the key have the code of the study."""
        self._of_workers[key] = study.code

    def retire_outdated(self, wanted: Collection[PoolKey]) -> None:
        """End idle workers whose code is not that of now, but for those of wanted keys: their studies go on with it."""
        for key in [key for key, code in self._of_workers.items() if key not in wanted and difference(code)]:
            self._pool.retire(key)
            del self._of_workers[key]


def hold(
    study: Study, reason: str, transaction: Transaction, *, at_rest: bool = True, lost: Sequence[str] = ()
) -> None:
    """Pause a study in the user's place: at once if it is at rest, or else as soon as its runs have finished.

    ``lost`` are runs that the rows call RUNNING although no worker has them.
    """
    for run_id in lost:
        transaction.requeue_run(run_id, reason)
    transaction.hold_study(study.id, reason)
    if at_rest and not study.state.ended:
        transaction.set_study_state(study.id, StudyState.PAUSED, reason)


def do_without_definition(
    study: Study, error: InvalidInput, gone: str, lost: Sequence[str], transaction: Transaction
) -> None:
    """What becomes of a study whose definition cannot be read any more, perhaps because its code has ``gone``."""
    if study.desired == Desired.DELETED:
        transaction.delete_study(study.id)
    elif gone and study.desired == Desired.STOPPED and not study.state.ended:
        transaction.set_study_state(study.id, StudyState.STOPPED, "stopped by request")
    elif gone and study.state != StudyState.PAUSED and not study.state.ended:
        hold(study, gone, transaction, lost=lost)
    elif not gone and study.state != StudyState.FAILED:
        reason = f"its definition cannot be used any more: {error}"
        transaction.set_study_state(study.id, StudyState.FAILED, reason)
