"""The verdict over all confirmations of a study: their runs are pooled, and each look at them is paid for."""

from __future__ import annotations

import pytest

from service.analysis.answers.answered import ranking
from service.analysis.answers.confirmation import confirmation, judged_looks, seen_looks
from service.analysis.answers.confirmed_values import confirmed_values
from service.analysis.statistics import verdicts
from service.analysis.statistics.looks import level_of
from tests.support.api import Bench
from tests.support.confirming import EVEN, MIXED, WORSE, end_look, look_at


def test_what_one_look_leaves_open_the_next_decides_over_the_runs_of_both(lab: Bench) -> None:
    study = lab.study()
    look_at(lab, study, {4: EVEN, 2: MIXED})
    first = confirmation(lab.store, study.id)
    assert (first["decided"], first["look"], first["verdicts"][0]["verdict"]) == (False, 1, "unknown")
    assert first["next_seeds"] == first["n_more"] > 1
    n = first["n_more"]
    assert first["sentence"].endswith(
        f"; about {n} more seeds would decide; `studyhall confirm digits --seeds {n}` trains {n} more"
    )

    look_at(lab, study, {4: EVEN, 2: WORSE})
    look_at(lab, study, {4: EVEN, 2: WORSE})
    found = confirmation(lab.store, study.id)
    (verdict,) = found["verdicts"]
    assert (found["reference"], verdict["arm"], verdict["verdict"], verdict["n"]) == (4, "2", "worse", 18)
    assert (found["decided"], found["look"], found["n_more"]) == (True, 3, None)
    assert found["sentence"].startswith(
        "trial 4 is better than trial 2, over 18 seeds, for this split, at the 3rd confirmation of them; "
        "trial 4 minus trial 2: -0."
    )
    assert found["sentence"].endswith(
        " at 99.4 %); 99.4 % instead of 95 %, since each further confirmation and comparison is paid for"
    )
    assert not found["goes_on"]


def test_each_verdict_has_its_verb_and_its_trials(lab: Bench) -> None:
    study = lab.study()
    near = [value + 0.001 * (-1) ** place for place, value in enumerate(EVEN * 2)]
    look_at(lab, study, {4: EVEN * 2, 2: MIXED * 2, 7: near, 5: WORSE * 2, 6: MIXED * 2})
    found = confirmation(lab.store, study.id)
    assert [each["verdict"] for each in found["verdicts"]] == ["unknown", "tie", "worse", "unknown"]
    assert found["sentence"].startswith(
        "trial 4 is better than trial 5, and ties with trial 7, and cannot be told from trial 2 and trial 6, "
        "over 12 seeds, for this split, at the 1st confirmation of them; trial 4 minus trial 2: "
    )


def test_a_confirmation_says_which_of_its_trials_is_which_of_the_study_it_confirms(lab: Bench) -> None:
    study = lab.study()
    made = look_at(lab, study, {4: EVEN, 2: MIXED})
    there = confirmation(lab.store, study.id, here=made.id)["sentence"]
    assert there.startswith("trial 4 of digits (here trial 0) cannot be told from trial 2 (here trial 1), over 6 seeds")
    assert "here" not in confirmation(lab.store, study.id, here=study.id)["sentence"]


def test_a_look_is_paid_for_whether_it_was_deleted_or_varied_something_else(lab: Bench) -> None:
    study = lab.study()
    deleted = look_at(lab, study, {4: EVEN, 2: EVEN})
    look_at(lab, study, {4: EVEN, 2: WORSE}, over="folds")
    look_at(lab, study, {4: EVEN, 2: MIXED})
    with lab.store.transaction(lab.epoch) as tx:
        tx.delete_study(deleted.id)

    found = confirmation(lab.store, study.id)

    assert [(look["look"], look["study"], look["over"]) for look in found["looks"]] == [
        (1, None, "seeds"),
        (2, "digits-confirm-2", "folds"),
        (3, "digits-confirm-3", "seeds"),
    ]
    (verdict,) = found["verdicts"]
    assert (verdict["n"], verdict["confidence"]) == (6, 1 - level_of(3))
    over_folds = confirmation(lab.store, study.id, over="folds")
    assert (over_folds["verdicts"][0]["test"], over_folds["n_more"]) == ("corrected paired t", None)


def test_each_verdict_has_the_seeds_and_the_confirmations_that_are_its_own(lab: Bench) -> None:
    study = lab.study()
    look_at(lab, study, {4: EVEN, 2: WORSE})
    look_at(lab, study, {4: EVEN, 2: WORSE})
    look_at(lab, study, {4: EVEN, 5: MIXED})
    look_at(lab, study, {7: EVEN, 5: MIXED})  # not beside the one that others are compared with

    found = confirmation(lab.store, study.id)

    assert [(each["arm"], each["n"], each["look"]) for each in found["verdicts"]] == [("2", 12, 2), ("5", 6, 1)]
    assert found["sentence"].startswith(
        "trial 4 is better than trial 2 over 12 seeds at the 2nd confirmation of them, "
        "and cannot be told from trial 5 over 6 seeds at the 1st confirmation of them, for this split; "
    )


