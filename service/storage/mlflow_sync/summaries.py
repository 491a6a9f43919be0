"""What the tracker reads and writes, many trials at a time: one by one it would cost more than MLflow does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, select, update

from service.storage.db.database import Repository, reading, writing
from service.storage.db.rows import artifact_of, trial_of
from service.storage.db.tables import REJECTED, artifacts, marks, runs, studies, trials
from service.storage.mlflow_sync.sync_items import Mark
from service.storage.writes.changes import append_events, study_event
from service.study.records import Artifact, Trial
from service.study.states import RunState


@dataclass
class Settled:
    """The outcome for some marks: what was projected, what MLflow refuses, and the ids MLflow gave."""

    projected: list[Mark] = field(default_factory=list)
    parked: list[tuple[Mark, str]] = field(default_factory=list)
    run_ids: dict[str, str] = field(default_factory=dict)
    """MLflow's run ids by the ids of our trials and runs."""

    def __bool__(self) -> bool:
        return bool(self.projected or self.parked or self.run_ids)


@dataclass(frozen=True)
class Outline:
    """A trial or a run as far as a comparison with MLflow looks at it."""

    id: str
    state: RunState
    mlflow_run_id: str | None
    trial_id: str | None = None
    """For a run, the trial it belongs to."""


class ProjectionStore(Repository):
    """Reads whole batches of trials, and settles their marks in one transaction."""

    def trials_of_marks(self, dirty: Iterable[Mark]) -> Sequence[Trial]:
        """The trials that the marks are about: those of trials, and those whose runs left artifacts."""
        by_kind: dict[str, list[str]] = {"trial": [], "run": [], "study": []}
        for mark in dirty:
            by_kind[mark.kind].append(mark.id)
        of_runs = select(runs.c.trial_id).where(runs.c.id.in_(by_kind["run"]))
        query = select(trials).where(trials.c.id.in_(by_kind["trial"]) | trials.c.id.in_(of_runs))
        with reading(self._engine) as connection:
            return [trial_of(row) for row in connection.execute(query.order_by(trials.c.study_id, trials.c.number))]

    def artifacts_of_runs(self, run_ids: Sequence[str]) -> Mapping[str, list[Artifact]]:
        """Run id to the run's artifacts, by path."""
        found: dict[str, list[Artifact]] = {run_id: [] for run_id in run_ids}
        query = select(artifacts).where(artifacts.c.run_id.in_(run_ids)).order_by(artifacts.c.path)
        with reading(self._engine) as connection:
            for row in connection.execute(query):
                found[row.run_id].append(artifact_of(row))
        return found

    def outlines(self, study_id: str) -> tuple[list[Outline], list[Outline]]:
        """All trials of a study, and all its runs."""
        of_trials = select(trials.c.id, trials.c.state, trials.c.mlflow_run_id).where(trials.c.study_id == study_id)
        of_runs = select(runs.c.id, runs.c.state, runs.c.mlflow_run_id, runs.c.trial_id)
        with reading(self._engine) as connection:
            found_trials = connection.execute(of_trials.order_by(trials.c.number)).all()
            found_runs = connection.execute(of_runs.where(runs.c.study_id == study_id)).all()
        return (
            [Outline(row.id, RunState(row.state), row.mlflow_run_id) for row in found_trials],
            [Outline(row.id, RunState(row.state), row.mlflow_run_id, row.trial_id) for row in found_runs],
        )

    def settle(self, outcome: Settled) -> None:
        """Record the outcome; a mark that was raised in the meantime stays dirty."""
        reached = [{"k": mark.kind, "i": mark.id, "v": mark.version} for mark in outcome.projected]
        refused = [{"k": mark.kind, "i": mark.id, "v": mark.version, "e": error} for mark, error in outcome.parked]
        with writing(self._engine) as connection:
            _set_run_ids(connection, outcome.run_ids)
            _tell_of_refusals(connection, {mark.study_id for mark, _ in outcome.parked})
            if reached:
                connection.execute(_PROJECTED, reached)
                _clear_runs(connection, [mark.id for mark in outcome.projected if mark.kind == "trial"])
            if refused:
                connection.execute(_PARKED, refused)

    def touch_trials(self, trial_ids: Iterable[str]) -> None:
        """Mark trials dirty, because MLflow was found to hold something else."""
        with writing(self._engine) as connection:
            for trial_id in sorted(trial_ids):
                connection.execute(_TOUCHED, {"i": trial_id})


_IS_MARK = (marks.c.kind == bindparam("k")) & (marks.c.id == bindparam("i"))
_PROJECTED = (
    update(marks).where(_IS_MARK, marks.c.projected < bindparam("v")).values(projected=bindparam("v"), error="")
)
_PARKED = update(marks).where(_IS_MARK).values(parked=bindparam("v"), error=bindparam("e"))
_TOUCHED = (
    update(marks).where(marks.c.kind == "trial", marks.c.id == bindparam("i")).values(version=marks.c.version + 1)
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
    refused = (marks.c.kind == "run") & REJECTED & marks.c.id.in_(of_trials)
    connection.execute(update(marks).where(refused).values(projected=marks.c.version, parked=0, error=""))
