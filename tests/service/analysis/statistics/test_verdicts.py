"""Verdicts: what is said of arms that differ, of equal ones, and how often it is wrong."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from service.analysis.statistics.looks import ALPHA, holm, level_of
from service.analysis.statistics.verdicts import Question, Values, judge
from tests.benchmarks.verdict_error_rates import NOISES, Plan, normal, rates

UP = Question(maximize=True, margin=0.01)
RANDOM = np.random.default_rng(5)


def arms(n: int = 10, first: int = 0, scatter: float = 0.01, **shifts: float) -> Mapping[str, Values]:
    shared = RANDOM.normal(0.9, 0.05, n)
    return {
        arm: {first + i: float(value) for i, value in enumerate(shared + shift + RANDOM.normal(0, scatter, n))}
        for arm, shift in shifts.items()
    }


def test_a_difference_is_found_in_the_direction_of_the_objective() -> None:
    look = arms(a=0.0, worse=-0.05, better=0.05, equal=0.0)
    words = {each.arm: each.verdict for each in judge([look], "a", UP)}
    assert words == {"worse": "worse", "better": "better", "equal": "unknown"}
    down = {each.arm: each for each in judge([look], "a", Question(maximize=False, margin=0.01))}
    assert (down["worse"].verdict, down["better"].verdict) == ("better", "worse")
    low, high, effect = down["worse"].low, down["worse"].high, down["worse"].effect
    assert low is not None and high is not None and effect is not None
    assert low < effect < high < 0  # in the metric's own sign


def test_pairs_take_away_what_a_seed_does_to_both() -> None:
    look = arms(n=12, a=0.0, b=0.03)
    assert judge([look], "a", UP)[0].verdict == "better"
    alone = judge([look], "a", Question(maximize=True, margin=0.01, pairing="none"))[0]
    assert (alone.verdict, alone.test) == ("unknown", "Mann-Whitney")


def test_a_tie_is_a_whole_interval_within_the_margin() -> None:
    assert judge([arms(n=20, scatter=0.002, a=0.0, b=0.003)], "a", UP)[0].verdict == "tie"
    assert judge([arms(n=20, scatter=0.02, a=0.0, b=0.003)], "a", UP)[0].verdict == "unknown"


def test_an_unknown_says_about_how_many_more_runs_would_decide() -> None:
    found = judge([arms(n=8, scatter=0.05, a=0.0, b=0.03)], "a", UP)[0]
    assert found.verdict == "unknown"
    assert found.n_more is not None
    decided = 0
    for _ in range(50):
        more = arms(n=8 + found.n_more, scatter=0.05, a=0.0, b=0.03 if found.effect is None else found.effect)
        decided += judge([{"a": {}, "b": {}}, more], "a", UP)[0].verdict != "unknown"
    assert 30 <= decided <= 50  # four in five, more or less


def test_a_run_that_failed_leaves_its_partner_alone() -> None:
    look = {arm: dict(values) for arm, values in arms(a=0.0, b=0.05).items()}
    del look["b"][3]
    found = judge([look], "a", UP)[0]
    assert (found.n, found.n_unpaired) == (9, 1)


def test_looks_are_pooled_and_what_one_has_decided_stands() -> None:
    first, second = arms(a=0.0, b=0.05), arms(first=10, a=0.0, b=-0.05)
    found = judge([first, second], "a", UP)[0]
    assert (found.verdict, found.look, found.looks, found.n, found.n_more) == ("better", 1, 2, 10, None)
    assert found.confidence == 1 - level_of(1)
    assert found.low is not None and found.low > 0  # the interval that decided, not that of all looks
    later = judge([arms(n=4, a=0.0, b=0.05, scatter=0.08), arms(n=16, first=4, a=0.0, b=0.05)], "a", UP)[0]
    assert (later.verdict, later.look, later.n) == ("better", 2, 20)
    assert later.confidence == 1 - level_of(2)


def test_a_look_at_others_changes_nothing_of_these_two_and_is_paid_for_by_all() -> None:
    both, others = arms(a=0.0, b=0.05), arms(first=10, a=0.0, c=0.0)
    alone, apart = arms(first=20, c=0.0, d=0.0), arms(first=30, a=0.0, b=0.05)
    (before,) = judge([both], "a", UP)
    after = {each.arm: each for each in judge([both, others, alone], "a", UP)}
    assert after["b"] == before
    assert (after["c"].n, after["c"].look, after["c"].confidence) == (10, 1, 1 - level_of(2))
    last = {each.arm: each for each in judge([both, others, apart], "a", UP)}
    assert (last["b"].n, last["b"].look, last["c"]) == (20, 2, after["c"])


def test_a_first_look_at_the_reference_alone_tells_nothing_and_is_free() -> None:
    both = arms(a=0.0, b=0.05)
    assert judge([arms(first=10, a=0.0), both], "a", UP) == judge([both], "a", UP)
    assert judge([arms(a=0.0)], "a", UP) == []


def test_all_looks_together_spend_no_more_than_alpha() -> None:
    assert sum(level_of(look) for look in range(1, 100)) == pytest.approx(ALPHA)


def test_holm_stops_at_the_first_that_does_not_pass() -> None:
    assert holm([0.001, 0.04, 0.02], 0.05) == [0.05 / 3, 0.05, 0.05 / 2]
    assert holm([0.03, 0.04, 0.9], 0.05) == [0.05 / 3] * 3


@pytest.mark.parametrize("noise", ["normal", "accuracy"])
@pytest.mark.parametrize("plan", [Plan(2, 3, follows=True), Plan(3, 8)], ids=["as-told", "eight-each"])
def test_equal_trials_are_told_apart_in_few_studies_however_often_one_looks(noise: str, plan: Plan) -> None:
    _, false, _ = rates(plan, NOISES[noise], 120)
    assert false <= 0.06


def test_what_is_there_is_found() -> None:
    found, false, _ = rates(Plan(3, 10, shift=0.03), normal, 100)
    assert found >= 0.9
    assert false <= 0.06
