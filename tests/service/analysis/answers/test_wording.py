"""What is said of verdicts in a few words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.analysis.answers.wording import (
    failures_in_short,
    in_short,
    on_the_mean,
    ordinal,
    undecided,
    what_would_decide,
)
from service.analysis.statistics.failures import judge_failures
from service.analysis.statistics.verdicts import Verdict, Word


def verdict(arm: str, word: Word, n_more: int | None = None, effect: float = 0.1, high: float = 0.2) -> Verdict:
    return Verdict(arm, "adam", word, effect, 0.0, high, 0.95, 0.1, 8, 0, "signed-rank", "", 0.01, n_more, 1)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([verdict("sgd", "worse")], "adam is better than sgd by 0.1 (95 %)"),
        (
            [verdict("lion", "better"), verdict("sgd", "better")],
            "lion (by 0.1, 95 %) and sgd (by 0.1, 95 %) are better than adam",
        ),
        ([verdict("sgd", "tie")], "adam against sgd: no difference that matters (up to 0.01, 95 %)"),
        (
            [
                verdict("lion", "unknown", 12),
                verdict("sgd", "worse"),
                verdict("nadam", "unknown", 1_547, effect=-0.01, high=0.05),
                verdict("lamb", "unknown", 1_547, effect=-0.01, high=0.06),
                verdict("rmsprop", "unknown", 1_547, effect=-0.011),
            ],
            "adam is better than sgd by 0.1 (95 %); adam against lion: not decided yet; "
            "adam against nadam: too small a difference to be worth deciding; "
            "adam against lamb and rmsprop: not known, and more than 1,000 more each would be needed",
        ),
        (
            [replace(verdict("sgd", "worse"), mean=0.03)],
            "adam is better than sgd by 0.1 (95 %), on the mean by 0.03",
        ),
        (
            [replace(verdict("sgd", "better"), mean=-0.03)],
            "sgd is better than adam by 0.1 (95 %) in most cases, on the mean worse by 0.03",
        ),
        ([replace(verdict("sgd", "worse"), mean=0.06)], "adam is better than sgd by 0.1 (95 %)"),
        ([verdict(arm, "unknown") for arm in "abcd"], "adam against 4 others: not decided yet"),
    ],
)
def test_arms_of_one_verdict_are_one_statement(found: list[Verdict], said: str) -> None:
    assert in_short(found) == said


def test_who_fails_more_is_said_and_nothing_of_who_does_not() -> None:
    failed = {
        "adam": dict.fromkeys(range(20), False),
        "sgd": dict.fromkeys(range(20), True),
        "lion": {**dict.fromkeys(range(20), False), 0: True},
    }
    said = failures_in_short(judge_failures(failed, "adam", paired=False))
    assert said == (
        "adam fails more rarely than sgd (0 of 20 against 20 of 20); "
        "adam against lion: not known (0 of 20 failed against 1 of 20)"
    )


@pytest.mark.parametrize(
    ("effect", "said"),
    [
        (-0.009, "the difference of sgd from adam is too small to be worth deciding (more than 1,000 more each)"),
        (-0.0111, "the difference of sgd from adam is not known, and more than 1,000 more each would be needed"),
    ],
)
def test_a_difference_is_called_small_where_it_seems_to_be(effect: float, said: str) -> None:
    assert [*what_would_decide([verdict("sgd", "unknown", 1_001, effect, high=0.05)], "more each")] == [said]


@pytest.mark.parametrize(("n", "said"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd")])
def test_a_number_of_confirmations_is_an_ordinal(n: int, said: str) -> None:
    assert ordinal(n) == said


@pytest.mark.parametrize(
    ("mean", "said"),
    [(0.06, ""), (0.03, ", on the mean +0.03"), (0.0, ", on the mean 0"), (-0.2, ", on the mean -0.2")],
)
def test_a_mean_that_tells_something_else_stands_behind_the_effect(mean: float, said: str) -> None:
    assert on_the_mean(replace(verdict("sgd", "worse"), mean=mean)) == said


def test_what_has_no_verdict_says_why() -> None:
    assert undecided(["adam", "sgd"], "adam", "not known") == "adam against sgd: not known"
