"""Connections: what is durable, what waits, and what is refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from experiments.errors import InvalidInput
from service.errors import Unavailable
from service.storage.db.database import open_database, reading, writing


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    """A database with one table."""
    engine = open_database(f"sqlite:///{tmp_path / 'new' / 'folder' / 'store.db'}")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE t (x INTEGER)"))
    yield engine
    engine.dispose()


def test_sqlite_is_set_up_to_keep_what_it_acknowledged(database: Engine) -> None:
    with reading(database) as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_a_write_takes_the_lock_before_it_reads(database: Engine) -> None:
    with writing(database):
        other = sqlite3.connect(str(database.url.database), timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_a_reader_sees_one_moment_and_stops_no_writer(database: Engine) -> None:
    with reading(database) as before:
        assert before.execute(text("SELECT count(*) FROM t")).scalar() == 0
        with writing(database) as connection:
            connection.execute(text("INSERT INTO t VALUES (1)"))
        assert before.execute(text("SELECT count(*) FROM t")).scalar() == 0


def test_a_database_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "store.db").mkdir()
    with pytest.raises(Unavailable), reading(open_database(f"sqlite:///{tmp_path / 'store.db'}")):
        pass


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite://", "name a file"),
        ("sqlite:///:memory:", "name a file"),
        ("mysql://root@here/x", "mysql is not supported; use sqlite or postgresql"),
        ("no url", "not a database URL"),
    ],
)
def test_another_url_is_refused(url: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        open_database(url)


def test_a_postgresql_url_needs_no_driver() -> None:
    assert open_database("postgresql://user:secret@host/name").dialect.driver == "psycopg"
