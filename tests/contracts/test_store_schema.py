"""What migrations promise, on every database: the declared schema, all of it or nothing, and nothing twice."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from service.errors import Conflict
from service.storage import migrations
from service.storage.db.database import open_database, reading
from service.storage.db.tables import metadata
from service.storage.migrations import migrate

SECOND = '''
"""Adds a table, and fails when it is told to."""

import sqlalchemy as sa
from alembic import op

revision = "second"
down_revision = "0001"
FAIL = {fail}


def upgrade() -> None:
    op.create_table("extra", sa.Column("id", sa.Integer(), primary_key=True))
    op.add_column("studies", sa.Column("extra", sa.Integer()))
    if FAIL:
        raise KeyboardInterrupt
    op.execute("INSERT INTO extra VALUES (1)")
'''


def schema_of(url: str) -> dict[str, Any]:
    """Everything an inspector sees of a database, but Alembic's own table."""
    engine = open_database(url)
    with reading(engine) as connection:
        inspector = inspect(connection)
        found = {
            table: {
                "columns": {
                    column["name"]: (str(column["type"]), column["nullable"]) for column in inspector.get_columns(table)
                },
                "primary": inspector.get_pk_constraint(table),
                "foreign": sorted(map(str, inspector.get_foreign_keys(table))),
                "unique": sorted(map(str, inspector.get_unique_constraints(table))),
                "checks": sorted(str(check["sqltext"]) for check in inspector.get_check_constraints(table)),
                "indexes": sorted(map(index_of, inspector.get_indexes(table))),
            }
            for table in inspector.get_table_names()
            if table != "alembic_version"
        }
    engine.dispose()
    return found


def index_of(index: Any) -> str:
    """An index in words, with its condition."""
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return f"{index['name']} {index['column_names']} unique={index['unique']} {options}"


class MigrationsContract:
    """From nothing to the newest schema."""

    def test_the_migrated_schema_is_the_declared_one(self, url: str, bare_url: str, tmp_path: Path) -> None:
        declared = bare_url if bare_url != url else f"sqlite:///{tmp_path / 'declared.db'}"
        engine = open_database(declared)
        metadata.create_all(engine)
        engine.dispose()
        assert schema_of(url) == schema_of(declared)

    def test_nothing_is_left_to_generate(self, database: Engine) -> None:
        with reading(database) as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []

    def test_migrating_again_changes_nothing(self, url: str) -> None:
        before = schema_of(url)
        migrate(url)
        assert schema_of(url) == before

    def test_an_interrupted_migration_leaves_the_old_schema(
        self, bare_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        migrate(bare_url)
        old = schema_of(bare_url)
        with_second_revision(monkeypatch, tmp_path / "failing", fail=True)
        with pytest.raises(KeyboardInterrupt):
            migrate(bare_url)
        assert schema_of(bare_url) == old
        with_second_revision(monkeypatch, tmp_path / "whole", fail=False)
        migrate(bare_url)
        assert "extra" in schema_of(bare_url)["studies"]["columns"]

    def test_an_interrupted_first_migration_leaves_nothing(
        self, bare_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        with_second_revision(monkeypatch, tmp_path / "failing", fail=True)
        with pytest.raises(KeyboardInterrupt):
            migrate(bare_url)
        assert schema_of(bare_url) == {}

    def test_processes_that_start_together_migrate_once(self, bare_url: str) -> None:
        errors: list[BaseException] = []

        def start() -> None:
            try:
                migrate(bare_url)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=start) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not errors
        assert set(schema_of(bare_url)) == set(metadata.tables)

    def test_a_newer_schema_is_refused(self, bare_url: str) -> None:
        migrate(bare_url)
        engine = open_database(bare_url)
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = 'from-the-future'"))
        engine.dispose()
        with pytest.raises(Conflict, match="another version of the service"):
            migrate(bare_url)


def with_second_revision(monkeypatch: pytest.MonkeyPatch, directory: Path, *, fail: bool) -> None:
    """Let the service have one revision more than it has."""
    directory.mkdir()
    (directory / "second.py").write_text(SECOND.format(fail=fail))
    config = migrations._config()
    versions = Path(migrations.__file__).parent / "versions"
    config.set_main_option("version_locations", f"{versions}:{directory}")
    monkeypatch.setattr(migrations, "_config", lambda: config)


class TestMigrationsOnSqlite(MigrationsContract):
    """On SQLite."""

    backend = "sqlite"


class TestMigrationsOnPostgresql(MigrationsContract):
    """On a real PostgreSQL."""

    backend = "postgresql"
