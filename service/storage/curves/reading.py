"""Curves: chunks of points while a run reports, and a row for each column of the curve once it has ended.

A chunk holds all metrics, because it is written in the engine's transaction and one row is cheaper than ten. When the
run ends, those of a long curve are turned into columns, so that who draws one metric of a thousand runs reads that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, bindparam, delete, select

from service.storage.curves.columns import (
    at_every_point,
    pack_metric,
    pack_numbers,
    pack_progress,
    unpack_numbers,
    unpack_progress,
)
from service.storage.curves.format import TIMES, Curve, Integers, Numbers, measured, pack_curve, unpack
from service.storage.db.database import Repository, reading
from service.storage.db.tables import curve_chunks, curve_columns, runs

IDS_A_QUERY = 5000
PROGRESS, METRIC = "x:progress", "y:"
"""Names of columns: metrics may be called anything, so what is none begins otherwise."""
TIME = {name: f"x:{name}" for name in TIMES}

SHORT_BYTES = 16 << 10
"""A curve that is not longer stays a chunk."""
Chunk = tuple[int, bytes]
"""The first step of some points, and the points."""

_CHUNKS = (
    select(curve_chunks.c.first_step, curve_chunks.c.data)
    .where(curve_chunks.c.run_id == bindparam("run"))
    .order_by(curve_chunks.c.first_step)
)
_CHUNKS_OF = (
    select(curve_chunks.c.run_id, curve_chunks.c.data)
    .where(curve_chunks.c.run_id.in_(bindparam("runs", expanding=True)))
    .order_by(curve_chunks.c.run_id, curve_chunks.c.first_step)
)
_COLUMNS_OF = select(curve_columns.c.run_id, curve_columns.c.name, curve_columns.c.data).where(
    curve_columns.c.run_id.in_(bindparam("runs", expanding=True))
)


@dataclass(frozen=True)
class Points:
    """One metric of one run, where it was measured: all columns are equally long, and steps rise strictly."""

    run_id: str
    progress: tuple[Integers, Integers, Integers]
    """Step, epoch and attempt. Runs that went alike share the very same arrays."""
    times: Mapping[str, Numbers]
    """Those columns of ``format.TIMES`` that were asked for."""
    y: Numbers


class CurveStore(Repository):
    """Reads curves."""

    def get(self, run_id: str, metrics: Sequence[str] | None = None) -> Curve:
        """One run's curve, with the named metrics or all; empty when nothing was reported yet."""
        return next(iter(self.of(run_ids=[run_id], metrics=metrics)), unpack(run_id, [], metrics))

    def of(self, *, run_ids: Sequence[str], metrics: Sequence[str] | None = None) -> list[Curve]:
        """The curves of the named runs in their order, with some metrics or all; those without points are left out."""
        wanted = None if metrics is None else [PROGRESS, *TIME.values(), *(METRIC + name for name in metrics)]
        with reading(self._engine) as connection:
            chunks, columns = _stored(connection, run_ids, wanted)
        found = {run_id: _curve(run_id, own, metrics) for run_id, own in columns.items()}
        found |= {run_id: unpack(run_id, own, metrics) for run_id, own in chunks.items()}
        return [found[run_id] for run_id in run_ids if run_id in found]

    def points(self, run_ids: Sequence[str], metric: str, times: Sequence[str] = ()) -> Iterator[Points]:
        """One metric of the named runs in their order; those that have not measured it are left out."""
        wanted = [PROGRESS, *(TIME[name] for name in times), METRIC + metric]
        known: dict[tuple[bytes, bytes], tuple[Integers, Integers, Integers]] = {}
        for start in range(0, len(run_ids), IDS_A_QUERY):
            some = run_ids[start : start + IDS_A_QUERY]
            with reading(self._engine) as connection:
                chunks, columns = _stored(connection, some, wanted)
            for run_id in some:
                if METRIC + metric in columns.get(run_id, ()):
                    yield _points(run_id, columns[run_id], metric, times, known)
                elif run_id in chunks:
                    yield from _points_of_chunks(unpack(run_id, chunks[run_id], [metric]), metric, times)

    def metric_by_epoch(self, study_id: str, metric: str, steps: int = 0) -> Mapping[str, Mapping[int, float]]:
        """Run id to (epoch to the metric's recorded value, where it is finite).

        With ``steps``, not by epoch but by the last multiple of so many steps.
        """
        with reading(self._engine) as connection:
            ids = list(connection.execute(select(runs.c.id).where(runs.c.study_id == study_id)).scalars())
        return {points.run_id: _by_place(points, steps) for points in self.points(ids, metric)}


