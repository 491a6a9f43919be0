"""Rows a transaction works on: read once under a lock, changed in memory, written once when it ends.

However often a group of operations touches a run, it costs one SELECT and one place in an UPDATE of many.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Insert, Select, Table, Update, bindparam, select, update

from service.storage.db.tables import attempts, runs, trials

Values = dict[str, Any]


class MappedTable:
    """A table with the columns that identify a row and those that a transaction may change."""

    def __init__(self, table: Table, fixed: tuple[str, ...], mutable: tuple[str, ...]) -> None:
        columns = [table.c[name] for name in (*fixed, *mutable)]
        self.mutable = mutable
        self.load: Select[*tuple[Any, ...]] = (
            select(*columns).where(table.c.id == bindparam("key")).with_for_update(of=table)
        )
        self.insert: Insert = table.insert()
        self.update: Update = (
            update(table).where(table.c.id == bindparam("key")).values({name: bindparam(name) for name in mutable})
        )


class IdentityMap:
    """The rows of one table that a transaction has touched."""

    def __init__(self, connection: Connection, table: MappedTable) -> None:
        self._connection = connection
        self._table = table
        self._rows: dict[str, Values | None] = {}
        self._new: dict[str, Values] = {}
        self._changed: dict[str, Values] = {}

    def get(self, key: str) -> Values | None:
        """The row as it stands in this transaction, locked against others; nothing when there is none."""
        if key not in self._rows:
            row = self._connection.execute(self._table.load, {"key": key}).mappings().first()
            self._rows[key] = dict(row) if row is not None else None
        return self._rows[key]

    def add(self, values: Values) -> None:
        """A row that is not there yet."""
        self._rows[values["id"]] = self._new[values["id"]] = values

    def change(self, row: Values, changes: Mapping[str, Any]) -> None:
        """Other values of mutable columns."""
        row.update(changes)
        if row["id"] not in self._new:
            self._changed[row["id"]] = row

    def insert_new(self) -> None:
        """Write the added rows."""
        if self._new:
            self._connection.execute(self._table.insert, list(self._new.values()))
        self._new.clear()

    def update_changed(self) -> None:
        """Write the changed rows."""
        if self._changed:
            rows = [
                {"key": key, **{name: row[name] for name in self._table.mutable}} for key, row in self._changed.items()
            ]
            self._connection.execute(self._table.update, rows)
        self._changed.clear()

    def forget(self) -> None:
        """Read everything anew; nothing may be unwritten."""
        self._rows.clear()


TRIALS = MappedTable(
    trials,
    ("id", "study_id", "number", "excluded"),
    (
        *("state", "reason", "value", "objective_values", "infeasible", "metrics", "sampler_attrs", "failure"),
        *("started_at", "ended_at"),
    ),
)
RUNS = MappedTable(
    runs,
    ("id", "study_id", "trial_id", "trial_number", "replicate", "planned_epochs"),
    (
        *("state", "reason", "attempt", "value", "objective_values", "metrics", "metrics_epoch"),
        *(
            "recorded_step",
            "reached_epoch",
            "epochs",
            "training_time",
            "computed_epochs",
            "spent_seconds",
            "worker",
            "starts",
            "failure",
            "checkpoints",
            "started_at",
            "ended_at",
        ),
    ),
)
ATTEMPTS = MappedTable(
    attempts,
    ("id", "run_id", "gpus", "started_at", "last_seen_at"),
    ("ended_at", "device_seconds", "left_run", "failure", "reason"),
)
