"""The tables of studies, with the constraints that keep them true and the indexes their readers need."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    literal_column,
)

from service.storage.db.column_types import Counter, Identifier, Json, State, UtcDateTime
from service.storage.db.service_tables import metadata

NO_FOLD = -1
"""Stored for a run without a fold, because NULLs are never equal and would escape the unique constraint."""


class StudyColumns(TypedColumns):
    """A study. ``version`` is the number of its last event, ``passed_as`` the key of a check that passed.

    ``wanted`` counts the wishes that it run on, ``ended`` is the last of them that its end has answered. Each write of
    a trial or run also keeps how many trials there are in each state, the best, and what its runs have spent and may
    still spend. ``busy_since`` is when, in seconds since 1970, the first of its ``open_attempts`` began before which
    there was none. ``trial_actions`` counts what users want of single trials.
    """

    id = Column(Identifier, primary_key=True)
    name = Column(String(100), nullable=False)
    definition = Column(Json, nullable=False)
    direction = Column(String(8), nullable=False)
    desired = Column(State, nullable=False)
    state = Column(State, nullable=False)
    reason = Column(Text, nullable=False)
    wanted = Column(Integer, nullable=False)
    ended = Column(Integer, nullable=False)
    priority = Column(Integer, nullable=False)
    max_trials = Column(Integer)
    max_concurrent_trials = Column(Integer, nullable=False)
    notes = Column(Text, nullable=False)
    tags = Column(Json, nullable=False)
    trial_actions = Column(Integer, nullable=False)
    version = Column(BigInteger, nullable=False)
    created_at = Column(UtcDateTime, nullable=False)
    started_at = Column(UtcDateTime)
    ended_at = Column(UtcDateTime)
    sampler_state = Column(Json, nullable=False)
    stop_running = Column(State, nullable=False)
    test_result = Column(Json)
    provenance = Column(Json, nullable=False)
    warnings = Column(Json, nullable=False)
    code_check = Column(Json)
    passed_as = Column(String(64))
    n_waiting = Column(Integer, nullable=False)
    n_running = Column(Integer, nullable=False)
    n_completed = Column(Integer, nullable=False)
    n_pruned = Column(Integer, nullable=False)
    n_failed = Column(Integer, nullable=False)
    n_cancelled = Column(Integer, nullable=False)
    best_trial = Column(Integer)
    best_value = Column(Double)
    budget = Column(Json, nullable=False)
    reserved_epochs = Column(BigInteger, nullable=False)
    saved_epochs = Column(BigInteger, nullable=False)
    spent_epochs = Column(BigInteger, nullable=False)
    spent_seconds = Column(Double, nullable=False)
    spent_device_seconds = Column(Double, nullable=False)
    spent_wall_seconds = Column(Double, nullable=False)
    open_attempts = Column(Integer, nullable=False)
    busy_since = Column(Double)
    mlflow_experiment_id = Column(String(64))
    n_queued = Column(Integer, nullable=False)


studies = Table(
    "studies",
    metadata,
    StudyColumns,
    CheckConstraint("direction IN ('minimize', 'maximize')", "direction"),
    CheckConstraint("desired IN ('running', 'paused', 'stopped', 'deleted')", "desired"),
    CheckConstraint("state IN ('QUEUED', 'RUNNING', 'PAUSED', 'COMPLETED', 'STOPPED', 'FAILED')", "state"),
)
NOT_DELETED = studies.c.desired != literal_column("'deleted'")
"""Written out, not bound: only then do the planners see that it is the condition of the index."""
Index("uq_studies_name", studies.c.name, unique=True, sqlite_where=NOT_DELETED, postgresql_where=NOT_DELETED)
Index(None, studies.c.created_at, studies.c.id)
Index(None, studies.c.passed_as)
Index(None, studies.c.state, studies.c.desired)


class ExpandedSpaceColumns(TypedColumns):
    """What a study's space meant when it was submitted, apart because studies are read after every commit."""

    study_id = Column(Identifier, ForeignKey("studies.id", ondelete="CASCADE"), primary_key=True)
    document = Column(Json, nullable=False)


