"""What an engine finds of its predecessor's runs: those that no worker has any more ended when that one was seen last.

After a kill of the whole machine hours may pass until another engine looks. Nothing ran in them, so nobody pays for
them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, select, update

from service.storage.db.rows import AnyRow
from service.storage.db.service_tables import leadership
from service.storage.db.tables import attempts, runs, studies
from service.storage.writes.payloads import start_id
from service.study.jobs import RunStart


def note(connection: Connection, going_on: Collection[RunStart], now: datetime) -> None:
    """Write it down for the starts that have not ended; ``going_on`` are those that workers have."""
    since = connection.execute(select(leadership.c.silent_since)).scalar()
    if since is None:
        return
    seen = min(datetime.fromtimestamp(since, UTC), now)
    kept = {start_id(*each) for each in going_on}
    for study_id, open_attempts in _open_attempts(connection).items():
        lost = [each for each in open_attempts if each.id not in kept]
        _mark(connection, lost, seen)
        if len(lost) == len(open_attempts):
            _shorten(connection, study_id, seen, now)
    connection.execute(update(leadership).values(silent_since=None))


def _open_attempts(connection: Connection) -> Mapping[str, list[AnyRow]]:
    """The starts that have not ended, by study."""
    query = (
        select(attempts, runs.c.study_id)
        .join(runs, runs.c.id == attempts.c.run_id)
        .join(studies, studies.c.id == runs.c.study_id)
        .where(studies.c.open_attempts > 0, attempts.c.ended_at.is_(None))
    )
    found: dict[str, list[AnyRow]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.study_id].append(row)
    return found


def _mark(connection: Connection, lost: list[AnyRow], seen: datetime) -> None:
    marks = [{"key": each.id, "seen": max(seen, each.started_at)} for each in lost if each.last_seen_at is None]
    if marks:
        mark = update(attempts).where(attempts.c.id == bindparam("key")).values(last_seen_at=bindparam("seen"))
        connection.execute(mark, marks)


def _shorten(connection: Connection, study_id: str, seen: datetime, now: datetime) -> None:
    """The time in which anything of the study trained: it begins later by as long as nothing did."""
    began = connection.execute(select(studies.c.busy_since).where(studies.c.id == study_id)).scalar_one()
    if began is not None:
        silent = max(0.0, now.timestamp() - max(seen.timestamp(), began))
        connection.execute(update(studies).where(studies.c.id == study_id).values(busy_since=began + silent))
