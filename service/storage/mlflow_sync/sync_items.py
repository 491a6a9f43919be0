"""Items: how far MLflow lags behind our tables. Writers raise an item's version; the tracker brings MLflow up to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, Select, delete, func, select, update

from service.storage.db.database import Repository, reading, writing
from service.storage.db.rows import AnyRow
from service.storage.db.tables import DIRTY, REJECTED, runs, studies, sync_items, trials


@dataclass(frozen=True)
class SyncItem:
    """Something MLflow must learn: a ``study``, a ``trial`` with its runs, or the artifacts of a ``run``.

    A tombstone is the item of a deleted study: its rows are gone, and ``mlflow_experiment_id`` (if MLflow ever gave
    one) is what is left to delete.
    """

    kind: str
    id: str
    study_id: str
    version: int
    error: str = ""
    tombstone: bool = False
    mlflow_experiment_id: str | None = None


@dataclass(frozen=True)
class Rejections:
    """What MLflow refuses of a study: how many trials (or the study itself), and its words about one of them."""

    study: str
    """The study's name."""
    n: int
    error: str


class SyncItemStore(Repository):
    """What the tracker reads and writes."""

    def dirty(self, limit: int = 100) -> Sequence[SyncItem]:
        """What lags behind, the longest unchanged first; rejected items are left out until they change again."""
        query = (
            select(sync_items)
            .where(DIRTY)
            .order_by(sync_items.c.changed_at, sync_items.c.kind, sync_items.c.id)
            .limit(limit)
        )
        return self._read(query)

    def rejected(self, study_id: str | None = None) -> Sequence[SyncItem]:
        """What MLflow refused for good, each with MLflow's words in ``error``."""
        query = select(sync_items).where(REJECTED)
        if study_id is not None:
            query = query.where(sync_items.c.study_id == study_id)
        return self._read(query.order_by(sync_items.c.changed_at, sync_items.c.id))

    def rejections(self, study_ids: Sequence[str] | None = None) -> Mapping[str, Rejections]:
        """What MLflow refuses, by study; of all studies, or of those alone. A study without any is left out."""
        about = func.coalesce(runs.c.trial_id, sync_items.c.id)
        query = (
            select(
                studies.c.id,
                studies.c.name,
                func.count(about.distinct()).label("n"),
                func.min(sync_items.c.error).label("error"),
            )
            .join(sync_items, sync_items.c.study_id == studies.c.id)
            .outerjoin(runs, (sync_items.c.kind == "run") & (runs.c.id == sync_items.c.id))
            .where(REJECTED)
            .group_by(studies.c.id, studies.c.name)
        )
        if study_ids is not None:
            query = query.where(sync_items.c.study_id.in_(study_ids))
        with reading(self._engine) as connection:
            return {row.id: Rejections(row.name, row.n, row.error) for row in connection.execute(query)}

    def errors(self, ids: Sequence[str]) -> Mapping[str, str]:
        """MLflow's words about those of these trials and runs that it refuses, by our id."""
        query = select(sync_items.c.id, sync_items.c.error).where(
            REJECTED, sync_items.c.id.in_(ids), sync_items.c.kind != "study"
        )
        with reading(self._engine) as connection:
            return {row.id: row.error for row in connection.execute(query)}

    def projected(
        self,
        kind: str,
        row_id: str,
        version: int,
        *,
        mlflow_id: str | None = None,
        run_ids: Mapping[str, str] | None = None,
    ) -> None:
        """MLflow now equals what stood in our tables at this version.

        ``mlflow_id`` is the MLflow experiment of a study, or the MLflow run of a trial; ``run_ids`` maps our run
        ids to MLflow's. If the row has changed since, the item stays dirty; if it is gone, nothing happens.
        """
        with writing(self._engine) as connection:
            for run_id, mlflow_run_id in sorted((run_ids or {}).items()):
                _set_mlflow_id(connection, "run", run_id, mlflow_run_id)
            if mlflow_id is not None:
                _set_mlflow_id(connection, kind, row_id, mlflow_id)
            reached = {"projected": version, "error": ""}
            connection.execute(
                update(sync_items).where(_is_item(kind, row_id), sync_items.c.projected < version).values(reached)
            )

    def reject(self, kind: str, row_id: str, version: int, error: str) -> None:
        """MLflow refuses this version for good; leave it until it changes."""
        with writing(self._engine) as connection:
            connection.execute(update(sync_items).where(_is_item(kind, row_id)).values(rejected=version, error=error))

    def drop_tombstone(self, study_id: str) -> None:
        """MLflow has forgotten a deleted study: its tombstone goes."""
        with writing(self._engine) as connection:
            connection.execute(delete(sync_items).where(sync_items.c.study_id == study_id, sync_items.c.tombstone))

    def mark_all_dirty(self, study_id: str | None = None, *, forget: bool = False) -> int:
        """Have one study, or everything, compared anew; the number of items.

        ``forget`` also drops the ids MLflow gave, for when MLflow was wiped.
        """
        with writing(self._engine) as connection:
            if forget:
                _forget(connection, study_id)
            query = update(sync_items).values(version=sync_items.c.version + 1, error="", changed_at=datetime.now(UTC))
            return connection.execute(
                query if study_id is None else query.where(sync_items.c.study_id == study_id)
            ).rowcount

    def n_dirty(self) -> int:
        """How many items wait for the tracker."""
        with reading(self._engine) as connection:
            return connection.execute(select(func.count()).select_from(sync_items).where(DIRTY)).scalar_one()

    def _read(self, query: Select[*tuple[object, ...]]) -> list[SyncItem]:
        with reading(self._engine) as connection:
            return [_item_of(row) for row in connection.execute(query)]


def _is_item(kind: str, row_id: str) -> ColumnElement[bool]:
    return (sync_items.c.kind == kind) & (sync_items.c.id == row_id)


def _item_of(row: AnyRow) -> SyncItem:
    return SyncItem(
        kind=row.kind,
        id=row.id,
        study_id=row.study_id,
        version=row.version,
        error=row.error,
        tombstone=row.tombstone,
        mlflow_experiment_id=row.mlflow_experiment_id,
    )


def _set_mlflow_id(connection: Connection, kind: str, row_id: str, mlflow_id: str) -> None:
    if kind != "study":
        table = trials if kind == "trial" else runs
        connection.execute(update(table).where(table.c.id == row_id).values(mlflow_run_id=mlflow_id))
        return
    values = {"mlflow_experiment_id": mlflow_id}
    found = connection.execute(update(studies).where(studies.c.id == row_id).values(values)).rowcount
    if not found:  # deleted in the meantime: the tombstone must know what is left to delete
        connection.execute(update(sync_items).where(_is_item("study", row_id), sync_items.c.tombstone).values(values))


def _forget(connection: Connection, study_id: str | None) -> None:
    for table, column in ((runs, runs.c.study_id), (trials, trials.c.study_id), (studies, studies.c.id)):
        name = "mlflow_experiment_id" if table is studies else "mlflow_run_id"
        query = update(table).values({name: None})
        connection.execute(query if study_id is None else query.where(column == study_id))
    # A wiped MLflow counts anew: the experiment of a deleted study is by now another study's.
    tombstones = update(sync_items).where(sync_items.c.tombstone).values(mlflow_experiment_id=None)
    connection.execute(tombstones if study_id is None else tombstones.where(sync_items.c.study_id == study_id))
