# ruff: noqa: E501 - a table reads best with one bad input in a line
"""Ranges that are wrong in themselves: each is refused at its place, with what to write instead."""

from __future__ import annotations

import math
from typing import Any

import pytest

from experiments.errors import InvalidInput
from search_spaces.language.notation import is_range, parse_range, plain

TOO_FINE = "the step {} is too fine: values 10,000,000 steps from 0 are not told apart; write a larger one, or uniform"
BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"uniform": [2, 1]}, "uniform", "the bounds are reversed; write [1, 2]"),
    ({"uniform": [1, 1]}, "uniform", "the range holds only 1; write the plain value, or widen it"),
    (
        {"log_uniform": [0, 1]},
        "log_uniform",
        "a logarithmic range must start above 0, and 0 is not; raise it, and for 0 as well write {optional: {log_uniform: [LOW, 1.0]}}",
    ),
    ({"log_int": [-1, 8]}, "log_int", "a logarithmic range must start above 0, and -1 is not; raise it"),
    ({"uniform": [math.nan, 1]}, "uniform", "the bounds must be finite, and nan is not"),
    ({"uniform": [0, math.inf]}, "uniform", "the bounds must be finite, and inf is not"),
    ({"uniform": ["a", 1]}, "uniform", "the bounds must be numbers, and 'a' is not"),
    ({"uniform": [0, "1e3"]}, "uniform", "the bounds must be numbers, and '1e3' is not; write 1.0e+3"),
    ({"log_uniform": ["1e-3", 1]}, "log_uniform", "the bounds must be numbers, and '1e-3' is not; write 1.0e-3"),
    ({"uniform": [False, 1]}, "uniform", "the bounds must be numbers, and false is not"),
    ({"uniform": [0, 1, 2]}, "uniform", "write `uniform: [low, high]`, not [0, 1, 2]"),
    ({"uniform": 3}, "uniform", "write `uniform: [low, high]`, not 3"),
    ({"quniform": [0, 1]}, "quniform", "write `quniform: [low, high, step]`, not [0, 1]"),
    ({"quniform": [0, 1, 2]}, "quniform", "the step 2 must be positive and fit between 0 and 1"),
    ({"quniform": [0, 1, 1e-9]}, "quniform", TOO_FINE.format("1e-09")),
    ({"quniform": [1e300, 1.1e300, 1e-300]}, "quniform", TOO_FINE.format("1e-300")),
    ({"qint": [0, 8, 0]}, "qint", "the step 0 must be positive and fit between 0 and 8"),
    ({"int": [1.5, 3]}, "int", "1.5 is not a whole number; round it, or write uniform for fractions"),
    ({"int": [0, 2**60]}, "int", f"whole numbers are drawn up to 2^53, and {2**60} is beyond; write uniform"),
    ({"choice": []}, "choice", "the choice is empty; list at least one value"),
    ({"choice": list(range(1001))}, "choice", "a choice lists at most 1,000 values; write a range, or fewer"),
    ({"choice": "adam"}, "choice", "write `choice: [a, b, …]`, not 'adam'"),
    ({"choice": [1, 2, 1.0]}, "choice.2", "1.0 stands twice; list each value once"),
    ({"choice": [[1], [1]]}, "choice.1", "'[1]' stands twice; list each value once"),
    ({"choice": [1, {"uniform": [0, 1]}]}, "choice.1", "a range cannot stand in a choice of values; list values only"),
    ({"choice": [1], "points": 3}, "points", "a choice is its own grid; leave points out"),
    ({"uniform": [0, 1], "points": 0}, "points", "give a whole number of grid points from 1 to 1000, not 0"),
    ({"uniform": [0, 1], "points": 2.5}, "points", "give a whole number of grid points from 1 to 1000, not 2.5"),
    ({"uniform": [0, 1], "pionts": 3}, "pionts", "unknown word beside uniform (did you mean 'points'?)"),
    ({"uniform": [0, 1], "int": [0, 1]}, "", "uniform and int cannot stand together; a range has one keyword"),
    (
        {"loguniform": [0, 1]},
        "loguniform",
        "unknown range 'loguniform' (did you mean 'log_uniform'?); write {log_uniform: [LOW, 1]} with a LOW above 0, "
        "or {uniform: [0, 1]}",
    ),
    (
        {"qloguniform": [1, 9, 2]},
        "qloguniform",
        "unknown range 'qloguniform' (did you mean 'log_uniform'?); write {log_uniform: [1, 9]}",
    ),
]


@pytest.mark.parametrize(("document", "path", "message"), BAD, ids=[str(each[0]) for each in BAD])
def test_a_bad_range_is_refused_with_the_remedy(document: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_range(document)
    assert [(problem.path, problem.message) for problem in caught.value.problems] == [(path, message)]


def test_steps_are_counted_in_decimals() -> None:
    # in binary, 32.05 - 32 is less than 0.05
    assert parse_range({"quniform": [32, 32.05, 0.05]}).values() == [32, 32.05]


@pytest.mark.parametrize("value", [{"choice": [1]}, {"unifrom": [0, 1]}, {"loguniform": [1, 2], "points": 3}])
def test_a_mapping_with_a_keyword_or_nearly_one_is_meant_as_a_range(value: dict[str, Any]) -> None:
    assert is_range(value)


@pytest.mark.parametrize("value", [3, "uniform", [0, 1], {}, {"name": "adam", "lr": 1}, {"a": 1, "b": 2, "uniforn": 3}])
def test_other_values_are_constants(value: Any) -> None:
    assert not is_range(value)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_refused_at_their_place(number: float) -> None:
    with pytest.raises(InvalidInput) as caught:
        plain({"optimizer": {"choice": [{"name": "adam", "lr": number}]}})
    assert caught.value.problems[0].path == "optimizer.choice.0.lr"
    assert "give a finite one" in caught.value.problems[0].message


def test_documents_may_come_with_tuples_and_keys_of_any_type() -> None:
    assert plain({1: (1, 2)}) == {"1": [1, 2]}
