"""Alembic runs this: the revisions, on the connection and in the transaction that ``migrate`` opened."""

from __future__ import annotations

from alembic import context

from service.storage.db.tables import studies

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=studies.metadata,
    render_as_batch=True,
)
context.run_migrations()
