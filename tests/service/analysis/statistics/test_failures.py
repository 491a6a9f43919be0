"""Failures of arms: exact tests, and an interval of the difference of two shares."""

from __future__ import annotations

import pytest

from service.analysis.statistics.failures import fisher, judge_failures, mcnemar, newcombe
from service.analysis.statistics.looks import level_of


def failed(n_failed: int, n: int, first: int = 0) -> dict[int, bool]:
    return {first + i: i < n_failed for i in range(n)}


def test_pairs_are_judged_by_those_of_which_just_one_failed() -> None:
    assert mcnemar(failed(8, 20), failed(0, 20)) == pytest.approx(2 / 2**8)
    assert mcnemar(failed(8, 20), failed(8, 20)) == 1.0
    assert mcnemar(failed(8, 20), failed(0, 20, first=100)) == 1.0  # no pair at all


def test_arms_without_pairs_are_judged_by_all_their_units() -> None:
    assert fisher(failed(3, 3), failed(0, 3)) == pytest.approx(0.1)
    assert fisher({}, failed(1, 3)) == 1.0


def test_who_fails_less_is_better() -> None:
    arms = {"a": failed(10, 20), "b": failed(0, 20), "c": failed(20, 20), "d": failed(9, 20)}
    found = {each.arm: each for each in judge_failures(arms, "a", paired=False)}
    assert {arm: each.verdict for arm, each in found.items()} == {"b": "better", "c": "worse", "d": "unknown"}
    assert (found["b"].effect, found["b"].n_failed, found["b"].reference_failed) == (-0.5, 0, 10)
    assert found["b"].high is not None and found["b"].high < 0


def test_the_interval_is_newcombes() -> None:
    low, high = newcombe(56, 70, 48, 80, 0.05)  # method 10 of Newcombe (1998), table II
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


def test_of_pairs_the_others_runs_of_the_reference_are_left_out() -> None:
    arms = {"a": {seed: seed > 9 for seed in range(30)}, "b": dict.fromkeys(range(10), True)}
    (found,) = judge_failures(arms, "a", paired=True, looks={"b": 2})
    assert (found.verdict, found.n_failed, found.n, found.reference_failed, found.reference_n) == (
        "worse",
        10,
        10,
        0,
        10,
    )
    assert found.confidence == 1 - level_of(2)
