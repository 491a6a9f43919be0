"""The part of the first schema in which those who train elsewhere and the engine meet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.storage.migrations.first.columns import IDENTIFIER, JSON, STATE, TIME, of_study


def create_asks() -> None:
    """What was asked for, and what was said of it."""
    op.create_table(
        "asks",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("study_id", IDENTIFIER, nullable=False),
        sa.Column("key", sa.String(length=255), nullable=True),
        sa.Column("lease", sa.Double(), nullable=False),
        sa.Column("beat", sa.Integer(), nullable=False),
        sa.Column("run_id", IDENTIFIER, nullable=True),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        of_study("asks"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_asks_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asks")),
        sa.UniqueConstraint("study_id", "key", name=op.f("uq_asks_study_id_key")),
    )
    not_over = sa.column("over") == sa.false()
    op.create_index("ix_asks_not_over", "asks", ["id"], sqlite_where=not_over, postgresql_where=not_over)
    op.create_index(op.f("ix_asks_run_id"), "asks", ["run_id"])
    op.create_table(
        "ask_messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("ask_id", IDENTIFIER, nullable=False),
        sa.Column("said", STATE, nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("answer", STATE, nullable=True),
        sa.ForeignKeyConstraint(["ask_id"], ["asks.id"], name=op.f("fk_ask_messages_ask_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ask_messages")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_ask_messages_ask_id"), "ask_messages", ["ask_id"])
