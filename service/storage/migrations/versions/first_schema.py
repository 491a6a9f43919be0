"""The first schema.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.storage.migrations.first.asking import create_asks
from service.storage.migrations.first.columns import IDENTIFIER, JSON, STATE, TIME, of_study
from service.storage.migrations.first.population import create_continuations
from service.storage.migrations.first.service import create_service_tables

revision = "0001"
down_revision: str | None = None

COUNTED = ("waiting", "running", "completed", "pruned", "failed", "cancelled")
RUN_STATES = "state IN ('WAITING', 'RUNNING', 'COMPLETED', 'PRUNED', 'FAILED', 'CANCELLED')"


def upgrade() -> None:
    """From nothing."""
    _create_studies()
    _create_trials()
    _create_runs()
    _create_attempts()
    _create_what_runs_leave()
    create_continuations()
    _create_what_studies_gather()
    create_asks()
    create_service_tables()


def _create_studies() -> None:
    op.create_table(
        "studies",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("definition", JSON, nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("desired", STATE, nullable=False),
        sa.Column("state", STATE, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("max_trials", sa.Integer(), nullable=True),
        sa.Column("max_concurrent_trials", sa.Integer(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("trial_actions", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("started_at", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("sampler_state", JSON, nullable=False),
        sa.Column("stop_running", STATE, nullable=False),
        sa.Column("test_result", JSON, nullable=True),
        sa.Column("provenance", JSON, nullable=False),
        sa.Column("warnings", JSON, nullable=False),
        sa.Column("code_check", JSON, nullable=True),
        sa.Column("passed_as", sa.String(length=64), nullable=True),
        *(sa.Column(f"n_{state}", sa.Integer(), nullable=False) for state in COUNTED),
        sa.Column("best_trial", sa.Integer(), nullable=True),
        sa.Column("best_value", sa.Double(), nullable=True),
        sa.Column("budget", JSON, nullable=False),
        *(sa.Column(f"{what}_epochs", sa.BigInteger(), nullable=False) for what in ("reserved", "saved", "spent")),
        sa.Column("spent_seconds", sa.Double(), nullable=False),
        sa.Column("spent_device_seconds", sa.Double(), nullable=False),
        sa.Column("spent_wall_seconds", sa.Double(), nullable=False),
        sa.Column("open_attempts", sa.Integer(), nullable=False),
        sa.Column("busy_since", sa.Double(), nullable=True),
        sa.Column("mlflow_experiment_id", sa.String(length=64), nullable=True),
        sa.Column("n_queued", sa.Integer(), nullable=False),
        sa.CheckConstraint("desired IN ('running', 'paused', 'stopped', 'deleted')", name=op.f("ck_studies_desired")),
        sa.CheckConstraint("direction IN ('minimize', 'maximize')", name=op.f("ck_studies_direction")),
        sa.CheckConstraint(
            "state IN ('QUEUED', 'RUNNING', 'PAUSED', 'COMPLETED', 'STOPPED', 'FAILED')", name=op.f("ck_studies_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studies")),
    )
    op.create_index(op.f("ix_studies_created_at_id"), "studies", ["created_at", "id"])
    op.create_index(op.f("ix_studies_passed_as"), "studies", ["passed_as"])
    op.create_index(op.f("ix_studies_state_desired"), "studies", ["state", "desired"])
    kept = sa.text("desired != 'deleted'")
    op.create_index("uq_studies_name", "studies", ["name"], unique=True, sqlite_where=kept, postgresql_where=kept)
    op.create_table(
        "expanded_spaces",
        sa.Column("study_id", IDENTIFIER, nullable=False),
        sa.Column("document", JSON, nullable=False),
        of_study("expanded_spaces"),
        sa.PrimaryKeyConstraint("study_id", name=op.f("pk_expanded_spaces")),
    )
    op.create_table(
        "queued_configurations",
        sa.Column("study_id", IDENTIFIER, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("parameters", JSON, nullable=False),
        of_study("queued_configurations"),
        sa.PrimaryKeyConstraint("study_id", "position", name=op.f("pk_queued_configurations")),
    )
    op.create_table(
        "prior_trials",
        sa.Column("study_id", IDENTIFIER, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("parameters", JSON, nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        of_study("prior_trials"),
        sa.PrimaryKeyConstraint("study_id", "position", name=op.f("pk_prior_trials")),
    )
    op.create_table(
        "confirmations",
        sa.Column("study_id", IDENTIFIER, nullable=False),
        sa.Column("look", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("confirmation_id", IDENTIFIER, nullable=True),
        sa.Column("over", sa.String(length=8), nullable=False),
        sa.Column("trials", JSON, nullable=False),
        of_study("confirmations"),
        sa.ForeignKeyConstraint(
            ["confirmation_id"], ["studies.id"], name=op.f("fk_confirmations_confirmation_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("study_id", "look", name=op.f("pk_confirmations")),
    )
    op.create_index(op.f("ix_confirmations_confirmation_id"), "confirmations", ["confirmation_id"], unique=True)
    op.create_table(
        "views",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("study_id", IDENTIFIER, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("tab", STATE, nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("saved_at", TIME, nullable=False),
        of_study("views"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_views")),
        sa.UniqueConstraint("study_id", "name", name=op.f("uq_views_study_id_name")),
    )


def _create_trials() -> None:
    op.create_table(
        "trials",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("study_id", IDENTIFIER, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sampler_number", sa.Integer(), nullable=False),
        sa.Column("state", STATE, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("parameters", JSON, nullable=False),
        sa.Column("distributions", JSON, nullable=False),
        sa.Column("config", JSON, nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("objective_values", JSON, nullable=False),
        sa.Column("metrics", JSON, nullable=False),
        sa.Column("sampler_attrs", JSON, nullable=False),
        sa.Column("queue_position", sa.Integer(), nullable=True),
        sa.Column("failure", STATE, nullable=True),
        sa.Column("retry_of", sa.Integer(), nullable=True),
        sa.Column("infeasible", sa.Boolean(), nullable=False),
        sa.Column("excluded", sa.Boolean(), nullable=False),
        sa.Column("cancel_wanted", sa.Boolean(), nullable=False),
        sa.Column("retries_wanted", sa.Integer(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("started_at", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("mlflow_run_id", sa.String(length=64), nullable=True),
        sa.CheckConstraint(RUN_STATES, name=op.f("ck_trials_state")),
        of_study("trials"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trials")),
        sa.UniqueConstraint("study_id", "number", name=op.f("uq_trials_study_id_number")),
    )
    op.create_index(
        "ix_trials_ranking",
        "trials",
        ["study_id", "value", "number"],
        sqlite_where=sa.text("state = 'COMPLETED' AND value IS NOT NULL AND excluded = 0 AND infeasible = 0"),
        postgresql_where=sa.text("state = 'COMPLETED' AND value IS NOT NULL AND NOT excluded AND NOT infeasible"),
    )
    op.create_index(op.f("ix_trials_study_id_state"), "trials", ["study_id", "state"])


def _create_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("trial_id", IDENTIFIER, nullable=False),
        sa.Column("study_id", IDENTIFIER, nullable=False),
        sa.Column("trial_number", sa.Integer(), nullable=False),
        sa.Column("replicate", sa.Integer(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("fold", sa.Integer(), nullable=False),
        sa.Column("state", STATE, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("objective_values", JSON, nullable=False),
        sa.Column("metrics", JSON, nullable=False),
        sa.Column("metrics_epoch", sa.BigInteger(), nullable=True),
        sa.Column("recorded_step", sa.BigInteger(), nullable=False),
        sa.Column("epochs", sa.BigInteger(), nullable=False),
        sa.Column("planned_epochs", sa.Integer(), nullable=False),
        sa.Column("reached_epoch", sa.BigInteger(), nullable=False),
        sa.Column("training_time", sa.Double(), nullable=False),
        sa.Column("computed_epochs", sa.BigInteger(), nullable=False),
        sa.Column("spent_seconds", sa.Double(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("failure", STATE, nullable=True),
        sa.Column("checkpoints", JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("started_at", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("mlflow_run_id", sa.String(length=64), nullable=True),
        sa.CheckConstraint(RUN_STATES, name=op.f("ck_runs_state")),
        of_study("runs"),
        sa.ForeignKeyConstraint(["trial_id"], ["trials.id"], name=op.f("fk_runs_trial_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("trial_id", "replicate", "fold", name=op.f("uq_runs_trial_id_replicate_fold")),
    )
    op.create_index(op.f("ix_runs_study_id_trial_number_replicate"), "runs", ["study_id", "trial_number", "replicate"])
    op.create_index(op.f("ix_runs_study_id_state"), "runs", ["study_id", "state"])
    op.create_index(op.f("ix_runs_study_id_ended_at"), "runs", ["study_id", "ended_at"])
    unended = sa.text("state IN ('WAITING', 'RUNNING')")
    op.create_index("ix_runs_unended", "runs", ["id"], sqlite_where=unended, postgresql_where=unended)


def _create_attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("run_id", IDENTIFIER, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("cpus", sa.Double(), nullable=False),
        sa.Column("gpus", sa.Double(), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("parent_checkpoint", sa.String(length=64), nullable=True),
        sa.Column("last_seen_at", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("device_seconds", sa.Double(), nullable=False),
        sa.Column("left_run", STATE, nullable=True),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("failure", STATE, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_attempts_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index(op.f("ix_attempts_run_id_started_at"), "attempts", ["run_id", "started_at"])
    op.create_index(op.f("ix_attempts_ended_at"), "attempts", ["ended_at"])


def _create_what_runs_leave() -> None:
    op.create_table(
        "curve_chunks",
        sa.Column("run_id", IDENTIFIER, nullable=False),
        sa.Column("first_step", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_curve_chunks_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "first_step", name=op.f("pk_curve_chunks")),
    )
    op.create_table(
        "curve_columns",
        sa.Column("run_id", IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_curve_columns_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "name", name=op.f("pk_curve_columns")),
    )
    op.create_table(
        "run_logs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("run_id", IDENTIFIER, nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_logs_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_logs")),
    )
    op.create_index(op.f("ix_run_logs_run_id_id"), "run_logs", ["run_id", "id"])
    op.create_index(op.f("ix_run_logs_run_id_start_seq"), "run_logs", ["run_id", "start", "seq"], unique=True)
    op.create_table(
        "artifacts",
        sa.Column("run_id", IDENTIFIER, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_artifacts_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "path", name=op.f("pk_artifacts")),
    )
    op.create_index(op.f("ix_artifacts_sha256"), "artifacts", ["sha256"])


def _create_what_studies_gather() -> None:
    op.create_table(
        "study_metrics",
        sa.Column("study_id", IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        of_study("study_metrics"),
        sa.PrimaryKeyConstraint("study_id", "name", name=op.f("pk_study_metrics")),
    )
    op.create_table(
        "test_looks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("data", sa.String(length=64), nullable=False),
        sa.Column("study_id", IDENTIFIER, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_looks")),
    )
    op.create_index(op.f("ix_test_looks_data"), "test_looks", ["data"])
    op.create_table(
        "analyses",
        sa.Column("study_id", IDENTIFIER, nullable=False),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        of_study("analyses"),
        sa.PrimaryKeyConstraint("study_id", "question", name=op.f("pk_analyses")),
    )
    op.create_table(
        "events",
        sa.Column("study_id", IDENTIFIER, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", STATE, nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("at", TIME, nullable=False),
        of_study("events"),
        sa.PrimaryKeyConstraint("study_id", "seq", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_at"), "events", ["at"])
    op.create_table(
        "sync_items",
        sa.Column("kind", STATE, nullable=False),
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("study_id", IDENTIFIER, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("projected", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("tombstone", sa.Boolean(), nullable=False),
        sa.Column("mlflow_experiment_id", sa.String(length=64), nullable=True),
        sa.CheckConstraint("kind IN ('study', 'trial', 'run')", name=op.f("ck_sync_items_kind")),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_sync_items")),
    )
    op.create_index(
        "ix_sync_items_dirty",
        "sync_items",
        ["changed_at"],
        sqlite_where=sa.text("version > projected AND version > rejected"),
        postgresql_where=sa.text("version > projected AND version > rejected"),
    )
    op.create_index(
        "ix_sync_items_rejected",
        "sync_items",
        ["study_id"],
        sqlite_where=sa.text("rejected = version"),
        postgresql_where=sa.text("rejected = version"),
    )
    op.create_index(op.f("ix_sync_items_study_id"), "sync_items", ["study_id"])
