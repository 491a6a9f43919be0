"""Statements compiled once in a test process: each test has a database, and each database an empty memory of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import URL, Engine, make_url

from service.storage.db import database


@pytest.fixture(scope="session", autouse=True)
def shared_statements(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """SQLAlchemy knows a compiled statement by its dialect, so all engines on SQLite share one of each."""
    opened = database._open_sqlite
    first = opened(make_url(f"sqlite:///{tmp_path_factory.mktemp('statements')}/first.db"))
    first.connect().close()  # by which the dialect learns what this SQLite can do

    def sharing(url: URL) -> Engine:
        engine = opened(url)
        engine.dialect = engine.pool._dialect = first.dialect
        engine._compiled_cache = first._compiled_cache
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_open_sqlite", sharing)
        yield
    first.dispose()
