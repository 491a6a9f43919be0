"""Which rows are trained on, which judge, and which are held out for the test: as the data say."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import KFold, StratifiedGroupKFold, StratifiedKFold, train_test_split

from experiments.data import HELD_OUT
from experiments.errors import InvalidInput

Array = np.ndarray[Any, np.dtype[Any]]
N_PARTS = 3


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
    one of the ``groups`` are never in two parts, whose sizes are as near as that allows; by ``times`` every part lies
    behind the one before it, no two parts have rows of the same time, and each fold trains on all that lies before what
    it validates on.

    Raises:
        InvalidInput: the data cannot be divided so.
    """
    _refuse(n_rows, {"strata": strata, "groups": groups, "times": times}, shuffle)
    if times is not None:
        return _by_time(np.asarray(times), fold, folds)
    cutter = _Cutter(seed, _array(strata), _numbered(groups))
    try:
        return cutter.parts(np.arange(n_rows), fold, folds)
    except ValueError as error:
        raise InvalidInput.at("folds", f"{n_rows} rows cannot be divided so: {error}") from error


def _is_missing(value: Any) -> bool:
    return value is None or bool(np.any(value != value))  # noqa: PLR0124 - NaN and NaT are not equal to themselves


def _array(column: Sequence[Any] | Array | None) -> Array | None:
    return None if column is None else np.asarray(column)


def _numbered(groups: Sequence[Any] | Array | None) -> Array | None:
    if groups is None:
        return None
    names, numbers = np.unique(np.asarray(groups), return_inverse=True)
    if len(names) < N_PARTS:
        raise InvalidInput.at("groups", f"{len(names)} are fewer than the {N_PARTS} parts; say finer ones")
    return numbers


def _refuse(n_rows: int, columns: dict[str, Any], shuffle: bool | None) -> None:
    if n_rows < N_PARTS:
        raise InvalidInput.at("n_rows", f"{n_rows} cannot be in {N_PARTS} parts")
    given = {name: len(column) for name, column in columns.items() if column is not None}
    for name, length in given.items():
        if length != n_rows:
            raise InvalidInput.at(name, f"there are {length} for {n_rows} rows; give one for each")
        if missing := sum(map(_is_missing, np.asarray(columns[name]))):
            raise InvalidInput.at(name, f"{missing} of {n_rows} rows have none; give them one, or leave them out")
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
            return self._hold_out_groups(rows, self.groups, share)
        rest, held_out = train_test_split(
            rows, test_size=share, random_state=self.seed, stratify=self._of(self.strata, rows)
        )
        return rest, held_out

    def _hold_out_groups(self, rows: Array, groups: Array, share: float) -> tuple[Array, Array]:
        """The cut that is nearest to the share: one group may have most of the rows, and belongs to the training."""
        n_groups = len(np.unique(groups[rows]))
        cuts = self._cuts(rows, min(round(1 / share), n_groups))
        return min(cuts, key=lambda cut: abs(len(cut[1]) - share * len(rows)))

    def _fold(self, rows: Array, fold: int, folds: int) -> tuple[Array, Array]:
        return self._cuts(rows, folds)[fold]

    def _cuts(self, rows: Array, n: int) -> list[tuple[Array, Array]]:
        """Each of so many parts, with what is left of the rows before it."""
        strata, groups = self._of(self.strata, rows), self._of(self.groups, rows)
        if groups is not None and (n_groups := len(np.unique(groups))) < n:
            raise ValueError(f"{n_groups} groups are left beside the test part, fewer than {n} folds")
        if groups is not None and strata is None:
            part_of = _balanced(groups, n, self.seed)
            return [(rows[part_of != part], rows[part_of == part]) for part in range(n)]
        kind = KFold if strata is None else StratifiedKFold if groups is None else StratifiedGroupKFold
        cuts = kind(n, shuffle=True, random_state=self.seed).split(rows, strata, groups)
        return [(rows[rest], rows[part]) for rest, part in cuts]

    @staticmethod
    def _of(column: Array | None, rows: Array) -> Array | None:
        return None if column is None else column[rows]


def _balanced(groups: Array, n: int, seed: int) -> Array:
    """The part of each row: group by group, in a random order, to the part that has the fewest rows.

    scikit-learn's ``GroupKFold`` deals shuffled groups out by their number, however large each is.
    """
    _, number, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    parts = np.empty(len(sizes), int)
    loads = [(0, part) for part in range(n)]
    for group in np.random.default_rng(seed).permutation(len(sizes)):
        load, parts[group] = loads[0]
        heapq.heapreplace(loads, (load + int(sizes[group]), int(parts[group])))
    return parts[number]


def _by_time(times: Array, fold: int | None, folds: int) -> Parts:
    """Blocks one behind the other: of folds, each is validated on by the fold that trains on all before it."""
    order = np.argsort(times, kind="stable")
    ordered, held_out = times[order], HELD_OUT * len(times)
    end = len(times) - held_out
    starts = [end - held_out] if fold is None else [end * block / (folds + 1) for block in range(1, folds + 1)]
    edges = [_before_equal_times(ordered, round(start)) for start in [*starts, end]]
    if min(np.diff([0, *edges, len(times)])) < 1:
        few = f"{len(np.unique(times))} different times of {len(times)} rows leave one of {len(edges) + 1} parts empty"
        raise InvalidInput.at("times", f"{few}; say finer ones" + (", or take fewer folds" if fold is not None else ""))
    block = fold or 0
    return Parts(order[: edges[block]], order[edges[block] : edges[block + 1]], order[edges[-1] :])


def _before_equal_times(ordered: Array, place: int) -> int:
    """A place at which no two rows of the same time are parted."""
    return int(np.searchsorted(ordered, ordered[min(place, len(ordered) - 1)]))
