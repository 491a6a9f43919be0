"""The watcher: how a process learns that another one has written.

A commit that is to wake others (``database.writing``) leaves another number in the head of an SQLite file, and sends a
notification on PostgreSQL. Both are looked at every 50 ms, after a long silence five times a second, and only while
somebody waits.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, event

from service.errors import Unavailable
from service.storage.db.database import CHANNEL, LAST_COMMIT, translated

INTERVAL = 0.05
"""Seconds between two looks."""
SLOWEST = 0.2
"""Seconds between two looks after a long silence: an idle service shall use next to nothing."""
SHARE = 0.01
"""How long the next look may wait, of the silence so far."""
RECONNECT = 1.0
"""Seconds between two attempts to reach a database that was lost."""


class Subscription:
    """One reader's view of the commits: what it has seen, and what not yet."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._seen = watcher.version()
        self._seen_at = time.monotonic()

    async def wait(self, timeout: float) -> bool:
        """Whether somebody committed since the last time this said so; waits for it up to ``timeout`` seconds.

        So a reader that reads after each wait misses nothing: a commit during its reading ends the next wait at once.
        """
        deadline = time.monotonic() + timeout
        while (version := self._watcher.version()) == self._seen:
            now = time.monotonic()
            if now >= deadline:
                return False
            interval = min(max(self._watcher.interval, SHARE * (now - self._seen_at)), SLOWEST)
            await asyncio.sleep(min(interval, deadline - now))
        self._seen, self._seen_at = version, time.monotonic()
        return True


class Watcher:
    """Watches one database for the commits of all other connections, of this process too.

    It closes with the engine (``engine.dispose()``). Each concurrent reader takes a subscription of its own. Who need
    not know at once looks at a longer ``interval``, in seconds.
    """

    def __init__(self, engine: Engine, interval: float = INTERVAL) -> None:
        self.interval = interval
        postgresql = engine.dialect.name == "postgresql"
        self._source: Source = PostgresSource(engine) if postgresql else SqliteSource(engine)
        self._version = self._source.look()
        self._looked_at = time.monotonic()
        self._own = Subscription(self)
        event.listen(engine, "engine_disposed", self._close)

    async def wait(self, timeout: float) -> bool:
        """As a subscription's; for a process with one reader."""
        return await self._own.wait(timeout)

    def subscribe(self) -> Subscription:
        """A view that begins now."""
        return Subscription(self)

    def version(self) -> int:
        """A number that changes with every commit; many readers cost one look at the database."""
        now = time.monotonic()
        if now - self._looked_at >= self.interval / 2:
            self._version, self._looked_at = self._source.look(), now
        return self._version

    def _close(self, _engine: Engine) -> None:
        self._source.close()


class Source(Protocol):
    """Tells whether anything was committed, without blocking."""

    def look(self) -> int:
        """A number that changes with every commit."""
        ...

    def close(self) -> None:
        """Give the connection back; the number stands still from now on."""
        ...


class SqliteSource:
    """Asks SQLite for the number that the last commit has left."""

    def __init__(self, engine: Engine) -> None:
        self._connection = _own_connection(engine)
        self._cursor: Any = _driver(self._connection).cursor()
        self._cursor.execute("PRAGMA busy_timeout = 0")
        self._version = 0

    def look(self) -> int:
        """It is read as fast as SQLite's own note that the file has changed."""
        if not self._connection.closed:
            (self._version,) = self._cursor.execute(f"PRAGMA {LAST_COMMIT}").fetchone()
        return self._version

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class PostgresSource:
    """Listens to PostgreSQL's notifications."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._version = 0
        self._closed = False
        self._tried_at = time.monotonic()
        self._connection: Connection | None = self._listen()

    def look(self) -> int:
        """Whether a notification came; a new connection counts as one, because it may have missed some."""
        try:
            if self._connection is not None:
                received = sum(1 for _ in _driver(self._connection).notifies(timeout=0))
                self._version += received > 0
            elif not self._closed and time.monotonic() - self._tried_at >= RECONNECT:
                self._tried_at = time.monotonic()
                self._connection = self._listen()
                self._version += 1
        except (self._engine.dialect.loaded_dbapi.OperationalError, Unavailable):
            self._drop()
        return self._version

    def close(self) -> None:
        """Close the connection."""
        self._closed = True
        self._drop()

    def _listen(self) -> Connection:
        connection = _own_connection(self._engine)
        with translated():
            connection.exec_driver_sql(f"LISTEN {CHANNEL}")
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            _driver(connection).close()
            connection.invalidate()  # it may be broken: nothing of it may be used for an orderly end


def _own_connection(engine: Engine) -> Connection:
    """A connection that the pool does not count, outside of any transaction."""
    with translated():
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()
        return connection


def _driver(connection: Connection) -> Any:
    return connection.connection.dbapi_connection
