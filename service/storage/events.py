"""Events: what happened in a study, in order. The newest are kept, for readers that were away for a while."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select

from service.storage.db.database import Repository, reading, writing
from service.storage.db.rows import AnyRow, event_of
from service.storage.db.tables import events, studies
from service.study.records import StudyEvent

KEPT = 10_000
"""Events of a study that are kept, if they are not too old."""
KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Changes:
    """What has changed in a study."""

    runs: Mapping[str, int | None]
    """Ids of runs, with the first step of their new points, if they have any."""
    trials: Set[int]
    """Numbers of trials that changed themselves, as when they ended."""


class EventStore(Repository):
    """Reads events, and trims them; they are written with the change that they tell of."""

    def read(self, study_id: str, after: int = 0, limit: int = 500) -> Sequence[StudyEvent]:
        """The events numbered above ``after``, in order and without a gap.

        Where some of them are gone there is one event ``reset`` instead: its reader loads the study anew, and goes on
        behind it.
        """
        query = select(events).where(events.c.study_id == study_id, events.c.seq > after)
        with reading(self._engine) as connection:
            newest = connection.execute(select(studies.c.version).where(studies.c.id == study_id)).scalar() or 0
            found = [event_of(row) for row in connection.execute(query.order_by(events.c.seq).limit(limit))]
        if newest > after and (not found or found[0].seq > after + 1):
            return [StudyEvent(study_id, newest, "reset", {}, datetime.now(UTC))]
        return found

    def changes(self, study_id: str, after: int, limit: int) -> Changes | None:
        """What events numbered above ``after`` tell of.

        Nothing when some of those events are gone, or when there are more than ``limit``: then all may have changed.
        """
        query = select(events.c.seq, events.c.kind, events.c.payload)
        query = query.where(events.c.study_id == study_id, events.c.seq > after).order_by(events.c.seq)
        with reading(self._engine) as connection:
            newest = connection.execute(select(studies.c.version).where(studies.c.id == study_id)).scalar() or 0
            if newest - after > limit:
                return None
            rows = connection.execute(query).all()
        if newest > after and (not rows or rows[0].seq > after + 1):
            return None
        return _changes(rows)

    def trim(self) -> Iterator[int]:
        """Delete what is beyond the newest of a study or too old, study by study: how many events of each."""
        old = select(events.c.study_id, func.max(events.c.seq)).where(events.c.at < datetime.now(UTC) - KEPT_FOR)
        beyond = select(studies.c.id, studies.c.version - KEPT).where(
            select(events.c.seq)
            .where(events.c.study_id == studies.c.id, events.c.seq <= studies.c.version - KEPT)
            .exists(),
            studies.c.version > KEPT,
        )
        with reading(self._engine) as connection:
            trimmed = [*connection.execute(old.group_by(events.c.study_id)), *connection.execute(beyond)]
        for study_id, last in trimmed:
            with writing(self._engine) as connection:
                query = delete(events).where(events.c.study_id == study_id, events.c.seq <= last)
                yield connection.execute(query).rowcount


def _changes(rows: Iterable[AnyRow]) -> Changes:
    runs: dict[str, int | None] = {}
    trials: set[int] = set()
    for row in rows:
        if row.kind == "trial":
            trials.add(row.payload["trial"])
        elif row.kind in {"run", "metrics"}:
            known = runs.get(row.payload["run"])
            runs[row.payload["run"]] = row.payload.get("first_step") if known is None else known
    return Changes(runs, trials)
