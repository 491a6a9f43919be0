"""The packed form of single columns of a curve."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from service.storage.curves.columns import (
    at_every_point,
    pack_integers,
    pack_metric,
    pack_progress,
    unpack_integers,
    unpack_numbers,
    unpack_progress,
)
from service.storage.curves.format import ABSENT, measured

integers = st.lists(st.integers(-(2**40), 2**40), max_size=20)
stretches = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 30)), max_size=8)


@settings(max_examples=60, deadline=None)
@given(integers, stretches)
def test_any_integers_come_back(drawn: list[int], rising: list[tuple[int, int]]) -> None:
    steps = [difference for difference, times in rising for _ in range(times)]
    for column in (np.array(drawn, np.int64), np.cumsum([3, *steps]).astype(np.int64)):
        assert unpack_integers(pack_integers(column)).tolist() == column.tolist()


def test_what_rises_evenly_is_short() -> None:
    resumed = np.concatenate((np.full(600, 1), np.full(400, 3)))
    packed = pack_progress(np.arange(0, 110_000, 110), np.arange(1000) // 10 + 1, resumed)
    step, epoch, attempt = unpack_progress(packed)
    assert (step[-1], epoch[-1], attempt.tolist()) == (109_890, 100, resumed.tolist())
    assert len(pack_progress(np.arange(0, 110_000, 110), np.arange(1000), np.ones(1000, np.int64))) < 150
    assert len(packed) < 5000


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats() | st.none(), max_size=30))
def test_a_metric_is_kept_where_it_was_measured(drawn: list[float | None]) -> None:
    column = np.array([ABSENT if value is None else value for value in drawn])
    values, at = unpack_numbers(pack_metric(column))
    known = measured(column)
    np.testing.assert_array_equal(values, column[known])
    assert (list(range(len(column))) if at is None else at.tolist()) == np.flatnonzero(known).tolist()
    again = at_every_point(pack_metric(column), len(column))
    np.testing.assert_array_equal(again, column)
    assert measured(again).tolist() == known.tolist()


def test_a_metric_that_is_not_stored_was_never_measured() -> None:
    assert measured(at_every_point(None, 3)).tolist() == [False] * 3
