"""Connections: one engine per process, set up so that what is acknowledged is durable and nobody waits for ever."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, InterfaceError, NoSuchModuleError, OperationalError
from sqlalchemy.sql.schema import Table

from experiments.errors import InvalidInput
from service.errors import Conflict, Unavailable

CHANNEL = "studyhall"
"""PostgreSQL's notification channel: the commit of a write says so there."""
LAST_COMMIT = "user_version"
"""The number in the head of an SQLite file which that does not use itself: here the commit of a write changes it."""
BUSY_SECONDS = 30
PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    f"busy_timeout = {BUSY_SECONDS * 1000}",
    "foreign_keys = ON",
)
TIMEOUTS = f"-c statement_timeout=60s -c lock_timeout={BUSY_SECONDS}s -c idle_in_transaction_session_timeout=60s"

Insert = sqlite.Insert | postgresql.Insert


def open_database(url: str) -> Engine:
    """An engine for SQLite (``sqlite:///…``) or PostgreSQL (``postgresql://…``); nothing is connected yet.

    Raises:
        InvalidInput: the URL is of no database that is supported.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _open_sqlite(parsed)
        if parsed.get_backend_name() == "postgresql":
            return _open_postgresql(parsed)
    except (ArgumentError, NoSuchModuleError) as error:
        raise InvalidInput.at("database_url", f"not a database URL: {error}") from error
    raise InvalidInput.at("database_url", f"{parsed.get_backend_name()} is not supported; use sqlite or postgresql")


class Repository:
    """Base of the store's parts; they share the engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine


@contextmanager
def translated() -> Iterator[None]:
    """SQLAlchemy's errors as ours.

    Raises:
        Unavailable: the database does not answer.
        Conflict: a constraint does not allow it.
    """
    try:
        yield
    except IntegrityError as error:
        raise Conflict(f"another write was first: {error.orig}") from error
    except (OperationalError, InterfaceError) as error:
        raise Unavailable(f"the database does not answer: {error.orig}") from error


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A read-only view: on SQLite of one moment, on PostgreSQL each statement sees what is committed by then.

    Raises:
        Unavailable: the database does not answer.
    """
    with translated(), engine.connect() as connection:
        _begin(connection, "DEFERRED")
        yield connection


@contextmanager
def writing(engine: Engine, *, wakes: bool = True) -> Iterator[Connection]:
    """A write transaction: committed at the end, rolled back on any exception.

    Whoever watches for commits (`watcher`) is woken by this one, unless it is of no interest to them.

    Raises:
        Unavailable: the database does not answer, or is held by others for too long.
        Conflict: a constraint does not allow it.
    """
    with translated(), engine.connect() as connection, connection.begin():
        # A write that begins as a read cannot be upgraded once another has written; it must take the lock at once.
        _begin(connection, "IMMEDIATE")
        yield connection
        if wakes:
            _announce(connection)


def _begin(connection: Connection, mode: str) -> None:
    """Begin on SQLite, whose driver does not do so; done by an event, SQLAlchemy asks for events at each statement."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"BEGIN {mode}")


def _announce(connection: Connection) -> None:
    """Within the transaction, so that nobody hears of one that is rolled back."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"NOTIFY {CHANNEL}")
    else:
        connection.exec_driver_sql(f"PRAGMA {LAST_COMMIT} = {secrets.randbits(31)}")


def insert(connection: Connection, table: Table) -> Insert:
    """An INSERT that knows ON CONFLICT, in the dialect of the connection."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def in_both_dialects(table: Table, finish: Callable[[Insert], Insert]) -> Mapping[str, Insert]:
    """An INSERT that ``finish`` completes, by dialect: put together once, which costs more than to execute it."""
    return {"sqlite": finish(sqlite.insert(table)), "postgresql": finish(postgresql.insert(table))}


def _open_sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise InvalidInput.at("database_url", "the service's processes meet in the database; name a file: sqlite:///…")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=10, max_overflow=40, **_json())
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _open_postgresql(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=10,
        max_overflow=40,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 10, "options": TIMEOUTS, "application_name": "studyhall"},
        **_json(),
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun above, never by the driver's own guess
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _json() -> dict[str, Any]:
    return {"json_serializer": lambda value: orjson.dumps(value).decode(), "json_deserializer": orjson.loads}
