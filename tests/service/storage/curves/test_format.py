"""The packed form of curves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.reporting import Report
from service.storage.curves.format import attempts_of, pack, pack_curve, unpack

metrics = st.dictionaries(st.text(min_size=1, max_size=12), st.floats(allow_nan=False), max_size=4)
points = st.lists(
    st.tuples(st.integers(0, 10**6), st.floats(0, 1e9), st.floats(0, 1e6), metrics), min_size=1, max_size=6
)


def rows_of(drawn: list[tuple[int, float, float, dict[str, float]]]) -> list[Report]:
    """Rows with rising steps."""
    return [Report(step, epoch, wall, training, named) for step, (epoch, wall, training, named) in enumerate(drawn)]


@settings(max_examples=60, deadline=None)
@given(st.lists(points, min_size=1, max_size=4))
def test_any_chunks_give_back_what_was_packed(chunks: list[list[tuple[int, float, float, dict[str, float]]]]) -> None:
    packed = [pack(rows_of(drawn), attempt) for attempt, drawn in enumerate(chunks, 1)]
    curve = unpack("ru_1", packed)
    rows = [row for drawn in chunks for row in rows_of(drawn)]
    assert curve.step.tolist() == [row.step for row in rows]
    assert curve.epoch.tolist() == [row.epoch for row in rows]
    assert curve.wall_time.tolist() == [row.wall_time for row in rows]
    assert curve.training_time.tolist() == [row.training_time for row in rows]
    for name, values in curve.metrics.items():
        np.testing.assert_array_equal(values, [row.metrics.get(name, math.nan) for row in rows])
    assert {name for row in rows for name in row.metrics} == set(curve.metrics)
    again = unpack("ru_1", [pack_curve(curve)])
    np.testing.assert_equal(again.__dict__, curve.__dict__)


def test_attempts_are_remembered_with_their_first_point() -> None:
    rows = rows_of([(1, 0.0, 0.0, {})] * 3)
    assert attempts_of(unpack("ru_1", [pack(rows, 1), pack(rows[:1], 4), pack(rows, 5)]).attempt) == [
        (1, 0),
        (4, 3),
        (5, 4),
    ]


def test_a_wanted_metric_that_nobody_reported_is_nan() -> None:
    curve = unpack("ru_1", [pack(rows_of([(1, 0.0, 0.0, {"a": 1.0})]), 1)], ["b"])
    assert np.isnan(curve.metrics["b"]).tolist() == [True]


def test_other_bytes_are_no_curve() -> None:
    with pytest.raises(ValueError, match="not a chunk of a curve"):
        unpack("ru_1", [b"PK\x03\x04 something else"])
