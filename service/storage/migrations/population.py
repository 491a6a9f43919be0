"""The table of what populations have decided, as the first revision makes it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op


def create_continuations(identifier: Any, json: Any) -> None:
    """Make it, with these types of identifiers and JSON."""
    op.create_table(
        "continuations",
        sa.Column("run_id", identifier, nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("attempt", "trial_number", "from_trial")),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("from_run", identifier, nullable=False),
        sa.Column("checkpoint", sa.String(length=64), nullable=False),
        sa.Column("in_force", json, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_continuations_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "epoch", name=op.f("pk_continuations")),
    )
