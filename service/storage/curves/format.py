"""The packed form of some rows of a curve: columns of 8-byte numbers behind a small header, read back without a copy.

``SHC1``, the header's length (uint32), the header (JSON: ``n`` points, names of the ``metrics``, padded with blanks to
a multiple of 8), then the columns step, epoch, attempt (int64), wall_time, training_time, each metric (float64), each
``n`` numbers long, all little-endian. A metric that was not measured at a point is a NaN of its own bits, ``ABSENT``;
one that was measured as NaN or infinite stands there so.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from experiments.reporting import Report

MAGIC = b"SHC1"
INTEGERS = ("step", "epoch", "attempt")
TIMES = ("wall_time", "training_time")
_ABSENT_BITS = 0x7FF8_0000_0000_5348
ABSENT: float = struct.unpack("<d", struct.pack("<Q", _ABSENT_BITS))[0]
"""A NaN that no computation gives: its payload says that nothing was measured. Copying a column keeps it."""

Integers = NDArray[np.int64]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """The points of one run, column by column; all columns have the same length, and steps rise strictly."""

    run_id: str
    step: Integers
    epoch: Integers
    attempt: Integers
    wall_time: Numbers
    """Seconds since 1970."""
    training_time: Numbers
    """Seconds spent in training."""
    metrics: Mapping[str, Numbers]
    """Metric to its values; ``measured`` tells NaN that was measured from a point that lacks the metric."""

    def __len__(self) -> int:
        return len(self.step)

    def metric(self, name: str) -> np.ma.MaskedArray[Any, np.dtype[np.float64]]:
        """The metric's values, masked where it was not measured."""
        values = self.metrics.get(name, np.full(len(self), ABSENT))
        return np.ma.MaskedArray(values, ~measured(values))


def pack(rows: Sequence[Report], attempt: int) -> bytes:
    """Rows of one attempt as a chunk."""
    names = list(dict.fromkeys(name for row in rows for name in row.metrics))
    integers = [row.step for row in rows] + [row.epoch for row in rows] + [attempt] * len(rows)
    numbers = [row.wall_time for row in rows] + [row.training_time for row in rows]
    for name in names:
        numbers += [_stored(row.metrics[name]) if name in row.metrics else ABSENT for row in rows]
    return _header(len(rows), names) + struct.pack(f"<{len(integers)}q{len(numbers)}d", *integers, *numbers)


def attempts_of(attempt: Integers) -> list[tuple[int, int]]:
    """Each attempt that left points, with the index of its first."""
    numbers, first = np.unique(attempt, return_index=True)
    return [(int(number), int(index)) for number, index in zip(numbers, first, strict=True)]


def measured(values: Numbers) -> NDArray[np.bool_]:
    """At which points of a curve a metric was measured, be it as NaN or as an infinity."""
    found: NDArray[np.bool_] = np.ascontiguousarray(values).view(np.uint64) != _ABSENT_BITS
    return found


def _stored(value: float) -> float:
    return math.nan if math.isnan(value) else value


def pack_curve(curve: Curve) -> bytes:
    """A whole curve as one chunk."""
    columns = [curve.step, curve.epoch, curve.attempt, curve.wall_time, curve.training_time, *curve.metrics.values()]
    return _header(len(curve), list(curve.metrics)) + b"".join(column.tobytes() for column in columns)


def unpack(run_id: str, chunks: Sequence[bytes], metrics: Sequence[str] | None = None) -> Curve:
    """The curve that these chunks make up, in their order; only the named metrics, or all."""
    parts = [_Part(chunk) for chunk in chunks]
    if metrics is None:
        metrics = list(dict.fromkeys(name for part in parts for name in part.names))
    return Curve(
        run_id=run_id,
        step=_joined([part.integers(0) for part in parts], np.int64),
        epoch=_joined([part.integers(1) for part in parts], np.int64),
        attempt=_joined([part.integers(2) for part in parts], np.int64),
        wall_time=_joined([part.numbers(3) for part in parts], np.float64),
        training_time=_joined([part.numbers(4) for part in parts], np.float64),
        metrics={name: _joined([part.metric(name) for part in parts], np.float64) for name in metrics},
    )


class _Part:
    """A chunk, opened."""

    def __init__(self, chunk: bytes) -> None:
        if chunk[:4] != MAGIC:
            raise ValueError(f"not a chunk of a curve: it begins with {chunk[:4]!r}")
        (length,) = struct.unpack_from("<I", chunk, 4)
        header = orjson.loads(chunk[8 : 8 + length])
        self._chunk, self._start, self._n = chunk, 8 + length, header["n"]
        self.names: list[str] = header["metrics"]

    def integers(self, column: int) -> Integers:
        return np.frombuffer(self._chunk, "<i8", self._n, self._start + 8 * self._n * column)

    def numbers(self, column: int) -> Numbers:
        return np.frombuffer(self._chunk, "<f8", self._n, self._start + 8 * self._n * column)

    def metric(self, name: str) -> Numbers:
        if name not in self.names:
            return np.full(self._n, ABSENT)
        return self.numbers(len(INTEGERS) + len(TIMES) + self.names.index(name))


def _header(n: int, names: list[str]) -> bytes:
    header = orjson.dumps({"n": n, "metrics": names})
    header += b" " * (-len(header) % 8)
    return MAGIC + struct.pack("<I", len(header)) + header


def _joined(parts: list[NDArray[np.generic]], dtype: type[np.generic]) -> NDArray[Any]:
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.empty(0, dtype)
