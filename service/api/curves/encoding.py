"""Curves made small: reduced so that no spike is lost, and written as JSON or as packed numbers."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from service.storage.curves.format import Curve, attempts_of, measured
from service.study.records import Run

MAGIC = b"SHS1"
COLUMNS = ("step", "epoch", "wall_time", "training_time", "y")


@dataclass(frozen=True)
class Series:
    """One run's curve of one metric, reduced."""

    run: Run
    columns: dict[str, NDArray[Any]]
    n_points: int
    attempts: list[tuple[int, int]]

    def head(self) -> dict[str, Any]:
        """Everything but the columns."""
        run = self.run
        return {
            "run_id": run.id,
            "study": run.study_id,
            "trial": run.trial_number,
            "replicate": run.replicate,
            "fold": run.fold,
            "state": run.state,
            "value": run.value,
            "n_points": self.n_points,
            "attempts": self.attempts,
        }


def kept_points(values: NDArray[np.float64], max_points: int) -> NDArray[np.intp]:
    """Indices, in order, of at most ``max_points`` values: the first, the last, and each bucket's least and greatest.

    Values that are not finite are gaps of the curve: they are kept beside the others, up to almost half of the points.
    ``max_points`` is at least 4.
    """
    if len(values) <= max_points:
        return np.arange(len(values))
    finite = np.isfinite(values)
    known, gaps = np.flatnonzero(finite), np.flatnonzero(~finite)
    n_gaps = min(len(gaps), max_points // 2 - 2 if len(known) else max_points)
    spread = np.linspace(0, len(gaps) - 1, n_gaps).astype(np.intp)
    return np.union1d(gaps[spread], known[_extremes(values[known], max_points - n_gaps)])


def _extremes(values: NDArray[np.float64], max_points: int) -> NDArray[np.intp]:
    n = len(values)
    if n <= max_points:
        return np.arange(n)
    n_buckets = (max_points - 2) // 2
    bucket = np.arange(n) * n_buckets // n
    order = np.lexsort((values, bucket))
    edges = np.searchsorted(bucket, np.arange(n_buckets + 1))
    return np.unique(np.concatenate(([0, n - 1], order[edges[:-1]], order[edges[1:] - 1])))


def series(curve: Curve, run: Run, metric: str, max_points: int) -> Series | None:
    """The curve of one metric, reduced to ``max_points``; nothing when the run never measured it.

    A point stands where it was measured; a value that is not finite is NaN.
    """
    values = curve.metrics.get(metric)
    if values is None:
        return None
    known = np.flatnonzero(measured(values))
    kept = known[kept_points(values[known], max_points)]
    if not len(kept):
        return None
    y = np.where(np.isfinite(values[kept]), values[kept], np.nan)
    columns = {name: getattr(curve, name)[kept] for name in COLUMNS[:-1]} | {"y": y}
    return Series(run, columns, len(known), attempts_of(curve.attempt[kept]))


def to_json(metric: str, found: Sequence[Series], n_runs: int) -> bytes:
    """The answer as JSON."""
    items = [{**one.head(), **one.columns} for one in found]
    return orjson.dumps(_envelope(metric, items, n_runs), option=orjson.OPT_SERIALIZE_NUMPY)


def to_binary(metric: str, found: Sequence[Series], n_runs: int) -> bytes:
    """The answer as packed numbers.

    ``SHS1``, the header's length (uint32, little-endian), the header (the JSON answer in which each series has ``n``
    instead of its lists, padded with blanks so that the numbers begin at a multiple of 8), then for each series its
    columns step, epoch, wall_time, training_time and y, each ``n`` little-endian float64.
    """
    items = [{**one.head(), "n": len(one.columns["y"])} for one in found]
    header = orjson.dumps(_envelope(metric, items, n_runs))
    header += b" " * (-(len(header) + 8) % 8)
    columns = (one.columns[name].astype("<f8").tobytes() for one in found for name in COLUMNS)
    return b"".join((MAGIC, struct.pack("<I", len(header)), header, *columns))


def run_curves(curve: Curve) -> bytes:
    """All metrics of one run as JSON; what is not finite or was not measured is null."""
    body = {
        "run_id": curve.run_id,
        **{name: getattr(curve, name) for name in COLUMNS[:-1]},
        "metrics": dict(curve.metrics),
        "not_finite": {name: places for name, values in curve.metrics.items() if (places := _not_finite(values))},
        "attempts": attempts_of(curve.attempt),
    }
    return orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)


def _not_finite(values: NDArray[np.float64]) -> list[int]:
    places: list[int] = np.flatnonzero(measured(values) & ~np.isfinite(values)).tolist()
    return places


def _envelope(metric: str, items: Iterable[dict[str, Any]], n_runs: int) -> dict[str, Any]:
    listed = list(items)
    return {"metric": metric, "series": listed, "n_runs": n_runs, "n_runs_left_out": n_runs - len(listed)}
