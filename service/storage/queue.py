"""Configurations that wait to be tried before the sampler is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from service.errors import Conflict, IdempotencyKeyReused, StudyIsDeleted
from service.storage.db.database import Repository, reading, writing
from service.storage.db.rows import AnyRow
from service.storage.db.tables import queued_configurations, studies, trials
from service.storage.studies import append_to_queue, earlier_request, find_study
from service.storage.writes.changes import append_events, study_event
from service.storage.writes.study_writes import n_drawn
from service.study.states import Desired, RunState, StudyState


class QueueStore(Repository):
    """Queues configurations of a study that has not ended, and lists them."""

    def of_study(self, study_id: str, first: int = 0) -> Sequence[Mapping[str, Any]]:
        """The parameters of what was ever queued, from a position on."""
        place = (queued_configurations.c.study_id == study_id) & (queued_configurations.c.position >= first)
        query = select(queued_configurations.c.parameters).where(place).order_by(queued_configurations.c.position)
        with reading(self._engine) as connection:
            return list(connection.scalars(query))

    def n_waiting(self, study_id: str) -> int:
        """How many of them no trial has had.

        Raises:
            StudyNotFound: there is no such study.
        """
        with reading(self._engine) as connection:
            return _n_waiting(connection, find_study(connection, study_id))

    def add(
        self, study_id: str, points: Sequence[Mapping[str, Any]], *, idempotency: tuple[str, str] | None = None
    ) -> int:
        """Queue further configurations behind those that wait; how many wait now.

        The wish to run on that comes with them stands even if the study completes before the engine hears of it.

        Raises:
            StudyNotFound: there is no such study.
            IdempotencyKeyReused: the key came before with another request.
            Conflict: the study has ended, or will not have that many trials; the message says what to do.
        """
        with writing(self._engine) as connection:
            row = find_study(connection, study_id, lock=True)
            known = earlier_request(connection, *idempotency, row.id) if idempotency else None
            if known is None:
                _refuse(connection, row, len(points))
                append_to_queue(connection, row.id, row.n_queued, points)
                row = _wanted_on(connection, row, len(points))
            elif known != row.id:
                raise IdempotencyKeyReused
            return _n_waiting(connection, row)


def _refuse(connection: Connection, row: AnyRow, n: int) -> None:
    if row.desired == Desired.DELETED:
        raise StudyIsDeleted(row.name)
    if StudyState(row.state).ended:
        remedy = "submit a study with a `queue` of its own"
        raise Conflict(f"study {row.name!r} is {row.state} ({row.reason}), and tries nothing any more; {remedy}")
    if row.definition["sampler"]["name"] == "pbt" and _has_trials(connection, row):
        remedy = "clone the study with a `queue` of its own"
        raise Conflict(f"the trials of study {row.name!r} are a population, which no other joins later; {remedy}")
    least = n_drawn(connection, row.id) + _n_waiting(connection, row) + n
    if row.max_trials is not None and least > row.max_trials:
        remedy = f"raise max_trials to {least} at least, then queue them"
        raise Conflict(f"max_trials is {row.max_trials}, which leaves no room for {n} more; {remedy}")


def _has_trials(connection: Connection, row: AnyRow) -> bool:
    return connection.execute(select(trials.c.id).where(trials.c.study_id == row.id).limit(1)).first() is not None


def _n_waiting(connection: Connection, row: AnyRow) -> int:
    """A trial that was cancelled gives its place in the queue back."""
    had = (trials.c.study_id == row.id) & trials.c.queue_position.is_not(None) & (trials.c.state != RunState.CANCELLED)
    query = select(func.count(trials.c.queue_position.distinct())).where(had)
    return int(row.n_queued) - int(connection.execute(query).scalar_one())


def _wanted_on(connection: Connection, row: AnyRow, n: int) -> AnyRow:
    changes = {"n_queued": studies.c.n_queued + n, "wanted": studies.c.wanted + 1}
    changed = connection.execute(update(studies).where(studies.c.id == row.id).values(changes).returning(studies)).one()
    append_events(connection, row.id, [study_event(changed, "queued")], datetime.now(UTC))
    return changed
