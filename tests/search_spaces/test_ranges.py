"""Every range: its grid, its size, its Optuna distribution, and that drawing follows the declared distribution."""

from __future__ import annotations

import json
import math
from collections import Counter
from decimal import Decimal
from typing import Any

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.errors import InvalidInput
from search_spaces.chance import Chance
from search_spaces.distributions import distribution_of
from search_spaces.language.notation import parse_range
from search_spaces.ranges import Range

finite = st.floats(-1e6, 1e6).map(lambda value: round(value, 6))
positive = st.floats(1e-6, 1e6)
whole = st.integers(-10_000, 10_000)
positive_whole = st.integers(1, 10_000)
points = st.one_of(st.none(), st.integers(1, 60))


def _pairs(numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.tuples(numbers, numbers).filter(lambda pair: pair[1] - pair[0] > abs(pair[0]) * 1e-6).map(list)


@st.composite
def _stepped(
    draw: st.DrawFn, keyword: str, low: st.SearchStrategy[Any], step: st.SearchStrategy[Any]
) -> dict[str, Any]:
    start, q = draw(low), draw(step)
    return {keyword: [start, start + q * draw(st.integers(1, 50)), q]}


numeric = st.one_of(
    _pairs(finite).map(lambda bounds: {"uniform": bounds}),
    _pairs(positive).map(lambda bounds: {"log_uniform": bounds}),
    _pairs(whole).map(lambda bounds: {"int": bounds}),
    _pairs(positive_whole).map(lambda bounds: {"log_int": bounds}),
    _stepped("quniform", whole, st.sampled_from([0.05, 0.25, 0.1, 3.0])),
    _stepped("qint", whole, st.integers(1, 9)),
)
choices = st.lists(
    st.one_of(st.booleans(), whole, st.text(max_size=5), st.lists(whole, max_size=3)), min_size=1, max_size=6
).filter(lambda options: all(a != b for i, a in enumerate(options) for b in options[:i]))
ranges = st.one_of(
    st.tuples(numeric, points).map(lambda pair: {**pair[0], **({"points": pair[1]} if pair[1] else {})}),
    choices.filter(
        lambda options: len({json.dumps(each) for each in options} | set(map(str, options))) >= len(options)
    ).map(lambda options: {"choice": options}),
)


def _parsed(document: dict[str, Any]) -> Range:
    return parse_range(document)


@given(ranges, st.integers(1, 40))
def test_a_grid_has_its_size_in_distinct_values_all_within_the_range(document: dict[str, Any], default: int) -> None:
    range_ = _parsed(document)
    values = range_.values(default)
    assert len(values) == range_.size(default) > 0
    assert len({json.dumps(value) for value in values}) == len(values)
    for value in values:
        assert range_.accept(value) is not None or value is None
        assert distribution_of(range_)._contains(distribution_of(range_).to_internal_repr(value))


@given(numeric, st.integers(2, 40))
def test_a_grid_of_a_numeric_range_ascends_from_bound_to_bound(document: dict[str, Any], n: int) -> None:
    range_ = _parsed({**document, "points": n})
    values = range_.values()
    assert values == sorted(values)
    assert values[0] == range_.probes()[0]
    assert values[-1] == pytest.approx(range_.probes()[-1])


@given(ranges)
def test_what_is_drawn_is_accepted(document: dict[str, Any]) -> None:
    range_ = _parsed(document)
    trial = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1)).ask()
    drawn = range_.draw(trial, "x")
    assert trial.distributions["x"] == distribution_of(range_)
    range_.accept(drawn)


DECIMAL = st.integers(-5000, 5000)


@given(DECIMAL, st.integers(1, 999), st.integers(1, 60), st.integers(0, 9), st.sampled_from([0, 1, 2, 3, 5]))
def test_what_is_drawn_in_steps_is_exactly_a_value_of_the_grid(
    low: int, q: int, steps: int, beyond: int, digits: int
) -> None:
    """0.1 + 2 · 0.1 is 0.30000000000000004 to Optuna, and 0.3 to whoever wrote the range."""
    start, step = Decimal(low).scaleb(-digits), Decimal(q).scaleb(-digits)
    end = start + steps * step + min(beyond, q - 1) * Decimal(1).scaleb(-digits - 1)
    range_ = _parsed({"quniform": [float(start), float(end), float(step)]})
    grid = range_.values()
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=abs(low)))
    trial = study.ask()

    drawn = [range_.draw(trial, f"x{index}") for index in range(5)]

    assert grid == [float(start + index * step) for index in range(steps + 1)]
    assert set(drawn) <= set(grid)
    assert [range_.accept(value) for value in drawn] == drawn
    for value in grid:  # as the trials of a grid, and those of a rebuilt study, are handed to Optuna
        optuna.trial.create_trial(params={"x": value}, distributions={"x": distribution_of(range_)}, value=0)


def test_a_sampler_that_learns_proposes_values_of_the_grid_too() -> None:
    range_ = _parsed({"quniform": [0.1, 0.9, 0.1]})
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=3, n_startup_trials=3))
    drawn = set()
    for _ in range(30):
        trial = study.ask({"y": optuna.distributions.FloatDistribution(0, 1)})
        drawn.add(range_.draw(trial, "x"))
        study.tell(trial, abs(trial.params["x"] - 0.3))

    assert drawn <= {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}
    assert 0.3 in drawn


@given(ranges)
def test_distributions_survive_optunas_json(document: dict[str, Any]) -> None:
    distribution = distribution_of(_parsed(document))
    text = optuna.distributions.distribution_to_json(distribution)
    assert optuna.distributions.json_to_distribution(text) == distribution


