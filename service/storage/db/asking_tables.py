"""The tables in which those who train elsewhere and the engine meet."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    TypedColumns,
    UniqueConstraint,
    false,
)

from service.storage.db.column_types import Counter, Identifier, Json, State, UtcDateTime
from service.storage.db.service_tables import metadata


class AskColumns(TypedColumns):
    """Somebody wants a trial, or has had one. ``key`` is that of the request, whose repetition is the same ask.

    ``asked_at`` is for deleting alone: no clock ends a lease.
    """

    id = Column(Identifier, primary_key=True)
    study_id = Column(Identifier, ForeignKey("studies.id", ondelete="CASCADE"), nullable=False)
    key = Column(String(255))
    lease = Column(Double, nullable=False)
    beat = Column(Integer, nullable=False)
    run_id = Column(Identifier, ForeignKey("runs.id", ondelete="CASCADE"))
    start = Column(Integer, nullable=False)
    over = Column(Boolean, nullable=False)
    asked_at = Column(UtcDateTime, nullable=False)


asks = Table("asks", metadata, AskColumns, UniqueConstraint("study_id", "key"))
NOT_OVER = asks.c.over == false()
"""However many asks there were, these are few."""
Index("ix_asks_not_over", asks.c.id, sqlite_where=NOT_OVER, postgresql_where=NOT_OVER)
Index(None, asks.c.run_id)


class AskMessageColumns(TypedColumns):
    """Something that was said of a run, until it is stored what it comes to; ``answer`` is the engine's decision."""

    id = Column(Counter, primary_key=True, autoincrement=True)
    ask_id = Column(Identifier, ForeignKey("asks.id", ondelete="CASCADE"), nullable=False)
    said = Column(State, nullable=False)
    payload = Column(Json, nullable=False)
    answer = Column(State)


ask_messages = Table("ask_messages", metadata, AskMessageColumns, sqlite_autoincrement=True)
Index(None, ask_messages.c.ask_id)