expanded_spaces = Table("expanded_spaces", metadata, ExpandedSpaceColumns)


class QueuedConfigurationColumns(TypedColumns):
    """A configuration that is tried before the sampler is asked; the lowest positions first."""

    study_id = Column(Identifier, ForeignKey("studies.id", ondelete="CASCADE"), primary_key=True)
    position = Column(Integer, primary_key=True, autoincrement=False)
    parameters = Column(Json, nullable=False)


queued_configurations = Table("queued_configurations", metadata, QueuedConfigurationColumns)


class PriorTrialColumns(TypedColumns):
    """What a trial of an earlier study came to, from which the sampler of this one learns."""

    study_id = Column(Identifier, ForeignKey("studies.id", ondelete="CASCADE"), primary_key=True)
    position = Column(Integer, primary_key=True, autoincrement=False)
    parameters = Column(Json, nullable=False)
    value = Column(Double, nullable=False)


prior_trials = Table("prior_trials", metadata, PriorTrialColumns)

RUN_STATES = "state IN ('WAITING', 'RUNNING', 'COMPLETED', 'PRUNED', 'FAILED', 'CANCELLED')"


class TrialColumns(TypedColumns):
    """One configuration of a study. ``value`` is the first of its ``objective_values``, for the index."""

    id = Column(Identifier, primary_key=True)
    study_id = Column(Identifier, ForeignKey("studies.id", ondelete="CASCADE"), nullable=False)
    number = Column(Integer, nullable=False)
    sampler_number = Column(Integer, nullable=False)
    state = Column(State, nullable=False)
    reason = Column(Text, nullable=False)
    parameters = Column(Json, nullable=False)
    distributions = Column(Json, nullable=False)
    config = Column(Json, nullable=False)
    value = Column(Double)
    objective_values = Column(Json, nullable=False)
    metrics = Column(Json, nullable=False)
    sampler_attrs = Column(Json, nullable=False)
    queue_position = Column(Integer)
    failure = Column(State)
    retry_of = Column(Integer)
    infeasible = Column(Boolean, nullable=False)
    excluded = Column(Boolean, nullable=False)
    cancel_wanted = Column(Boolean, nullable=False)
    retries_wanted = Column(Integer, nullable=False)
    notes = Column(Text, nullable=False)
    tags = Column(Json, nullable=False)
    created_at = Column(UtcDateTime, nullable=False)
    started_at = Column(UtcDateTime)
    ended_at = Column(UtcDateTime)
    mlflow_run_id = Column(String(64))


trials = Table(
    "trials",
    metadata,
    TrialColumns,
    UniqueConstraint("study_id", "number"),
    CheckConstraint(RUN_STATES, "state"),
)
COUNTS = ~trials.c.excluded & ~trials.c.infeasible
RANKED = (trials.c.state == literal_column("'COMPLETED'")) & trials.c.value.is_not(None) & COUNTS
"""Trials that take part in the ranking."""
Index(None, trials.c.study_id, trials.c.state)
Index(
    "ix_trials_ranking",
    trials.c.study_id,
    trials.c.value,
    trials.c.number,
    sqlite_where=RANKED,
    postgresql_where=RANKED,
)


