"""Events: what happened in a study, in order."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from service.storage.db.database import Repository, reading
from service.storage.db.rows import event_of
from service.storage.db.tables import events
from service.study.records import StudyEvent


class EventStore(Repository):
    """Reads events; they are written with the change that they tell of."""

    def read(self, study_id: str, after: int = 0, limit: int = 500) -> Sequence[StudyEvent]:
        """The events numbered above ``after``, in order and without a gap."""
        query = select(events).where(events.c.study_id == study_id, events.c.seq > after)
        with reading(self._engine) as connection:
            return [event_of(row) for row in connection.execute(query.order_by(events.c.seq).limit(limit))]
