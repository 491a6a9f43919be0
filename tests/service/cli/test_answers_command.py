"""The commands that say how certainly something is better."""

from __future__ import annotations

from typing import Any

import pytest

from service.client.client import Studyhall
from service.errors import Unavailable
from tests.service.cli.conftest import Command, read
from tests.support.api import Bench
from tests.support.confirming import EVEN, MIXED, WORSE, end_look, look_at


def test_the_best_are_confirmed_by_a_study_whose_name_is_told(studyhall: Command, lab: Bench) -> None:
    study = lab.study()
    for number, value in enumerate([0.5, 0.3, 0.4]):
        lab.trial(study, number, [value], lr=0.01 * (number + 1))

    code, out, err = studyhall("confirm", "digits", "--k", "2", "--seeds", "3")

    assert (code, err) == (0, "")
    assert "Study digits-confirm-1 trains 2 trials once more, with 3 fresh seeds each." in out
    assert "`studyhall show digits-confirm-1`" in out
    again = read(studyhall("confirm", "digits", "--over", "folds", "--json"))
    assert (again["name"], again["definition"]["replicates"]["folds"]) == ("digits-confirm-2", 5)


def test_the_best_of_each_level_are_confirmed_by_the_name_of_the_choice(studyhall: Command, lab: Bench) -> None:
    study = lab.study()
    for number, (value, lr) in enumerate([(0.1, 0.01), (0.2, 0.01), (0.3, 0.02), (0.4, 0.02)]):
        lab.trial(study, number, [value], lr=lr)

    made = read(studyhall("confirm", "digits", "--by", "optimizer.sgd.lr", "--seeds", "3", "--json"))

    assert [each["optimizer.sgd.lr"] for each in made["definition"]["queue"]] == [0.01, 0.02]
    assert made["confirms"]["trials"] == [0, 2]
    code, out, _ = studyhall("confirm", "digits", "--by", "optimizer.sgd.lr")
    assert (code, "`studyhall compare digits --by optimizer.sgd.lr` what it tells" in " ".join(out.split())) == (
        0,
        True,
    )


def test_it_is_confirmed_until_it_is_decided_or_as_often_as_is_allowed(
    studyhall: Command, lab: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = lab.study()
    for number, value in enumerate([0.5, 0.3]):
        lab.trial(study, number, [value], lr=0.01 * (number + 1))
    losses = iter([MIXED, MIXED, WORSE])

    def trained(hall: Studyhall, study: str) -> dict[str, Any]:
        end_look(lab, lab.store.studies.get(study), {1: EVEN, 0: next(losses)})
        return hall.study(study)

    monkeypatch.setattr(Studyhall, "wait", trained)

    code, out, err = studyhall("confirm", "digits", "--until-decided", "--looks", "2")

    assert (code, err) == (1, "")
    assert "Study digits-confirm-2 trains 2 trials once more" in out
    assert "more seeds would decide; `studyhall confirm digits" in out
    found = read(studyhall("confirm", "digits", "--until-decided", "--json"))
    assert (found["decided"], found["look"], found["verdicts"][0]["verdict"]) == (True, 3, "worse")


def test_levels_are_confirmed_until_it_is_decided_which_is_better_at_its_best(
    studyhall: Command, lab: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A confirmation of other trials, or over folds, decides nothing of it."""
    study = lab.study()
    for number, (value, lr) in enumerate([(0.1, 0.01), (0.2, 0.01), (0.3, 0.02), (0.4, 0.02)]):
        lab.trial(study, number, [value], lr=lr)
    look_at(lab, study, {0: EVEN, 1: WORSE})
    look_at(lab, study, {0: EVEN, 2: WORSE}, over="folds")
    losses = iter([MIXED, WORSE * 3])

    def trained(hall: Studyhall, study: str) -> dict[str, Any]:
        worse = next(losses)
        made = lab.store.studies.get(study)
        n_seeds.append(len(made.definition["replicates"]["seeds"]))
        end_look(lab, made, {0: EVEN * (len(worse) // len(EVEN)), 2: worse})
        return hall.study(study)

    n_seeds: list[int] = []
    monkeypatch.setattr(Studyhall, "wait", trained)
    command = ("confirm", "digits", "--by", "optimizer.sgd.lr", "--until-decided", "--seeds", "6")

    code, out, err = studyhall(*command, "--looks", "3")

    assert (code, err, n_seeds) == (1, "", [6])
    assert "Study digits-confirm-3 trains 2 trials once more, with 6 fresh seeds each." in out
    assert "0.02 cannot be told from 0.01" in out
    found = read(studyhall(*command, "--json"))
    assert (found["decided"], found["verdicts"][0]["verdict"]) == (True, "worse")
    assert (len(n_seeds), n_seeds[1] != 6) == (2, True), "as many as are missing, not as many as at first"
    assert studyhall(*command)[0] == 0
    assert len(n_seeds) == 2, "what is decided is not confirmed again"


def test_nothing_more_is_trained_for_a_difference_that_is_too_small_to_be_worth_deciding(
    studyhall: Command, lab: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = lab.study()
    look_at(lab, study, {1: EVEN, 0: MIXED})
    small = Studyhall.confirmation
    monkeypatch.setattr(Studyhall, "confirmation", lambda *args, **asked: {**small(*args, **asked), "goes_on": False})

    code, out, err = studyhall("confirm", "digits", "--until-decided")

    assert (code, err) == (1, "")
    assert "trains 2 trials once more" not in out


def test_three_questions_are_answered_by_name(studyhall: Command, lab: Bench) -> None:
    study = lab.study(replicates={"seeds": 10})
    lab.trial_of_runs(study, 0, [0.5 + 0.1 * seed for seed in range(10)])
    lab.trial_of_runs(study, 1, [0.4 + 0.101 * seed for seed in range(10)])

    code, out, err = studyhall("compare", "digits", "--trial", "0", "--trial", "1")

    assert (code, err) == (0, "")
    assert out.startswith("A difference of up to ")
    assert "does not matter (one hundredth of the median val_loss).\ntuned: trial 1 is better than" in out
    assert "failures: trial 1 cannot be told from trial 0: 0 of 10 failed against 0 of 10" in out


def test_a_study_is_shown_where_the_analysis_answers_too_late(
    studyhall: Command, lab: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(hall: Studyhall, study: str) -> None:
        raise Unavailable("no answer within 60 s")

    study = lab.study()
    for number, value in enumerate([0.5, 0.25]):
        lab.trial(study, number, [value])
    monkeypatch.setattr(Studyhall, "answer", late)

    code, out, err = studyhall("show", "digits")

    assert (code, err) == (0, "")
    assert "0.25" in out
    assert "leads with" not in out
