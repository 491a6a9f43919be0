"""What every write leaves beside its rows: the study's next numbered events, and items of what MLflow must learn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, update

from service.storage.db.database import Insert, in_both_dialects
from service.storage.db.rows import AnyRow
from service.storage.db.tables import events, studies, sync_items
from service.study.records import Study


class SyncItemKey(NamedTuple):
    """What MLflow must learn about: a ``study``, a ``trial`` with its runs, or the artifacts of a ``run``."""

    kind: str
    id: str
    study_id: str


_NUMBER = (
    update(studies)
    .where(studies.c.id == bindparam("study"))
    .values(version=studies.c.version + bindparam("n"))
    .returning(studies.c.version)
)
_EVENT = events.insert()


def append_events(
    connection: Connection, study_id: str, pairs: Sequence[tuple[str, Mapping[str, Any]]], at: datetime
) -> None:
    """Number the events, pairs of kind and payload, under the study's row, which stays locked until the commit."""
    last = connection.execute(_NUMBER, {"study": study_id, "n": len(pairs)}).scalar_one()
    _insert_events(connection, study_id, last, pairs, at)


def _insert_events(
    connection: Connection, study_id: str, last: int, pairs: Sequence[tuple[str, Mapping[str, Any]]], at: datetime
) -> None:
    first = last - len(pairs) + 1
    rows = [
        {"study_id": study_id, "seq": seq, "kind": kind, "payload": payload, "at": at}
        for seq, (kind, payload) in enumerate(pairs, first)
    ]
    connection.execute(_EVENT, rows)


def bump_items(connection: Connection, keys: Iterable[SyncItemKey], at: datetime) -> None:
    """One version more for each; always in the same order, so that two writers never wait for each other in a ring."""
    rows = [{"kind": key.kind, "id": key.id, "study_id": key.study_id, "changed_at": at} for key in sorted(keys)]
    if rows:
        connection.execute(_BUMP[connection.dialect.name], rows)


def leave_tombstone(connection: Connection, study: AnyRow, at: datetime) -> None:
    """Replace a deleted study's items by its tombstone."""
    connection.execute(delete(sync_items).where(sync_items.c.study_id == study.id, sync_items.c.kind != "study"))
    values = {
        "version": sync_items.c.version + 1,
        "tombstone": True,
        "mlflow_experiment_id": study.mlflow_experiment_id,
        "changed_at": at,
    }
    connection.execute(
        update(sync_items).where(sync_items.c.kind == "study", sync_items.c.id == study.id).values(values)
    )


class ChangeLog:
    """The events and items of a transaction, written together at its end."""

    def __init__(self) -> None:
        self._events: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
        self._items: set[SyncItemKey] = set()

    def event(self, study_id: str, kind: str, payload: Mapping[str, Any]) -> None:
        """The study's next event."""
        self._events.setdefault(study_id, []).append((kind, payload))

    def bump(self, kind: str, row_id: str, study_id: str) -> None:
        """MLflow must learn about this."""
        self._items.add(SyncItemKey(kind, row_id, study_id))

    def n_events(self) -> Mapping[str, int]:
        """How many there are of each study."""
        return {study_id: len(pairs) for study_id, pairs in self._events.items()}

    def flush(self, connection: Connection, at: datetime, last: Mapping[str, int]) -> None:
        """Write all of it. The last event of each study has this number, and its row is locked since that was found."""
        for study_id in sorted(self._events):
            _insert_events(connection, study_id, last[study_id], self._events[study_id], at)
        bump_items(connection, self._items, at)
        self._events.clear()
        self._items.clear()


def study_event(study: Study | AnyRow, change: str) -> tuple[str, dict[str, Any]]:
    """The event of a study's own change: ``created``, ``desired``, ``updated``, ``queued``, ``state``, ``test_result``,
    ``code_check``, ``confirmation`` when one of it was submitted, ``excluded`` when a trial counts no more or does
    again, or ``mlflow`` when MLflow refused something of it."""
    payload = {
        "change": change,
        "name": study.name,
        "state": study.state,
        "desired": study.desired,
        "reason": study.reason,
        "priority": study.priority,
        "max_trials": study.max_trials,
        "max_concurrent_trials": study.max_concurrent_trials,
        "budget": study.budget,
    }
    return "study", payload


def _bump_statement(statement: Insert) -> Insert:
    new = {"version": 1, "projected": 0, "rejected": 0, "error": "", "tombstone": False}
    return statement.values(new).on_conflict_do_update(
        index_elements=["kind", "id"],
        set_={"version": sync_items.c.version + 1, "changed_at": statement.excluded.changed_at},
    )


_BUMP = in_both_dialects(sync_items, _bump_statement)
