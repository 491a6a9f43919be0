"""The tables of the service itself: who leads and works, and which requests came; and what all tables share."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypedColumns,
)

from service.storage.db.column_types import Identifier, State, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class LeadershipColumns(TypedColumns):
    """One row: which engine leads, and why it cannot work, if it cannot.

    Each of its writes holds the row until the commit, so its heartbeat has another. ``service_id`` is for places that
    several services share. ``silent_since`` is when, by the database's clock, the engine before it was seen last, until
    the starts of runs that ended with that one are known.
    """

    id = Column(Integer, primary_key=True, autoincrement=False)
    epoch = Column(BigInteger, nullable=False)
    holder = Column(Text)
    trouble = Column(Text, nullable=False)
    silent_since = Column(Double)
    service_id = Column(Identifier, nullable=False)


leadership = Table("leadership", metadata, LeadershipColumns, CheckConstraint("id = 1", "one_row"))


class HeartbeatColumns(TypedColumns):
    """One row: the counter that shows that the engine of the epoch lives."""

    id = Column(Integer, primary_key=True, autoincrement=False)
    epoch = Column(BigInteger, nullable=False)
    beat = Column(BigInteger, nullable=False)
    seen_at = Column(Double, nullable=False)
    """Seconds since 1970 by the database's clock."""


heartbeats = Table("heartbeats", metadata, HeartbeatColumns, CheckConstraint("id = 1", "one_row"))


class WorkerColumns(TypedColumns):
    """A worker of the engine that leads."""

    id = Column(Text, primary_key=True)
    cpus = Column(Double, nullable=False)
    gpus = Column(Double, nullable=False)
    files_hash = Column(String(64), nullable=False)
    state = Column(State, nullable=False)
    pid = Column(Integer)
    host = Column(Text, nullable=False)
    run_id = Column(Identifier)


workers = Table("workers", metadata, WorkerColumns)


class WaitColumns(TypedColumns):
    """A study of which something waits, as the engine that leads found it; ``node`` is kept for it, if one is.

    It has no foreign key: the engine writes all rows anew when one of them has changed.
    """

    study_id = Column(Identifier, primary_key=True)
    place = Column(Integer, nullable=False)
    study = Column(Text, nullable=False)
    priority = Column(Integer, nullable=False)
    reason = Column(Text, nullable=False)
    cpus = Column(Double, nullable=False)
    gpus = Column(Double, nullable=False)
    node = Column(Text, nullable=False)
    alone = Column(Boolean, nullable=False)


waits = Table("waits", metadata, WaitColumns)


class SamplerProcessColumns(TypedColumns):
    """A process of the engine that leads which asks samplers."""

    place = Column(Integer, primary_key=True, autoincrement=False)
    pid = Column(Integer)
    sampler = Column(Text, nullable=False)
    n_past = Column(Integer, nullable=False)
    since = Column(UtcDateTime)


sampler_processes = Table("sampler_processes", metadata, SamplerProcessColumns)


class IdempotencyKeyColumns(TypedColumns):
    """A request that created a study or queued configurations, so that its repetition does not."""

    key = Column(String(255), primary_key=True)
    fingerprint = Column(String(64), nullable=False)
    study_id = Column(Identifier, nullable=False)
    created_at = Column(UtcDateTime, nullable=False)


idempotency_keys = Table("idempotency_keys", metadata, IdempotencyKeyColumns)
Index(None, idempotency_keys.c.created_at)
