"""Groups of curves, beside what numpy makes of the same runs one x at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from service.analysis.curves.curve_groups import Band, Center, Line, group_line, line_of, reaching, shared_x

NAN = np.nan
EPOCHS = np.arange(1.0, 13.0)


def ragged(seed: int, n_runs: int = 9) -> list[Line]:
    """Runs of different lengths, with values that are not finite among theirs."""
    rng = np.random.default_rng(seed)
    lines = []
    for number in range(n_runs):
        y = rng.normal(size=int(rng.integers(3, len(EPOCHS) + 1)))
        y[rng.random(len(y)) < 0.15] = NAN
        y[0] = 1.0
        lines.append(line_of(f"ru_{number}", EPOCHS[: len(y)], y))
    return lines


def column(lines: list[Line], at: float) -> Any:
    """The finite values that stand at an x."""
    found = [line.y[list(line.x).index(at)] for line in lines if at in line.x]
    return np.array([value for value in found if np.isfinite(value)])


EDGES: dict[Band, Any] = {
    "sd": lambda v: np.std(v, ddof=1) * np.array([-1, 1]) + np.mean(v),
    "se": lambda v: stats.sem(v) * np.array([-1, 1]) + np.mean(v),
    "ci95": lambda v: np.mean(v) + stats.t.ppf([0.025, 0.975], len(v) - 1) * stats.sem(v),
    "minmax": lambda v: (np.min(v), np.max(v)),
    "quartiles": lambda v: np.quantile(v, [0.25, 0.75]),
}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("center", "band"),
    [*(("mean", band) for band in EDGES), ("median", "minmax"), ("median", "quartiles")],
)
def test_a_group_is_what_numpy_makes_of_it(center: Center, band: Band, seed: int) -> None:
    lines = ragged(seed)

    found = group_line(lines, shared_x(lines, 100, continuous=False), center, band, carry=False)

    for i, x in enumerate(found.x):
        values = column(lines, x)
        assert found.n[i] == len(values)
        assert found.mid[i] == pytest.approx(getattr(np, center)(values))
        if len(values) > 1 or band in {"minmax", "quartiles"}:
            np.testing.assert_allclose([found.low[i], found.high[i]], EDGES[band](values))
        else:
            assert np.isnan([found.low[i], found.high[i]]).all()
    assert not found.n_carried.any()


def test_what_has_ended_counts_on_with_its_last_finite_value_where_it_is_carried() -> None:
    lines = [
        line_of("short", EPOCHS[:2], np.array([4.0, 2.0])),
        line_of("diverged", EPOCHS[:3], np.array([6.0, NAN, NAN])),
        line_of("whole", EPOCHS[:4], np.array([1.0, 2.0, 3.0, 5.0])),
    ]
    x = shared_x(lines, 100, continuous=False)

    alone = group_line(lines, x, "mean", "minmax", carry=False)
    carried = group_line(lines, x, "mean", "minmax", carry=True)

    assert (alone.n.tolist(), alone.mid.tolist()) == ([3, 2, 1, 1], [11 / 3, 2.0, 3.0, 5.0])
    assert (carried.n.tolist(), carried.n_carried.tolist()) == ([3, 3, 3, 3], [0, 1, 2, 2])
    assert carried.mid.tolist() == [11 / 3, 10 / 3, 11 / 3, 13 / 3]


def test_only_what_reached_an_x_is_kept_and_a_value_that_is_not_finite_reaches_nothing() -> None:
    lines = [
        line_of("short", EPOCHS[:2], np.array([4.0, 2.0])),
        line_of("diverged", EPOCHS[:4], np.array([6.0, 5.0, NAN, NAN])),
        line_of("whole", EPOCHS[:3], np.array([1.0, 2.0, 3.0])),
    ]

    assert [line.run_id for line in reaching(lines, None)] == ["whole"]
    assert [line.run_id for line in reaching(lines, 2.0)] == ["short", "diverged", "whole"]
    assert reaching(lines, 4.0) == []


def test_times_are_compared_on_an_even_grid_between_the_points_of_each_run() -> None:
    lines = [line_of("a", np.array([0.0, 10.0]), np.array([0.0, 1.0])), line_of("b", np.array([4.0, 8.0]), np.ones(2))]

    found = group_line(lines, shared_x(lines, 6, continuous=True), "mean", "minmax", carry=False)

    assert found.x.tolist() == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    assert found.n.tolist() == [1, 1, 2, 2, 2, 1]
    np.testing.assert_allclose(found.mid, [0.0, 0.2, 0.7, 0.8, 0.9, 1.0])


def test_a_gap_is_not_bridged() -> None:
    lines = [line_of("a", EPOCHS[[0, 2, 4]], np.array([1.0, NAN, 3.0])), line_of("b", EPOCHS[:5], np.zeros(5))]

    found = group_line(lines, shared_x(lines, 100, continuous=False), "mean", "minmax", carry=False)

    assert found.n.tolist() == [2, 1, 1, 1, 2]


def test_of_more_x_than_are_wanted_the_first_the_last_and_some_evenly_between_are_kept() -> None:
    lines = [line_of("a", np.arange(1000), np.zeros(1000))]

    assert shared_x(lines, 4, continuous=False).tolist() == [0, 333, 666, 999]
    assert shared_x(lines, 4, continuous=False, stretch=(10, 19.5)).tolist() == [10, 13, 16, 19]
    assert shared_x(lines, 4, continuous=False, stretch=(2000, 3000)).tolist() == []


def test_of_several_points_at_one_x_the_last_stands_and_a_clock_that_went_back_is_one() -> None:
    line = line_of("a", np.array([1, 1, 2, 1, 3]), np.array([1.0, 2.0, 3.0, 4.0, np.inf]))

    assert (line.x.tolist(), line.y.tolist()[:2], bool(np.isnan(line.y[2]))) == ([1, 2, 3], [2.0, 4.0], True)
