"""Leadership: one engine at a time. The holder's heartbeat is a counter, so that no clock can expire it."""

from __future__ import annotations

import secrets
import threading
import time

from sqlalchemy import BindParameter, Connection, Double, Engine, Update, bindparam, cast, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from service.errors import LostLeadership
from service.storage.db import database
from service.storage.db.database import Repository, reading, writing
from service.storage.db.rows import AnyRow
from service.storage.db.service_tables import heartbeats, leadership

UNIX_EPOCH_JULIAN = 2440587.5


class LeadershipStore(Repository):
    """Who leads, and whether it lives."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._lock = threading.Lock()
        self._clock = _clock(engine.dialect.name)
        self._beat = _beat(self._clock)
        self._seen: tuple[int, int, float] | None = None
        """Epoch and beat of the other engine, and when this process saw them first, on its own monotonic clock."""

    def lead(self, holder: str, term: float) -> int | None:
        """Try to become the engine: the new epoch, or nothing while another one's heartbeat still moves.

        A ``holder`` of the same name as the one that leads is its successor, started when that one had died, and
        inherits at once. ``term`` is in seconds, measured on the caller's monotonic clock between two looks at the
        heartbeat counter. Nothing is written while another one lives: whoever waits to lead would be woken by its own
        looking.
        """
        with self._lock:
            return None if self._lives(holder, term) else self._take(holder, term)

    def _lives(self, holder: str, term: float) -> bool:
        with reading(self._engine) as connection:
            row = connection.execute(_LEADER).first()
        return row is not None and self._is_held(row, holder, term)

    def _take(self, holder: str, term: float) -> int | None:
        with writing(self._engine) as connection:
            row = _locked(connection)
            if self._is_held(row, holder, term):
                return None
            self._seen = None
            # Until it is made use of: an engine that dies before it has changes nothing about that.
            since = row.seen_at if row.silent_since is None and row.epoch else row.silent_since
            connection.execute(update(leadership).values(epoch=row.epoch + 1, holder=holder, silent_since=since))
            connection.execute(update(heartbeats).values(epoch=row.epoch + 1, beat=0, seen_at=self._clock))
            return int(row.epoch + 1)

    def heartbeat(self, epoch: int) -> bool:
        """Say that the engine of this epoch lives; false when another one has taken over. Nobody is woken by it."""
        with writing(self._engine, wakes=False) as connection:
            return connection.execute(self._beat, {"leader": epoch}).rowcount == 1

    def resign(self, epoch: int) -> None:
        """Give leadership up, so that the next engine need not wait."""
        with writing(self._engine) as connection:
            connection.execute(update(leadership).where(leadership.c.epoch == epoch).values(holder=None))

    def set_trouble(self, epoch: int, reason: str) -> None:
        """Say why the engine of this epoch cannot work; it holds, for the next one too, until ``""`` is said."""
        with writing(self._engine) as connection:
            led = (leadership.c.epoch == epoch, leadership.c.holder.is_not(None))
            connection.execute(update(leadership).where(*led).values(trouble=reason))

    def trouble(self) -> str:
        """Why the engine cannot work, or could not when there was one."""
        with reading(self._engine) as connection:
            return connection.execute(select(leadership.c.trouble)).scalar() or ""

    def service_id(self) -> str:
        """What tells this service from others with which it shares a Ray cluster."""
        with writing(self._engine) as connection:
            return str(_locked(connection).service_id)

    def engine_seen(self) -> float | None:
        """Seconds since the engine's last heartbeat by the database's clock; nothing when no engine leads."""
        with reading(self._engine) as connection:
            age = self._clock - heartbeats.c.seen_at
            led = leadership.c.holder.is_not(None)
            seconds = connection.execute(select(age).select_from(_JOINED).where(led)).scalar()
        return None if seconds is None else max(0.0, float(seconds))

    def _is_held(self, row: AnyRow, holder: str, term: float) -> bool:
        """Whether somebody else leads whose heartbeat has moved within the term."""
        now = time.monotonic()
        if self._seen is None or self._seen[:2] != (row.epoch, row.beat):
            self._seen = (row.epoch, row.beat, now)
        return row.holder not in {None, holder} and now - self._seen[2] < term


def check_epoch(connection: Connection, epoch: int) -> None:
    """Hold the leadership row until the commit, so that nobody takes over in the middle of this transaction.

    Raises:
        LostLeadership: another engine has taken over.
    """
    if connection.execute(_EPOCH).scalar() != epoch:
        raise LostLeadership


_EPOCH = select(leadership.c.epoch).where(leadership.c.holder.is_not(None)).with_for_update(read=True)


_JOINED = leadership.join(heartbeats, leadership.c.id == heartbeats.c.id)
_LEADER = select(leadership, heartbeats.c.beat, heartbeats.c.seen_at).select_from(_JOINED)


def _locked(connection: Connection) -> AnyRow:
    leader = {"epoch": 0, "trouble": "", "service_id": secrets.token_hex(6)}
    for table, first in ((leadership, leader), (heartbeats, {"epoch": 0, "beat": 0, "seen_at": 0.0})):
        connection.execute(database.insert(connection, table).values(id=1, **first).on_conflict_do_nothing())
    return connection.execute(_LEADER.with_for_update()).one()


def _beat(clock: ColumnElement[float]) -> Update:
    """The next heartbeat of the engine of the epoch ``leader``, if it leads."""
    leader: BindParameter[int] = bindparam("leader", type_=leadership.c.epoch.type)
    leads = select(leadership.c.id).where(leadership.c.epoch == leader, leadership.c.holder.is_not(None)).exists()
    beat = {"beat": heartbeats.c.beat + 1, "seen_at": clock}
    return update(heartbeats).where(heartbeats.c.epoch == leader, leads).values(beat)


def _clock(dialect: str) -> ColumnElement[float]:
    """Seconds since 1970, by the database's clock."""
    if dialect == "postgresql":
        return cast(func.extract("epoch", func.clock_timestamp()), Double)
    return (func.julianday("now") - UNIX_EPOCH_JULIAN) * 86400.0
