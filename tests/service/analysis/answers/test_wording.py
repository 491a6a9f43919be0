"""What is said of verdicts in a few words."""

from __future__ import annotations

import pytest

from service.analysis.answers.failures import judge_failures
from service.analysis.answers.verdicts import Verdict, Word
from service.analysis.answers.wording import failures_in_short, in_short, undecided


def verdict(arm: str, word: Word, n_more: int | None = None) -> Verdict:
    return Verdict(arm, "adam", word, 0.1, 0.0, 0.2, 0.95, 0.1, 8, 0, "signed-rank", "", 0.01, n_more, 1)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([verdict("sgd", "worse")], "adam is better than sgd"),
        ([verdict("lion", "better"), verdict("sgd", "better")], "lion and sgd are better than adam"),
        ([verdict("sgd", "tie")], "adam against sgd: no difference that matters"),
        (
            [verdict("lion", "unknown", 12), verdict("sgd", "worse"), verdict("nadam", "unknown", 1_547)],
            "adam is better than sgd; adam against lion: not decided yet; "
            "adam against nadam: too small a difference to be worth deciding",
        ),
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
    said = failures_in_short(judge_failures(failed, "adam", 0.05, paired=False))
    assert said == "adam fails more rarely than sgd; adam against lion: no difference was found"


def test_what_has_no_verdict_says_why() -> None:
    assert undecided(["adam", "sgd"], "adam", "not known") == "adam against sgd: not known"
