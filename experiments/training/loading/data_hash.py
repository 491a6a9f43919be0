"""A hash of the data that a run was measured on: of their rows, in whatever order and in batches of whatever size."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

_Scalar = str | bytes | int | float | complex | np.generic | None
_MODULUS = 1 << 256


class DataHash:
    """Takes batches as they are measured; what each row holds counts, however deep in the batch it lies.

    The rows of a batch are told apart where all of its columns have equally many. Otherwise the batch counts as one
    row, and the hash is that of batches of this size.
    """

    def __init__(self) -> None:
        self._rows: dict[int, list[int]] = {}
        """By the number of the loader: how many rows it gave, and the sum of their hashes."""
        self._known = True

    def add(self, batch: Any, loader: int = 0) -> None:
        """Take a batch; with one that holds what cannot be read, nothing is known any more."""
        rows = self._rows.setdefault(loader, [0, 0])
        try:
            for digest in _digests(batch):
                rows[:] = rows[0] + 1, (rows[1] + int.from_bytes(digest)) % _MODULUS
        except Exception:  # a user's own types may raise anything
            self.forget()

    def forget(self) -> None:
        """What was read would be something else if it were read again."""
        self._known = False

    def hexdigest(self) -> str:
        """The SHA-256 of all that was added; empty where nothing was, or where it is not known."""
        if not self._known or not any(n for n, _ in self._rows.values()):
            return ""
        lines = [f"{loader} {n} {total:064x}\n" for loader, (n, total) in sorted(self._rows.items())]
        return hashlib.sha256("".join(lines).encode()).hexdigest()


def _digests(batch: Any) -> Iterator[bytes]:
    """A digest for each row."""
    described = hashlib.sha256()
    columns = []
    for place, value in _columns(batch):
        kind, cells = _cells(value)
        described.update(f"{place} {kind}\n".encode())
        if cells is not None:
            columns.append(cells)
    apart = len({len(cells) for cells in columns}) == 1
    for row in zip(*columns, strict=True) if apart else [tuple(cell for cells in columns for cell in cells)]:
        digest = described.copy()
        for cell in row:
            digest.update(cell)
        yield digest.digest()


def _columns(batch: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """What a batch holds, with the place of each: tensors, arrays, lists of scalars, and scalars."""
    if is_dataclass(batch):
        batch = {field.name: getattr(batch, field.name) for field in fields(batch)}
    if isinstance(batch, Mapping):
        for key in sorted(batch, key=str):
            yield from _columns(batch[key], f"{place}.{key}")
    elif isinstance(batch, list | tuple) and not all(isinstance(each, _Scalar) for each in batch):
        for number, each in enumerate(batch):
            yield from _columns(each, f"{place}.{number}")
    else:
        yield place, batch


def _cells(column: Any) -> tuple[str, Sequence[bytes] | None]:
    """Of what kind a column is, and the bytes of each row; of a scalar, which belongs to all rows, the kind alone."""
    if isinstance(column, Tensor):
        kind, shape = str(column.dtype), tuple(column.shape)
        array = column.detach().cpu().contiguous().reshape(*shape, 1).view(torch.uint8).numpy()
    elif isinstance(column, _Scalar):
        return repr(column), None
    elif isinstance(column, list | tuple):
        return "list", [_framed(repr(each).encode()) for each in column]
    else:
        values = np.asarray(column)
        kind, shape = values.dtype.str, values.shape
        if values.dtype.hasobject:
            raise TypeError(f"{type(column).__qualname__} has no bytes of its own")
        array = np.ascontiguousarray(values).reshape(*shape, 1).view(np.uint8)
    if not shape:
        return f"{kind} {array.tobytes().hex()}", None
    return f"{kind} {shape[1:]}", [row.tobytes() for row in array]


def _framed(text: bytes) -> bytes:
    return len(text).to_bytes(8) + text
