"""The table of saved views."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table, Text, TypedColumns, UniqueConstraint

from service.storage.db.column_types import Identifier, State, UtcDateTime
from service.storage.db.service_tables import metadata


class ViewColumns(TypedColumns):
    """A name for what the page shows of a study: one of its tabs, and the query string that holds every choice."""

    id = Column(Identifier, primary_key=True)
    study_id = Column(Identifier, ForeignKey("studies.id", ondelete="CASCADE"), nullable=False)
    name = Column(String(80), nullable=False)
    tab = Column(State, nullable=False)
    query = Column(Text, nullable=False)
    saved_at = Column(UtcDateTime, nullable=False)


views = Table("views", metadata, ViewColumns, UniqueConstraint("study_id", "name"))