@pytest.mark.parametrize(
    ("document", "values"),
    [
        ({"uniform": [0, 1], "points": 3}, [0, 0.5, 1]),
        ({"log_uniform": [1e-3, 1], "points": 4}, [1e-3, 1e-2, 1e-1, 1]),
        ({"int": [2, 5]}, [2, 3, 4, 5]),
        ({"int": [0, 10], "points": 3}, [0, 5, 10]),
        ({"int": [0, 1], "points": 9}, [0, 1]),
        ({"log_int": [1, 1000], "points": 4}, [1, 10, 100, 1000]),
        ({"log_int": [1, 4], "points": 50}, [1, 2, 3, 4]),
        ({"quniform": [0, 1, 0.25]}, [0, 0.25, 0.5, 0.75, 1]),
        ({"quniform": [0.1, 0.4, 0.1]}, [0.1, 0.2, 0.3, 0.4]),
        ({"qint": [16, 64, 16]}, [16, 32, 48, 64]),
        ({"qint": [1, 6, 2]}, [1, 3, 5]),
        ({"choice": ["a", 2, None, [1, 2]]}, ["a", 2, None, "[1, 2]"]),
    ],
)
def test_values_on_a_grid(document: dict[str, Any], values: list[Any]) -> None:
    assert _parsed(document).values() == (
        values if "choice" in document else [pytest.approx(value) for value in values]
    )


def test_continuous_ranges_have_no_grid_without_points() -> None:
    for keyword in ("uniform", "log_uniform"):
        range_ = _parsed({keyword: [1, 2]})
        assert range_.size() is None
        with pytest.raises(InvalidInput, match="write `points: n` beside it"):
            range_.values()


def test_own_points_come_before_the_samplers() -> None:
    assert _parsed({"uniform": [0, 1], "points": 2}).size(5) == 2
    assert _parsed({"uniform": [0, 1]}).size(5) == 5


def test_a_huge_range_of_integers_is_counted_not_built() -> None:
    assert _parsed({"int": [1, 2**53]}).size() == 2**53
    assert _parsed({"int": [0, 2**53], "points": 3}).values() == [0, 2**52, 2**53]


def _draws(document: dict[str, Any], n: int = 3000) -> list[Any]:
    range_ = _parsed(document)
    chance = Chance(3)
    return [range_.draw(chance, f"x{index}") for index in range(n)]


def _shares(values: list[float], edges: list[float]) -> list[float]:
    counts = Counter(sum(value >= edge for edge in edges) for value in values)
    return [counts[bin_] / len(values) for bin_ in range(len(edges) + 1)]


@pytest.mark.parametrize(
    ("document", "edges", "shares"),
    [
        ({"uniform": [0, 4]}, [1, 2, 3], [0.25] * 4),
        ({"log_uniform": [1e-4, 1]}, [1e-3, 1e-2, 1e-1], [0.25] * 4),
        ({"int": [1, 4]}, [2, 3, 4], [0.25] * 4),
        ({"quniform": [0, 1.5, 0.5]}, [0.25, 0.75, 1.25], [0.25] * 4),
        ({"qint": [10, 40, 10]}, [15, 25, 35], [0.25] * 4),
        ({"choice": [1, 2, 3, 4]}, [2, 3, 4], [0.25] * 4),
        # Optuna rounds what it draws uniformly in the logarithm from 0.5 to 1000.5
        (
            {"log_int": [1, 1000]},
            [10, 100],
            [
                math.log(9.5 / 0.5) / math.log(2001),
                math.log(99.5 / 9.5) / math.log(2001),
                math.log(1000.5 / 99.5) / math.log(2001),
            ],
        ),
    ],
)
def test_random_draws_follow_the_declared_distribution(
    document: dict[str, Any], edges: list[float], shares: list[float]
) -> None:
    found = _shares(_draws(document), edges)
    for share, expected in zip(found, shares, strict=True):
        assert share == pytest.approx(expected, abs=4.5 * math.sqrt(expected * (1 - expected) / 3000))


@pytest.mark.parametrize(
    ("document", "value", "message"),
    [
        ({"uniform": [0, 1]}, 2, r"2 lies outside of uniform \[0, 1\]"),
        ({"int": [0, 1]}, True, "True lies outside of"),
        ({"log_uniform": [1, 2]}, "1", "'1' lies outside of"),
        ({"quniform": [0.1, 0.9, 0.1]}, 0.35, r"0.35 is no step of quniform \[0.1, 0.9\]; the nearest are 0.3 and 0.4"),
        ({"quniform": [0, 1, 0.3]}, 1.0, "1.0 is no step of .*; the nearest is 0.9$"),
        ({"qint": [1, 9, 2]}, 4, r"4 is no step of qint \[1, 9\]; the nearest are 3 and 5$"),
        ({"qint": [0, 10, 4]}, 10, "10 is no step of .*; the nearest is 8$"),
        ({"qint": [0, 10, 4]}, 7.5, "7.5 is no step of .*; the nearest are 4 and 8$"),
        ({"int": [1, 9]}, 4.5, "4.5 is no step of .*; the nearest are 4 and 5$"),
        ({"log_int": [1, 9]}, 4.5, "4.5 is no step of .*; the nearest are 4 and 5$"),
        ({"choice": [32, 64]}, 48, r"48 is not one of choice \[32, 64\]"),
    ],
)
def test_values_from_elsewhere_must_lie_in_the_range(document: dict[str, Any], value: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        _parsed(document).accept(value)


def test_a_choice_takes_lists_as_values_and_as_optunas_text() -> None:
    range_ = _parsed({"choice": [[64, 64], [128]]})
    assert range_.accept("[64, 64]") == [64, 64]
    assert range_.accept([128]) == [128]
