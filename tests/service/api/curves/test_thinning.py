"""Curves made few: bounded, in order, and each run keeps its extremes in each pixel column."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.api.curves.thinning import inside, kept_points

values = st.sampled_from([0.0, 1.0, 2.5, -3.0, np.nan, np.inf, -np.inf])
curves = st.lists(st.lists(values, min_size=1, max_size=40), min_size=1, max_size=5)


@settings(max_examples=150, deadline=None)
@given(curves, st.integers(2, 12))
def test_each_run_keeps_its_ends_and_in_each_column_its_extremes_and_a_gap(drawn: list[list[float]], n: int) -> None:
    lengths = [len(one) for one in drawn]
    x, y = np.concatenate([np.arange(float(length)) for length in lengths]), np.concatenate(drawn)
    starts = np.cumsum([0, *lengths[:-1]])
    high = float(max(lengths) - 1)

    kept = kept_points(x, y, starts, (0.0, high), n)

    assert kept.tolist() == sorted(set(kept.tolist()))
    for start, length in zip(starts, lengths, strict=True):
        own = kept[(kept >= start) & (kept < start + length)]
        assert {start, start + length - 1} <= set(own.tolist())
        column = np.minimum(np.floor(x[start : start + length] * n / (high or 1.0)), n - 1)
        for each in np.unique(column):
            there = start + np.flatnonzero(column == each)
            left = y[np.intersect1d(own, there)]
            assert np.isfinite(left).all() == np.isfinite(y[there]).all()
            finite = y[there][np.isfinite(y[there])]
            if len(finite):
                assert (np.nanmin(left[np.isfinite(left)]), np.nanmax(left[np.isfinite(left)])) == (
                    finite.min(),
                    finite.max(),
                )
        assert len(own) <= 3 * len(np.unique(column)) + 2


@pytest.mark.parametrize("columns", [2, 5, 1000])
def test_every_spike_of_every_run_stays(columns: int) -> None:
    y = np.zeros(30_000)
    spikes = [7_777, 3_333, 13_333, 29_998]
    y[spikes] = [1e9, -1e9, 5.0, -1e-3]
    x = np.tile(np.arange(10_000.0), 3)

    kept = kept_points(x, y, np.array([0, 10_000, 20_000]), (0.0, 9_999.0), columns)

    assert set(spikes) <= set(kept.tolist())
    assert len(kept) <= 3 * (2 * columns + 2)


def test_no_points_are_none() -> None:
    assert kept_points(np.zeros(0), np.zeros(0), np.array([0]), (0.0, 1.0), 5).tolist() == []


def test_a_stretch_has_a_point_on_each_side() -> None:
    x = np.array([1, 2, 3, 4, 5])
    assert inside(x, 2.5, 3.5) == slice(1, 4)
    assert inside(x, None, 0) == slice(0, 1)
    assert inside(x, 9, None) == slice(4, 5)
    assert inside(x, 2, 4) == slice(0, 5)
