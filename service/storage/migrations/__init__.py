"""Bringing a database to the newest schema, from an empty one or from any earlier version."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from service.errors import Conflict
from service.storage.db.database import open_database, writing

LOCK = 7_283_001
"""PostgreSQL's advisory lock: two processes that start together migrate one after the other."""


def migrate(url: str) -> None:
    """Bring the database at ``url`` to the newest schema, in one transaction: all of it or nothing.

    Raises:
        Conflict: a newer version of the service made the schema.
        Unavailable: the database does not answer.
    """
    engine = open_database(url)
    try:
        with writing(engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            _upgrade(connection)
    finally:
        engine.dispose()


def schema_version(connection: Connection) -> str | None:
    """The revision of the schema in the database; nothing when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def newest_version() -> str | None:
    """The revision that this code was written for."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _upgrade(connection: Connection) -> None:
    if schema_version(connection) == newest_version():
        return
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise Conflict(f"the database was made by another version of the service: {error}") from error


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
