"""Curves: packed chunks of points, appended as a run reports and compacted into one chunk when it ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np
from sqlalchemy import Connection, bindparam, delete, select

from service.storage.curves.format import Curve, pack_curve, unpack
from service.storage.db.database import Repository, reading
from service.storage.db.tables import curve_chunks, runs

IDS_A_QUERY = 5000

_CHUNKS = (
    select(curve_chunks.c.data).where(curve_chunks.c.run_id == bindparam("run")).order_by(curve_chunks.c.first_step)
)


class CurveStore(Repository):
    """Reads curves."""

    def get(self, run_id: str, metrics: Sequence[str] | None = None) -> Curve:
        """One run's curve, with the named metrics or all; empty when nothing was reported yet."""
        with reading(self._engine) as connection:
            return unpack(run_id, _stored(connection, run_id), metrics)

    def of(
        self, *, study_id: str | None = None, run_ids: Sequence[str] | None = None, metrics: Sequence[str] | None = None
    ) -> list[Curve]:
        """The curves of a study's runs by trial number, or of the named runs in their order; with some metrics or all.

        Runs that have no points are left out.
        """
        if run_ids is None:
            return list(self._curves_of_study(study_id or "", metrics))
        found: dict[str, list[bytes]] = {}
        with reading(self._engine) as connection:
            for start in range(0, len(run_ids), IDS_A_QUERY):
                some = curve_chunks.c.run_id.in_(run_ids[start : start + IDS_A_QUERY])
                query = select(curve_chunks.c.run_id, curve_chunks.c.data).where(some)
                for run_id, data in connection.execute(
                    query.order_by(curve_chunks.c.run_id, curve_chunks.c.first_step)
                ):
                    found.setdefault(run_id, []).append(data)
        return [unpack(run_id, found[run_id], metrics) for run_id in run_ids if run_id in found]

    def metric_by_epoch(self, study_id: str, metric: str) -> Mapping[str, Mapping[int, float]]:
        """Run id to (epoch to the metric's recorded value, where it is finite)."""
        return {curve.run_id: _by_epoch(curve, metric) for curve in self._curves_of_study(study_id, [metric])}

    def _curves_of_study(self, study_id: str, metrics: Sequence[str] | None) -> Iterator[Curve]:
        query = (
            select(curve_chunks.c.run_id, curve_chunks.c.data)
            .join(runs, runs.c.id == curve_chunks.c.run_id)
            .where(runs.c.study_id == study_id)
            .order_by(runs.c.trial_number, runs.c.replicate, runs.c.fold, curve_chunks.c.first_step)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        for run_id, group in groupby(rows, key=lambda row: row.run_id):
            yield unpack(run_id, [row.data for row in group], metrics)


def compact(connection: Connection, run_id: str) -> None:
    """Make one chunk of all that is stored of the run's curve."""
    chunks = _stored(connection, run_id)
    if len(chunks) > 1:
        connection.execute(delete(curve_chunks).where(curve_chunks.c.run_id == run_id))
        curve = unpack(run_id, chunks)
        values = {"run_id": run_id, "first_step": int(curve.step[0]), "data": pack_curve(curve)}
        connection.execute(curve_chunks.insert(), values)


def _stored(connection: Connection, run_id: str) -> list[bytes]:
    return list(connection.execute(_CHUNKS, {"run": run_id}).scalars())


def _by_epoch(curve: Curve, metric: str) -> dict[int, float]:
    """The first finite value of an epoch stands."""
    values = curve.metrics[metric]
    known = np.isfinite(values)
    pairs = zip(curve.epoch[known].tolist(), values[known].tolist(), strict=True)
    found: dict[int, float] = {}
    for epoch, value in pairs:
        found.setdefault(epoch, value)
    return found