def test_a_confirmation_over_folds_takes_nothing_from_those_over_seeds(lab: Bench) -> None:
    study = lab.study()
    over_seeds = look_at(lab, study, {4: EVEN * 2, 2: WORSE * 2})
    look_at(lab, study, {4: EVEN, 5: MIXED}, over="folds")

    found = confirmation(lab.store, study.id)

    assert [(each["arm"], each["over"], each["n"]) for each in found["verdicts"]] == [
        ("2", "seeds", 12),
        ("5", "folds", 6),
    ]
    assert found["sentence"].startswith(
        "trial 4 is better than trial 2 over 12 seeds, for this split, at the 1st confirmation of them, "
        "and cannot be told from trial 5 over 6 folds, for these data, at the 1st confirmation of them; "
    )
    values = confirmed_values(judged_looks(seen_looks(lab.store, study.id)), "folds")
    assert {(each.trial, each.over, each.n) for each in values} == {(4, "folds", 6), (2, "seeds", 12), (5, "folds", 6)}
    assert confirmation(lab.store, study.id, here=over_seeds.id)["over"] == "seeds"
    assert (
        "has no values to compare with those of trial 2" in confirmation(lab.store, study.id, over="folds")["sentence"]
    )


def test_two_that_both_kinds_have_trained_are_told_by_both(lab: Bench) -> None:
    study = lab.study()
    look_at(lab, study, {4: EVEN * 2, 2: WORSE * 2})
    look_at(lab, study, {4: EVEN, 2: MIXED}, over="folds")
    found = confirmation(lab.store, study.id)
    (verdict,) = found["verdicts"]
    assert (verdict["over"], verdict["verdict"]) == ("seeds", "worse"), "what was decided stands first"
    assert "; over 6 folds, for these data, it cannot be told from trial 2, at the 2nd" in found["sentence"]
    look_at(lab, study, {4: EVEN * 2, 2: EVEN * 2}, over="folds")
    (of_folds,) = confirmation(lab.store, study.id, over="folds")["verdicts"]
    assert of_folds["over"] == "folds"


def test_what_was_decided_is_told_with_the_interval_that_decided_it(lab: Bench) -> None:
    study = lab.study()
    look_at(lab, study, {4: EVEN * 2, 2: [value + 0.01 for value in EVEN * 2]})
    look_at(lab, study, {4: WORSE, 2: EVEN})

    found = confirmation(lab.store, study.id)

    (verdict,) = found["verdicts"]
    assert (verdict["verdict"], verdict["look"], verdict["looks"], verdict["n"]) == ("worse", 1, 2, 12)
    assert 0 < verdict["low"] <= verdict["high"]
    assert ", over 12 seeds, for this split, decided at the 1st of 2 confirmations of them; " in found["sentence"]


def test_the_best_is_named_though_it_was_not_the_best_of_the_search(lab: Bench) -> None:
    study = lab.study()
    for number, value in enumerate([0.1, 0.2, 0.3]):
        lab.trial(study, number, [value])
    look_at(lab, study, {0: WORSE * 2, 1: EVEN * 2, 2: [value + 0.2 for value in WORSE * 2]})

    said = confirmation(lab.store, study.id)["sentence"]

    assert said.startswith(
        "trial 1 is best of those confirmed; "
        "trial 0, the best of the search, is better than trial 2, and is worse than trial 1, over 12 seeds, "
    )
    look_at(lab, study, {0: WORSE, 4: MIXED})
    said = confirmation(lab.store, study.id)["sentence"]
    assert said.startswith("trial 1 leads those confirmed, which are not all told apart; trial 0, the best of ")
    look_at(lab, study, {0: [value + 0.1 for value in EVEN * 2], 4: EVEN * 2})
    said = confirmation(lab.store, study.id)["sentence"]
    assert said.startswith("trial 1 and trial 4 lead those confirmed, not told apart; trial 0, the best of ")


def test_a_confirmation_is_looked_at_once_it_has_ended(lab: Bench) -> None:
    study = lab.study()
    assert confirmation(lab.store, study.id)["sentence"] == "nothing is confirmed yet"
    look_at(lab, study, {4: EVEN, 2: WORSE}, ends=False)
    found = confirmation(lab.store, study.id)
    assert (found["look"], found["verdicts"], found["under_way"]) == (0, [], True)
    assert found["sentence"] == "a confirmation is under way"


def test_what_was_queued_for_a_confirmation_later_is_none_of_its_arms(lab: Bench) -> None:
    study = lab.study()
    made = look_at(lab, study, {4: EVEN, 2: WORSE}, ends=False)
    end_look(lab, made, {4: EVEN, 2: WORSE, 9: MIXED})
    assert [verdict["arm"] for verdict in confirmation(lab.store, study.id)["verdicts"]] == ["2"]


def test_a_difference_that_thousands_of_seeds_would_decide_is_too_small_here_as_among_levels(
    lab: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = lab.study()
    look_at(lab, study, {4: EVEN * 2, 2: MIXED * 2, 5: MIXED * 2})
    monkeypatch.setattr(verdicts, "n_more", lambda found, margin, alpha: 1_547)

    found = confirmation(lab.store, study.id)

    assert found["sentence"].endswith(
        "; the difference of trial 2 and trial 5 from trial 4 is not known, "
        "and more than 1,000 more seeds would be needed"
    )
    assert (found["decided"], found["goes_on"], found["n_more"]) == (False, False, None)
    found = confirmation(lab.store, study.id, margin=0.04)

    assert found["sentence"].endswith(
        "; the difference of trial 2 and trial 5 from trial 4 is too small to be worth deciding "
        "(more than 1,000 more seeds)"
    )
    assert (found["decided"], found["goes_on"], found["n_more"]) == (False, False, None)
    assert ranking(lab.store, study.id, study.id)["confirm"] is None

    monkeypatch.setattr(verdicts, "n_more", lambda found, margin, alpha: 1)
    assert "; about 1 more seed would decide; `studyhall confirm" in confirmation(lab.store, study.id)["sentence"]