class RunColumns(TypedColumns):
    """One training execution of a trial. ``reached_epoch`` is how far its start is, or where the next will begin.

    ``computed_epochs`` and ``spent_seconds`` are those of all its starts, the seconds only of those that have ended.
    """

    id = Column(Identifier, primary_key=True)
    trial_id = Column(Identifier, ForeignKey("trials.id", ondelete="CASCADE"), nullable=False)
    study_id = Column(Identifier, ForeignKey("studies.id", ondelete="CASCADE"), nullable=False)
    trial_number = Column(Integer, nullable=False)
    replicate = Column(Integer, nullable=False)
    seed = Column(BigInteger, nullable=False)
    fold = Column(Integer, nullable=False)
    state = Column(State, nullable=False)
    reason = Column(Text, nullable=False)
    attempt = Column(Integer, nullable=False)
    value = Column(Double)
    objective_values = Column(Json, nullable=False)
    metrics = Column(Json, nullable=False)
    metrics_epoch = Column(BigInteger)
    recorded_step = Column(BigInteger, nullable=False)
    epochs = Column(BigInteger, nullable=False)
    planned_epochs = Column(Integer, nullable=False)
    reached_epoch = Column(BigInteger, nullable=False)
    training_time = Column(Double, nullable=False)
    computed_epochs = Column(BigInteger, nullable=False)
    spent_seconds = Column(Double, nullable=False)
    worker = Column(Text)
    starts = Column(Integer, nullable=False)
    code_hash = Column(String(64), nullable=False)
    failure = Column(State)
    checkpoints = Column(Json, nullable=False)
    created_at = Column(UtcDateTime, nullable=False)
    started_at = Column(UtcDateTime)
    ended_at = Column(UtcDateTime)
    mlflow_run_id = Column(String(64))


runs = Table(
    "runs",
    metadata,
    RunColumns,
    UniqueConstraint("trial_id", "replicate", "fold"),
    CheckConstraint(RUN_STATES, "state"),
)
Index(None, runs.c.study_id, runs.c.trial_number, runs.c.replicate)
Index(None, runs.c.study_id, runs.c.state)
Index(None, runs.c.study_id, runs.c.ended_at)
UNENDED = runs.c.state.in_([literal_column("'WAITING'"), literal_column("'RUNNING'")])
"""Runs that have checkpoints; however many have ended, these are few."""
Index("ix_runs_unended", runs.c.id, sqlite_where=UNENDED, postgresql_where=UNENDED)


class AttemptColumns(TypedColumns):
    """One start of a run on a worker; its id is the run's with the number of the start.

    ``last_seen_at`` is known of those alone whose engine died and whose worker is gone: nothing ran from then on.
    """

    id = Column(String(48), primary_key=True)
    run_id = Column(Identifier, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False)
    attempt = Column(Integer, nullable=False)
    worker = Column(Text, nullable=False)
    node = Column(Text, nullable=False)
    cpus = Column(Double, nullable=False)
    gpus = Column(Double, nullable=False)
    started_at = Column(UtcDateTime, nullable=False)
    parent_checkpoint = Column(String(64))
    last_seen_at = Column(UtcDateTime)
    ended_at = Column(UtcDateTime)
    device_seconds = Column(Double, nullable=False)
    left_run = Column(State)
    alone = Column(Boolean, nullable=False)
    failure = Column(State)
    reason = Column(Text, nullable=False)


attempts = Table("attempts", metadata, AttemptColumns)
Index(None, attempts.c.run_id, attempts.c.started_at)
Index(None, attempts.c.ended_at)


