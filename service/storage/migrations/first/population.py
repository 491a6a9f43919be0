"""The table of what populations have decided, as the first revision makes it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.storage.migrations.first.columns import IDENTIFIER, JSON


def create_continuations() -> None:
    """Who went on from whose checkpoint, and with which values."""
    op.create_table(
        "continuations",
        sa.Column("run_id", IDENTIFIER, nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("trial_number", "from_trial")),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("from_run", IDENTIFIER, nullable=False),
        sa.Column("checkpoint", sa.String(length=64), nullable=False),
        sa.Column("in_force", JSON, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_continuations_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "epoch", name=op.f("pk_continuations")),
    )