def complete(connection: Connection, run_id: str, last: Sequence[Chunk]) -> Chunk | None:
    """Make columns of all that is stored of the run's curve and of its last chunks, which are not stored.

    Of a short curve one chunk is made instead: it costs the engine a tenth, and a reader no more. What then has to be
    stored comes back.
    """
    stored = connection.execute(_CHUNKS, {"run": run_id}).all()
    chunks = [*((row.first_step, row.data) for row in stored), *last]
    if stored and (last or len(stored) > 1 or len(stored[0].data) > SHORT_BYTES):
        connection.execute(delete(curve_chunks).where(curve_chunks.c.run_id == run_id))
    if sum(len(data) for _, data in chunks) <= SHORT_BYTES:
        if len(chunks) == 1:
            return last[0] if last else None
        return chunks[0][0], pack_curve(unpack(run_id, [data for _, data in chunks]))
    curve = unpack(run_id, [data for _, data in chunks])
    columns = {PROGRESS: pack_progress(curve.step, curve.epoch, curve.attempt)}
    columns |= {TIME[name]: pack_numbers(getattr(curve, name)) for name in TIMES}
    columns |= {METRIC + name: pack_metric(values) for name, values in curve.metrics.items()}
    rows = [{"run_id": run_id, "name": name, "data": data} for name, data in columns.items()]
    connection.execute(curve_columns.insert(), rows)
    return None


def _stored(
    connection: Connection, run_ids: Sequence[str], wanted: Sequence[str] | None
) -> tuple[dict[str, list[bytes]], dict[str, dict[str, bytes]]]:
    """The chunks of runs that report, and the columns, those that are wanted or all, of runs that have ended.

    In this order: on PostgreSQL a run may end between the two statements, and must not be missed.
    """
    chunks: dict[str, list[bytes]] = {}
    for some in _in_parts(run_ids):
        for run_id, data in connection.execute(_CHUNKS_OF, {"runs": some}):
            chunks.setdefault(run_id, []).append(data)
    query = _COLUMNS_OF if wanted is None else _COLUMNS_OF.where(curve_columns.c.name.in_(wanted))
    columns: dict[str, dict[str, bytes]] = {}
    for some in _in_parts([run_id for run_id in run_ids if run_id not in chunks]):
        for run_id, name, data in connection.execute(query, {"runs": some}):
            columns.setdefault(run_id, {})[name] = data
    return chunks, columns


def _in_parts(run_ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (run_ids[start : start + IDS_A_QUERY] for start in range(0, len(run_ids), IDS_A_QUERY))


def _curve(run_id: str, columns: Mapping[str, bytes], metrics: Sequence[str] | None) -> Curve:
    step, epoch, attempt = unpack_progress(columns[PROGRESS])
    if metrics is None:
        metrics = [name.removeprefix(METRIC) for name in columns if name.startswith(METRIC)]
    return Curve(
        run_id=run_id,
        step=step,
        epoch=epoch,
        attempt=attempt,
        **{name: unpack_numbers(columns[TIME[name]])[0] for name in TIMES},
        metrics={name: at_every_point(columns.get(METRIC + name), len(step)) for name in metrics},
    )


def _points(
    run_id: str,
    columns: Mapping[str, bytes],
    metric: str,
    times: Sequence[str],
    known: dict[tuple[bytes, bytes], tuple[Integers, Integers, Integers]],
) -> Points:
    """``known`` are progresses that were unpacked before, by how they are written and where the metric was measured."""
    y, at = unpack_numbers(columns[METRIC + metric])
    place = columns[PROGRESS], b"" if at is None else at.tobytes()
    if place not in known:
        step, epoch, attempt = unpack_progress(columns[PROGRESS])
        known[place] = (step, epoch, attempt) if at is None else (step[at], epoch[at], attempt[at])
    whole = {name: unpack_numbers(columns[TIME[name]])[0] for name in times}
    return Points(run_id, known[place], whole if at is None else {name: each[at] for name, each in whole.items()}, y)


def _points_of_chunks(curve: Curve, metric: str, times: Sequence[str]) -> Iterator[Points]:
    values = curve.metrics[metric]
    known = measured(values)
    if known.any():
        progress = curve.step[known], curve.epoch[known], curve.attempt[known]
        yield Points(curve.run_id, progress, {name: getattr(curve, name)[known] for name in times}, values[known])


def _by_place(points: Points, steps: int) -> dict[int, float]:
    """The first finite value of an epoch, or of a multiple of steps, stands."""
    known = np.isfinite(points.y)
    step, epoch, _ = points.progress
    places = step // steps * steps if steps else epoch
    found: dict[int, float] = {}
    for place, value in zip(places[known].tolist(), points.y[known].tolist(), strict=True):
        found.setdefault(place, value)
    return found
