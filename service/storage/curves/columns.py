"""The packed form of a single column of a curve that has ended, so that one metric is read without the others.

Each begins with four letters that say how it is written and with a count (uint32), and everything is little-endian:

- ``INTS``: integers (int64), as they are.
- ``RUNS``: the first integer, then how it goes on: so many differences (int64), then how often each comes in a row
  (int64). Steps and epochs rise evenly, so a thousand of them take some fifty bytes.
- ``NUMS``: float64, as they are.
- ``SOME``: a metric that was not measured at every point: the indices at which it was, as integers (the count is their
  length in bytes), and its values there.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from service.storage.curves.format import ABSENT, Integers, Numbers, measured

_HEAD = struct.Struct("<4sI")
_LENGTHS = struct.Struct("<III")


def pack_integers(column: Integers) -> bytes:
    """Integers, such as the steps of a curve."""
    differences = np.diff(column)
    begins = np.flatnonzero(np.diff(differences, prepend=differences[:1] - 1))
    if 2 * len(begins) + 1 >= len(column):
        return _HEAD.pack(b"INTS", len(column)) + column.astype("<i8").tobytes()
    in_a_row = np.diff(begins, append=len(differences))
    written = np.concatenate((column[:1], differences[begins], in_a_row))
    return _HEAD.pack(b"RUNS", len(written)) + written.astype("<i8").tobytes()


def unpack_integers(data: bytes) -> Integers:
    """What ``pack_integers`` packed."""
    kind, n = _HEAD.unpack_from(data)
    written = np.frombuffer(data, "<i8", n, _HEAD.size)
    if kind == b"INTS":
        return written
    middle = 1 + n // 2
    found: Integers = np.cumsum(np.concatenate((written[:1], np.repeat(written[1:middle], written[middle:]))))
    return found


def pack_numbers(column: Numbers) -> bytes:
    """Numbers, such as times; there is one at every point."""
    return _HEAD.pack(b"NUMS", len(column)) + column.astype("<f8").tobytes()


def pack_metric(column: Numbers) -> bytes:
    """A metric, with ``ABSENT`` where it was not measured."""
    known = measured(column)
    if known.all():
        return pack_numbers(column)
    at = pack_integers(np.flatnonzero(known).astype(np.int64))
    values = column[known].astype("<f8").tobytes()
    return _HEAD.pack(b"SOME", len(at)) + at + values


def unpack_numbers(data: bytes) -> tuple[Numbers, Integers | None]:
    """The numbers that were measured, and at which points of the curve; at all of them where that is None."""
    kind, n = _HEAD.unpack_from(data)
    if kind == b"NUMS":
        return np.frombuffer(data, "<f8", n, _HEAD.size), None
    begin = _HEAD.size + n
    return np.frombuffer(data, "<f8", -1, begin), unpack_integers(data[_HEAD.size : begin])


def at_every_point(data: bytes | None, n: int) -> Numbers:
    """A metric as a column of ``n`` points, ``ABSENT`` where it was not measured; with no data, nowhere."""
    column = np.full(n, ABSENT)
    if data is not None:
        values, at = unpack_numbers(data)
        column[slice(None) if at is None else at] = values
    return column


def pack_progress(step: Integers, epoch: Integers, attempt: Integers) -> bytes:
    """How far the run was at each point, in one piece: all curves need it, and it is short."""
    parts = [pack_integers(column) for column in (step, epoch, attempt)]
    return _LENGTHS.pack(*map(len, parts)) + b"".join(parts)


def unpack_progress(data: bytes) -> tuple[Integers, Integers, Integers]:
    """Step, epoch and attempt."""
    step, epoch, attempt = _LENGTHS.unpack_from(data)
    ends = np.cumsum([_LENGTHS.size, step, epoch, attempt]).tolist()
    parts: list[NDArray[np.int64]] = [unpack_integers(data[ends[i] : ends[i + 1]]) for i in range(3)]
    return parts[0], parts[1], parts[2]
