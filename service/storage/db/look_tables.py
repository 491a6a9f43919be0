"""The tables of looks: who has seen results is paid for, and counted, whatever becomes of what was seen."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, TypedColumns

from service.storage.db.column_types import Counter, Identifier, Json, UtcDateTime
from service.storage.db.service_tables import metadata


class TestLookColumns(TypedColumns):
    """Somebody looked at the results on a test split; ``data`` is a hash of whose.

    It has no foreign key: what was seen stays seen when the study is deleted.
    """

    id = Column(Counter, primary_key=True, autoincrement=True)
    data = Column(String(64), nullable=False)
    study_id = Column(Identifier, nullable=False)
    at = Column(UtcDateTime, nullable=False)


test_looks = Table("test_looks", metadata, TestLookColumns)
Index(None, test_looks.c.data)


class ConfirmationColumns(TypedColumns):
    """A look at a study: ``confirmation_id`` trains ``trials`` of it once more. Deleted, it is still paid for."""

    study_id = Column(Identifier, ForeignKey("studies.id", ondelete="CASCADE"), primary_key=True)
    look = Column(Integer, primary_key=True, autoincrement=False)
    confirmation_id = Column(Identifier, ForeignKey("studies.id", ondelete="SET NULL"))
    over = Column(String(8), nullable=False)
    trials = Column(Json, nullable=False)


confirmations = Table("confirmations", metadata, ConfirmationColumns)
Index(None, confirmations.c.confirmation_id, unique=True)
