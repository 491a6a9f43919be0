"""What the tracker reads and writes, many trials at a time: one by one it would cost more than MLflow does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, select, update

from service.storage.db.database import Repository, reading, writing
from service.storage.db.rows import artifact_of, trial_of
from service.storage.db.tables import REJECTED, artifacts, runs, studies, sync_items, trials
from service.storage.mlflow_sync.sync_items import SyncItem
from service.storage.writes.changes import append_events, study_event
from service.study.records import Artifact, Trial
from service.study.states import RunState


@dataclass
class Settled:
    """The outcome for some items: what was projected, what MLflow refuses, and the ids MLflow gave."""

    projected: list[SyncItem] = field(default_factory=list)
    rejected: list[tuple[SyncItem, str]] = field(default_factory=list)
    run_ids: dict[str, str] = field(default_factory=dict)
    """MLflow's run ids by the ids of our trials and runs."""

    def __bool__(self) -> bool:
        return bool(self.projected or self.rejected or self.run_ids)


@dataclass(frozen=True)
class RunSummary:
    """A trial or a run as far as a comparison with MLflow looks at it."""

    id: str
    state: RunState
    mlflow_run_id: str | None
    trial_id: str | None = None
    """For a run, the trial it belongs to."""


class SummaryStore(Repository):
    """Reads whole batches of trials, and settles their items in one transaction."""

    def trials(self, dirty: Iterable[SyncItem]) -> Sequence[Trial]:
        """The trials that the items are about: those of trials, and those whose runs left artifacts."""
        by_kind: dict[str, list[str]] = {"trial": [], "run": [], "study": []}
        for item in dirty:
            by_kind[item.kind].append(item.id)
        of_runs = select(runs.c.trial_id).where(runs.c.id.in_(by_kind["run"]))
        query = select(trials).where(trials.c.id.in_(by_kind["trial"]) | trials.c.id.in_(of_runs))
        with reading(self._engine) as connection:
            return [trial_of(row) for row in connection.execute(query.order_by(trials.c.study_id, trials.c.number))]

    def artifacts(self, run_ids: Sequence[str]) -> Mapping[str, list[Artifact]]:
        """Run id to the run's artifacts, by path."""
        found: dict[str, list[Artifact]] = {run_id: [] for run_id in run_ids}
        query = select(artifacts).where(artifacts.c.run_id.in_(run_ids)).order_by(artifacts.c.path)
        with reading(self._engine) as connection:
            for row in connection.execute(query):
                found[row.run_id].append(artifact_of(row))
        return found

    def of_study(self, study_id: str) -> tuple[list[RunSummary], list[RunSummary]]:
        """All trials of a study, and all its runs."""
        of_trials = select(trials.c.id, trials.c.state, trials.c.mlflow_run_id).where(trials.c.study_id == study_id)
        of_runs = select(runs.c.id, runs.c.state, runs.c.mlflow_run_id, runs.c.trial_id)
        with reading(self._engine) as connection:
            found_trials = connection.execute(of_trials.order_by(trials.c.number)).all()
            found_runs = connection.execute(of_runs.where(runs.c.study_id == study_id)).all()
        return (
            [RunSummary(row.id, RunState(row.state), row.mlflow_run_id) for row in found_trials],
            [RunSummary(row.id, RunState(row.state), row.mlflow_run_id, row.trial_id) for row in found_runs],
        )

    def settle(self, outcome: Settled) -> None:
        """Record the outcome; an item that was raised in the meantime stays dirty."""
        reached = [{"k": item.kind, "i": item.id, "v": item.version} for item in outcome.projected]
        refused = [{"k": item.kind, "i": item.id, "v": item.version, "e": error} for item, error in outcome.rejected]
        with writing(self._engine) as connection:
            _set_run_ids(connection, outcome.run_ids)
            _tell_of_refusals(connection, {item.study_id for item, _ in outcome.rejected})
            if reached:
                connection.execute(_PROJECTED, reached)
                _clear_runs(connection, [item.id for item in outcome.projected if item.kind == "trial"])
            if refused:
                connection.execute(_REJECT, refused)

    def touch_trials(self, trial_ids: Iterable[str]) -> None:
        """Mark trials dirty, because MLflow was found to hold something else."""
        with writing(self._engine) as connection:
            for trial_id in sorted(trial_ids):
                connection.execute(_TOUCHED, {"i": trial_id})


_IS_ITEM = (sync_items.c.kind == bindparam("k")) & (sync_items.c.id == bindparam("i"))
_PROJECTED = (
    update(sync_items)
    .where(_IS_ITEM, sync_items.c.projected < bindparam("v"))
    .values(projected=bindparam("v"), error="")
)
_REJECT = update(sync_items).where(_IS_ITEM).values(rejected=bindparam("v"), error=bindparam("e"))
_TOUCHED = (
    update(sync_items)
    .where(sync_items.c.kind == "trial", sync_items.c.id == bindparam("i"))
    .values(version=sync_items.c.version + 1)
)


def _set_run_ids(connection: Connection, run_ids: Mapping[str, str]) -> None:
    values = [{"ours": ours, "theirs": theirs} for ours, theirs in run_ids.items()]
    if values:
        for table in (runs, trials):  # in the engine's order, so that the two never wait for each other in a ring
            query = update(table).where(table.c.id == bindparam("ours")).values(mlflow_run_id=bindparam("theirs"))
            connection.execute(query, values)


def _tell_of_refusals(connection: Connection, study_ids: Iterable[str]) -> None:
    """An event for each study, so that its page shows at once what MLflow refused."""
    for row in connection.execute(select(studies).where(studies.c.id.in_(study_ids)).order_by(studies.c.id)).all():
        append_events(connection, row.id, [study_event(row, "mlflow")], datetime.now(UTC))


def _clear_runs(connection: Connection, trial_ids: Sequence[str]) -> None:
    """MLflow took these trials whole: what it had refused of their runs is there now."""
    of_trials = select(runs.c.id).where(runs.c.trial_id.in_(trial_ids))
    refused = (sync_items.c.kind == "run") & REJECTED & sync_items.c.id.in_(of_trials)
    connection.execute(update(sync_items).where(refused).values(projected=sync_items.c.version, rejected=0, error=""))
