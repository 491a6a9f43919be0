"""Which rows are trained on, which judge, and which are held out for the test: as the data say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold, train_test_split

from experiments.data import HELD_OUT
from experiments.errors import InvalidInput

Array = np.ndarray[Any, np.dtype[Any]]
GROUP_SHARES = round(1 / HELD_OUT)
"""Groups are held out whole: one part of so many, which have about equally many rows."""


@dataclass(frozen=True)
class Parts:
    """The rows of each part, by their numbers."""

    train: Array
    validation: Array
    test: Array


def split(
    n_rows: int,
    *,
    seed: int = 0,
    fold: int | None = None,
    folds: int = 5,
    strata: Sequence[Any] | Array | None = None,
    groups: Sequence[Any] | Array | None = None,
    times: Sequence[Any] | Array | None = None,
    shuffle: bool | None = None,
) -> Parts:
    """Divide rows into 70 % training, 15 % validation and 15 % test, or the first two by a fold of several.

    The test part is the same for all folds. ``strata`` (a class for each row) have equal shares in all parts; rows of
    one of the ``groups`` are never in two parts; by ``times`` every part lies behind the one before it, no two parts
    have rows of the same time, and each fold trains on all that lies before what it validates on.

    Raises:
        InvalidInput: the data cannot be divided so.
    """
    _refuse(n_rows, {"strata": strata, "groups": groups, "times": times}, shuffle)
    if times is not None:
        return _by_time(np.asarray(times), fold, folds)
    cutter = _Cutter(seed, _array(strata), _array(groups))
    try:
        return cutter.parts(np.arange(n_rows), fold, folds)
    except ValueError as error:
        raise InvalidInput.at("folds", f"{n_rows} rows cannot be divided so: {error}") from error


def _array(column: Sequence[Any] | Array | None) -> Array | None:
    return None if column is None else np.asarray(column)


def _refuse(n_rows: int, columns: dict[str, Any], shuffle: bool | None) -> None:
    given = {name: len(column) for name, column in columns.items() if column is not None}
    for name, length in given.items():
        if length != n_rows:
            raise InvalidInput.at(name, f"there are {length} for {n_rows} rows; give one for each")
    others = given.keys() - {"times"}
    if "times" in given and others:
        raise InvalidInput.at("times", f"rows are divided by time or by {min(others)}, not by both; leave one out")
    if "times" in given and shuffle:
        message = "a time series that is shuffled is trained on its future; leave `shuffle` out, or `times`"
        raise InvalidInput.at("shuffle", message)
    if "times" not in given and shuffle is False:
        message = "rows that are not shuffled have an order; say it by `times`, such as `range(n_rows)`"
        raise InvalidInput.at("shuffle", message)


@dataclass(frozen=True)
class _Cutter:
    """Divides rows at random, whole groups if there are any, with equal shares of strata if there are any."""

    seed: int
    strata: Array | None
    groups: Array | None

    def parts(self, rows: Array, fold: int | None, folds: int) -> Parts:
        rest, test = self._hold_out(rows, HELD_OUT)
        if fold is None:
            return Parts(*self._hold_out(rest, HELD_OUT / (1 - HELD_OUT)), test)
        return Parts(*self._fold(rest, fold, folds), test)

    def _hold_out(self, rows: Array, share: float) -> tuple[Array, Array]:
        if self.groups is not None:
            return self._fold(rows, 0, min(GROUP_SHARES, len(np.unique(self.groups[rows]))))
        rest, held_out = train_test_split(
            rows, test_size=share, random_state=self.seed, stratify=self._of(self.strata, rows)
        )
        return rest, held_out

    def _fold(self, rows: Array, fold: int, folds: int) -> tuple[Array, Array]:
        plain, grouped = (KFold, GroupKFold) if self.strata is None else (StratifiedKFold, StratifiedGroupKFold)
        splitter = (plain if self.groups is None else grouped)(folds, shuffle=True, random_state=self.seed)
        cuts = splitter.split(rows, self._of(self.strata, rows), self._of(self.groups, rows))
        train, validation = list(cuts)[fold]
        return rows[train], rows[validation]

    @staticmethod
    def _of(column: Array | None, rows: Array) -> Array | None:
        return None if column is None else column[rows]


def _by_time(times: Array, fold: int | None, folds: int) -> Parts:
    """Blocks one behind the other: of folds, each is validated on by the fold that trains on all before it."""
    order = np.argsort(times, kind="stable")
    ordered, held_out = times[order], HELD_OUT * len(times)
    end = len(times) - held_out
    starts = [end - held_out] if fold is None else [end * block / (folds + 1) for block in range(1, folds + 1)]
    edges = [_before_equal_times(ordered, round(start)) for start in [*starts, end]]
    if min(np.diff([0, *edges, len(times)])) < 1:
        few = f"{len(np.unique(times))} different times are too few for {len(edges) + 1} parts"
        raise InvalidInput.at("times", f"{few}; take fewer folds")
    block = fold or 0
    return Parts(order[: edges[block]], order[edges[block] : edges[block + 1]], order[edges[-1] :])


def _before_equal_times(ordered: Array, place: int) -> int:
    """A place at which no two rows of the same time are parted."""
    return int(np.searchsorted(ordered, ordered[min(place, len(ordered) - 1)]))
