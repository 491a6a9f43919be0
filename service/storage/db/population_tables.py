"""The table of what populations have decided."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Double, ForeignKey, Integer, String, Table, Text, TypedColumns, select

from service.storage.db.column_types import Identifier, Json
from service.storage.db.service_tables import metadata
from service.study.records import Continuation


class ContinuationColumns(TypedColumns):
    """What a member of a population went on with after an epoch: its own checkpoint, or another's.

    ``in_force`` is what varies, by its place in the config, as it holds from there on.
    """

    run_id = Column(Identifier, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    epoch = Column(Integer, primary_key=True, autoincrement=False)
    trial_number = Column(Integer, nullable=False)
    value = Column(Double)
    from_trial = Column(Integer, nullable=False)
    from_run = Column(Identifier, nullable=False)
    checkpoint = Column(String(64), nullable=False)
    in_force = Column(Json, nullable=False)
    reason = Column(Text, nullable=False)


continuations = Table("continuations", metadata, ContinuationColumns)


def is_stored(connection: Connection, move: Continuation) -> bool:
    """Whether this was decided before."""
    same = (continuations.c.run_id == move.run_id) & (continuations.c.epoch == move.epoch)
    return connection.execute(select(continuations.c.run_id).where(same)).first() is not None
