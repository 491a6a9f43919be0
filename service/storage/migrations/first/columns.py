"""What the tables of the first revision have in common. A later change of the tables' own types changes none of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

IDENTIFIER = sa.String(length=32)
STATE = sa.String(length=16)
TIME = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True)


def of_study(table: str) -> sa.ForeignKeyConstraint:
    """Rows that go with their study."""
    name = op.f(f"fk_{table}_study_id")
    return sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=name, ondelete="CASCADE")
