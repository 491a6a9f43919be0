"""The points of one transaction: kept until it ends, then written: a chunk for each run, at its end the whole curve."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from experiments.reporting import Report
from service.storage.curves.format import pack
from service.storage.curves.reading import Chunk, complete
from service.storage.db.database import insert
from service.storage.db.identity_map import Values
from service.storage.db.tables import curve_chunks, study_metrics


class PointBuffer:
    """Rows that were accepted, by run and attempt, and the runs whose curve is complete."""

    def __init__(self, metrics_seen: set[tuple[str, str]]) -> None:
        self._rows: dict[tuple[str, int], list[Report]] = {}
        self._complete: set[str] = set()
        self._metrics_seen = metrics_seen
        self.new_metrics: set[tuple[str, str]] = set()
        """Pairs of study and metric that this transaction writes for the first time."""

    def add(self, run: Values, attempt: int, rows: Sequence[Report]) -> None:
        """Rows of a run, in rising steps above all that is recorded."""
        self._rows.setdefault((run["id"], attempt), []).extend(rows)
        names = {(run["study_id"], name) for row in rows for name in row.metrics}
        self.new_metrics |= names - self._metrics_seen

    def complete(self, run_id: str) -> None:
        """No more rows come."""
        self._complete.add(run_id)

    def flush(self, connection: Connection) -> None:
        """Write a chunk for each run and attempt; of a run that is complete, all its points in one piece."""
        chunks: list[Values] = []
        last: dict[str, list[Chunk]] = {run_id: [] for run_id in sorted(self._complete)}
        for (run_id, attempt), rows in self._rows.items():
            chunk = rows[0].step, pack(rows, attempt)
            if run_id in last:
                last[run_id].append(chunk)
            else:
                chunks.append(_row(run_id, chunk))
        for run_id, own in last.items():
            whole = complete(connection, run_id, own)
            if whole is not None:
                chunks.append(_row(run_id, whole))
        if chunks:
            connection.execute(curve_chunks.insert(), chunks)
        if self.new_metrics:
            names = [{"study_id": study_id, "name": name} for study_id, name in sorted(self.new_metrics)]
            connection.execute(insert(connection, study_metrics).on_conflict_do_nothing(), names)
        self._rows.clear()
        self._complete.clear()


def _row(run_id: str, chunk: Chunk) -> Values:
    return {"run_id": run_id, "first_step": chunk[0], "data": chunk[1]}


def rising(rows: Sequence[Report], recorded_step: int) -> list[Report]:
    """The rows that go beyond all that came before them."""
    fresh = []
    for row in rows:
        if row.step > recorded_step:
            fresh.append(row)
            recorded_step = row.step
    return fresh