class CurveChunkColumns(TypedColumns):
    """Consecutive points of a curve whose run has not ended, packed as ``curves.format`` says."""

    run_id = Column(Identifier, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    first_step = Column(BigInteger, primary_key=True, autoincrement=False)
    data = Column(LargeBinary, nullable=False)


curve_chunks = Table("curve_chunks", metadata, CurveChunkColumns)


class CurveColumnColumns(TypedColumns):
    """One column of the curve of a run that has ended, packed as ``curves.columns`` says."""

    run_id = Column(Identifier, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    name = Column(Text, primary_key=True)
    data = Column(LargeBinary, nullable=False)


curve_columns = Table("curve_columns", metadata, CurveColumnColumns)


class StudyMetricColumns(TypedColumns):
    """A metric that some curve of the study holds."""

    study_id = Column(Identifier, ForeignKey("studies.id", ondelete="CASCADE"), primary_key=True)
    name = Column(Text, primary_key=True)


study_metrics = Table("study_metrics", metadata, StudyMetricColumns)


class AnalysisColumns(TypedColumns):
    """The answer, as JSON, to a question about the study in this version of it; ``question`` is a digest."""

    study_id = Column(Identifier, ForeignKey("studies.id", ondelete="CASCADE"), primary_key=True)
    question = Column(String(64), primary_key=True)
    version = Column(BigInteger, nullable=False)
    answer = Column(LargeBinary, nullable=False)


analyses = Table("analyses", metadata, AnalysisColumns)


class RunLogColumns(TypedColumns):
    """A piece of a run's log; the pieces in the order of their ids are the log.

    What a worker said has the number of the run's start and of the event, so that it is stored once however often it is
    said; the engine's line about the end of a start has the number -1. What it says of the test split has none.
    """

    id = Column(Counter, primary_key=True, autoincrement=True)
    run_id = Column(Identifier, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False)
    start = Column(Integer, nullable=False)
    seq = Column(Integer)
    text = Column(Text, nullable=False)


run_logs = Table("run_logs", metadata, RunLogColumns)
Index(None, run_logs.c.run_id, run_logs.c.id)
Index(None, run_logs.c.run_id, run_logs.c.start, run_logs.c.seq, unique=True)


class ArtifactColumns(TypedColumns):
    """A file that a run left; its bytes are in the artifact store."""

    run_id = Column(Identifier, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    path = Column(Text, primary_key=True)
    sha256 = Column(String(64), nullable=False)
    size = Column(BigInteger, nullable=False)
    media_type = Column(Text, nullable=False)
    created_at = Column(UtcDateTime, nullable=False)


artifacts = Table("artifacts", metadata, ArtifactColumns)
Index(None, artifacts.c.sha256)


class EventColumns(TypedColumns):
    """Something that happened in a study, numbered from 1 within it."""

    study_id = Column(Identifier, ForeignKey("studies.id", ondelete="CASCADE"), primary_key=True)
    seq = Column(BigInteger, primary_key=True, autoincrement=False)
    kind = Column(State, nullable=False)
    payload = Column(Json, nullable=False)
    at = Column(UtcDateTime, nullable=False)


events = Table("events", metadata, EventColumns)
Index(None, events.c.at)


class SyncItemColumns(TypedColumns):
    """How far MLflow lags behind a study, a trial or a run's artifacts.

    It has no foreign key: a deleted study's item stays, as a tombstone, until MLflow's experiment is deleted too.
    """

    kind = Column(State, primary_key=True)
    id = Column(Identifier, primary_key=True)
    study_id = Column(Identifier, nullable=False)
    version = Column(BigInteger, nullable=False)
    projected = Column(BigInteger, nullable=False)
    rejected = Column(BigInteger, nullable=False)
    error = Column(Text, nullable=False)
    changed_at = Column(UtcDateTime, nullable=False)
    tombstone = Column(Boolean, nullable=False)
    mlflow_experiment_id = Column(String(64))


sync_items = Table(
    "sync_items", metadata, SyncItemColumns, CheckConstraint("kind IN ('study', 'trial', 'run')", "kind")
)
DIRTY = (sync_items.c.version > sync_items.c.projected) & (sync_items.c.version > sync_items.c.rejected)
"""What the tracker has to do; a rejected item waits for its next change."""
REJECTED = sync_items.c.rejected == sync_items.c.version
"""What MLflow refuses for good, as it is now."""
Index(None, sync_items.c.study_id)
Index("ix_sync_items_dirty", sync_items.c.changed_at, sqlite_where=DIRTY, postgresql_where=DIRTY)
Index("ix_sync_items_rejected", sync_items.c.study_id, sqlite_where=REJECTED, postgresql_where=REJECTED)
