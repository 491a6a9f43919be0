"""Curves made small: bounded, in order, and without losing a spike."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.api.curves.encoding import kept_points


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400), st.integers(4, 100))
def test_the_kept_points_are_few_in_order_and_hold_the_ends_and_the_extremes(values: list[float], most: int) -> None:
    column = np.array(values)

    kept = kept_points(column, most)

    assert len(kept) <= most
    assert list(kept) == sorted(set(kept.tolist()))
    assert {0, len(column) - 1} <= set(kept.tolist())
    assert column[kept].min() == column.min()
    assert column[kept].max() == column.max()


@pytest.mark.parametrize("most", [4, 5, 50, 999])
def test_every_spike_stays(most: int) -> None:
    column = np.zeros(10_000)
    column[7_777] = 1e9
    column[3_333] = -1e9

    kept = kept_points(column, most)

    assert {7_777, 3_333} <= set(kept.tolist())


@given(st.lists(st.sampled_from([1.0, 2.0, np.nan, np.inf, -np.inf]), max_size=200), st.integers(4, 60))
def test_gaps_are_kept_beside_the_extremes(values: list[float], most: int) -> None:
    column = np.array(values)
    finite = np.isfinite(column)

    kept = kept_points(column, most)

    assert len(kept) <= most
    assert list(kept) == sorted(set(kept.tolist()))
    assert len(kept) == len(column) or len(column) > most
    if finite.any():
        assert {column[finite].min(), column[finite].max()} <= set(column[kept].tolist())
    if most >= 6 or not finite.any():
        assert finite[kept].all() == finite.all()


def test_a_short_curve_stays_as_it_is() -> None:
    assert kept_points(np.array([3.0, 1.0, 2.0, 5.0]), 4).tolist() == [0, 1, 2, 3]
    assert kept_points(np.array([]), 4).tolist() == []
