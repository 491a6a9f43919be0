"""Curves as bytes: JSON for programs, packed numbers for who draws thousands of them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from service.api.curves.series import Answer, Series
from service.storage.curves.format import TIMES, Curve, attempts_of, measured

MAGIC = b"SHS2"
WHOLE = frozenset({"step", "epoch"})
"""Axes of whole numbers, which float32 would not hold beyond 16 million."""
LARGEST = float(np.finfo("<f4").max)


def to_json(answer: Answer) -> bytes:
    """The answer as JSON."""
    items = [one.head() | {"x": one.x, "y": _finite(one.y)} for one in answer.series]
    return orjson.dumps(answer.envelope(items), option=orjson.OPT_SERIALIZE_NUMPY)


def to_binary(answer: Answer) -> bytes:
    """The answer as packed numbers.

    ``SHS2``, the header's length (uint32), the header (the JSON answer, padded with blanks so that the numbers begin at
    a multiple of 8), then numbers: first the distinct columns of whole x (steps, epochs) as float64, then those of
    other x as float32, then the y of all series, one behind the other, as float32 with NaN where nothing finite was
    measured. The header says in ``lengths`` how long each of the distinct columns is; a series has in place of its
    lists ``n``, and in ``x`` for each axis which of the distinct columns of its kind is its own.
    """
    whole, other = _Distinct("<f8"), _Distinct("<f4")
    items = []
    for one in answer.series:
        x = {axis: (whole if axis in WHOLE else other).place(column) for axis, column in one.x.items()}
        items.append(one.head() | {"n": len(one.y), "x": x})
    lengths = {"whole": whole.lengths, "other": other.lengths}
    header = orjson.dumps(answer.envelope(items) | {"lengths": lengths})
    header += b" " * (-(len(header) + 8) % 8)
    return b"".join((MAGIC, struct.pack("<I", len(header)), header, *whole.columns, *other.columns, _y(answer.series)))


def run_curves(curve: Curve) -> bytes:
    """All metrics of one run as JSON; what is not finite or was not measured is null."""
    body = {
        "run_id": curve.run_id,
        **{name: getattr(curve, name) for name in ("step", "epoch", *TIMES)},
        "metrics": dict(curve.metrics),
        "not_finite": {name: places for name, values in curve.metrics.items() if (places := _not_finite(values))},
        "attempts": attempts_of(curve.attempt),
    }
    return orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)


class _Distinct:
    """Columns of one type, each of which is written once however many runs share it."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._places: dict[bytes, int] = {}
        self._seen: dict[int, int] = {}

    @property
    def columns(self) -> Sequence[bytes]:
        """As they are written."""
        return list(self._places)

    @property
    def lengths(self) -> list[int]:
        """How many numbers each has."""
        return [len(column) // int(self._kind[-1]) for column in self._places]

    def place(self, column: NDArray[Any]) -> int:
        """Where the column stands among them."""
        if id(column) not in self._seen:  # of runs that went alike the very same array comes again
            written = column.astype(self._kind).tobytes()
            self._seen[id(column)] = self._places.setdefault(written, len(self._places))
        return self._seen[id(column)]


def _y(series: Sequence[Series]) -> bytes:
    if not series:
        return b""
    values = _finite(np.concatenate([one.y for one in series]))
    return np.clip(values, -LARGEST, LARGEST).astype("<f4").tobytes()


def _finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(values), values, np.nan)


def _not_finite(values: NDArray[np.float64]) -> list[int]:
    places: list[int] = np.flatnonzero(measured(values) & ~np.isfinite(values)).tolist()
    return places
