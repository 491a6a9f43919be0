"""What a ranking tells: in a sentence and as numbers, and what it does not claim to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from service.analysis.answers.ranking import Answer, Contender, Setting, about, answer

ONE = Setting("digits", unit="seed", paired=False, examples=270, run_seconds=1.2)
THREE = Setting("digits", unit="seed", paired=True, run_seconds=1.0)
RANDOM = np.random.default_rng(2)


def of_one(*values: float) -> list[Contender]:
    return [Contender(number, value, {100 + number: value}) for number, value in enumerate(values)]


def of_three(*means: float) -> list[Contender]:
    seeds = RANDOM.normal(0, 0.02, 3)
    found = [seeds + mean + RANDOM.normal(0, 0.002, 3) for mean in means]
    contenders = [Contender(n, float(v.mean()), dict(enumerate(map(float, v)))) for n, v in enumerate(found)]
    return sorted(contenders, key=lambda each: -each.value)


def standings(found: Answer) -> Sequence[str]:
    return [place.standing for place in found.places]


def test_of_one_run_each_the_noise_of_the_validation_split_is_all_that_is_known() -> None:
    found = answer(of_one(267 / 270, 266 / 270, 263 / 270, 0.9, 0.1), ONE)
    assert standings(found) == ["leader", "tied", "tied", "unknown", "outside"]
    assert all(place.low is None for place in found.places)
    assert found.selection.bias is None
    assert found.sentence == (
        "trial 0 leads with 0.9889; 2 others are not distinguishable from it with one run each; trial 4 (0.1, "
        "far from the median 0.974) stands apart; 270 validation examples tell an accuracy of 0.9889 from 0.968 to "
        "0.996 at 95 %; "
        "`studyhall confirm digits --k 3` would tell over 10 seeds, in less than a minute"
    )


def test_no_accuracy_is_said_to_lie_beyond_what_accuracies_can_be() -> None:
    two = [Contender(0, 0.967, {1: 0.963, 2: 0.971}), Contender(1, 0.02, {1: 0.0, 2: 0.04})]
    best, worst = answer(two, replace(THREE, examples=270)).places
    assert (best.high, worst.low) == (1.0, 0.0)
    assert [place.high for place in answer(two, THREE).places] > [1.0, 0.2], "whose own accuracy may be in percent"


def test_a_population_is_told_from_luck_by_what_its_best_member_trained() -> None:
    found = answer(of_one(0.99, 0.98), replace(ONE, is_population=True))
    assert "studyhall confirm" not in found.sentence
    assert found.sentence.endswith(
        "`studyhall best digits` prints, submitted with `replicates: {seeds: 10}`, would tell"
    )


def test_a_loss_of_one_run_each_tells_nothing() -> None:
    found = answer(of_one(0.1, 0.2, 0.9), Setting("digits", unit="seed", paired=False, maximize=False))
    assert standings(found) == ["leader", "unknown", "unknown"]
    assert (
        "with one run each there is no interval, so how much of the distance to 2 others is chance is not known; "
        "`studyhall confirm digits --k 3`"
    ) in found.sentence
    assert found.method == ""


def test_of_one_run_each_what_no_seed_explains_stands_apart() -> None:
    f1 = Setting("churn", unit="seed", paired=False)
    found = answer(of_one(0.903, 0.9, 0.88, 0.87, 0.0), f1)
    assert standings(found) == ["leader", "unknown", "unknown", "unknown", "outside"]
    assert (
        "there is no interval, so how much of the distance to 3 others is chance is not known; "
        "trial 4 (0, far from the median 0.88) stands apart; `studyhall confirm churn --k 4`"
    ) in found.sentence
    guessing = [replace(each, guessing=0.5) for each in of_one(0.903, 0.5, 0.5, 0.5, 0.5, 0.4)]
    found = answer(guessing, f1)
    assert standings(found) == ["leader", *["outside"] * 5]
    assert "trial 3 (0.5, at chance) and 2 more stand apart" in found.sentence
    assert found.confirm is None and "studyhall confirm" not in found.sentence
    losses = answer(of_one(0.1, 0.11, 0.12, 8.0), replace(f1, maximize=False))
    assert standings(losses) == ["leader", "unknown", "unknown", "outside"]


def test_with_several_runs_ties_are_told_from_what_is_behind() -> None:
    found = answer(of_three(0.95, 0.9501, 0.9499, 0.8, 0.7), THREE)
    assert sorted(standings(found)) == ["behind", "behind", "leader", "tied", "tied"]
    assert found.method == "Tukey's range, paired by seed"
    assert "2 others are not distinguishable from it at 95 %, paired by seed" in found.sentence
    leader = found.places[0]
    assert leader.low is not None and leader.high is not None
    assert leader.low < 0.95 < leader.high
    assert found.selection.noise is not None and found.selection.bias is not None
    assert 0.5 < found.selection.bias / found.selection.noise < 1  # of three equals
    assert "as the best of 3 equals it is expected to look" in found.sentence


def test_a_clear_leader_is_said_to_be_one() -> None:
    found = answer(of_three(0.95, 0.5, 0.4), THREE)
    assert standings(found) == ["leader", "behind", "behind"]
    assert "all others are behind it at 95 %, paired by seed" in found.sentence


def test_nothing_is_compared_with_nothing() -> None:
    assert answer([], ONE).sentence == "no trial has completed yet"
    assert answer(of_one(0.9), ONE).sentence.endswith("no other trial has completed")


def test_estimates_of_time_are_words() -> None:
    assert [about(seconds) for seconds in (5, 60, 200, 3000, 9000)] == [
        "less than a minute",
        "about a minute",
        "about 3 minutes",
        "about an hour",
        "about 2 hours",
    ]


def test_a_confirmation_is_offered_by_the_numbers_where_the_sentence_does() -> None:
    """The page's button goes by the one, the command by the other."""
    one_run = answer(of_one(0.9, 0.8, 0.7), Setting("churn", unit="seed", paired=False))
    clear, tied = answer(of_three(0.95, 0.5, 0.4), THREE), answer(of_three(0.95, 0.9501, 0.4), THREE)
    alone, population = answer(of_one(0.9), ONE), answer(of_one(0.99, 0.98), replace(ONE, is_population=True))
    offered = {id(each): each.confirm is not None for each in (one_run, clear, tied, alone, population)}
    assert [*offered.values()] == [True, False, True, False, False]
    for each in (one_run, clear, tied, alone, population):
        assert ("`studyhall confirm" in each.sentence) == (each.confirm is not None)
