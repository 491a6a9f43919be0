"""Levels of a choice by confirmations of the best of each, over REST."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.analysis.statistics.looks import level_of
from tests.support.api import Bench
from tests.support.confirming import EVEN, MIXED, WORSE, end_look

RANKING = "/api/v1/studies/digits/ranking"
BY_RATE = {"by": "optimizer.sgd.lr"}


def levels_of(api: TestClient, name: str, **asked: str) -> dict[str, Any]:
    tuned: dict[str, Any] = api.get("/api/v1/compare", params={"study": name} | BY_RATE | asked).json()["tuned"]
    return tuned


def test_confirmations_of_the_best_of_each_level_tell_which_level_is_better_at_its_best(
    api: TestClient, lab: Bench
) -> None:
    """In the confirmation, trial 2 comes out better than 1 of the same level; that would choose it by these values."""
    study = lab.study()
    for number, (value, lr) in enumerate([(0.5, 0.01), (0.3, 0.02), (0.35, 0.02), (0.9, 0.01)]):
        lab.trial(study, number, [value], lr=lr)
    assert "no confirmation has trained them all (trial 0 for 0.01" in levels_of(api, "digits")["sentence"]
    made = api.post("/api/v1/studies/digits:confirm", json={"trials": [0, 1, 2], "seeds": 12}).json()
    under_way = levels_of(api, "digits")
    assert (under_way["sentence"].endswith("; a confirmation is under way"), under_way["confirm"]) == (True, None)
    better, worse = ([value + shift for value in EVEN * 2] for shift in (-0.3, 0.3))
    end_look(lab, lab.store.studies.get(made["id"]), {1: EVEN * 2, 2: better, 0: worse})

    found = levels_of(api, "digits")

    (verdict,) = found["verdicts"]
    assert (verdict["arm"], verdict["verdict"], verdict["n"]) == ("0.02", "better", 12)
    assert verdict["effect"] == pytest.approx(-0.3)
    assert verdict["confidence"] == 1 - level_of(1)
    assert found["sentence"].startswith("0.02 is better than 0.01: 0.02 minus 0.01 is -0.3, within -0.3 to -0.3 at ")
    assert found["sentence"].endswith(
        " % (n = 12, signed-rank, at the 1st confirmation of them: digits-confirm-1); "
        "compared over seeds, for this split: trial 0 for 0.01, trial 1 for 0.02; "
        "97.5 % instead of 95 %, since each further confirmation and comparison is paid for"
    )
    assert found["short"] == "0.02 is better than 0.01 by 0.3 (97.5 %), trial 1 against trial 0"
    assert found["confirm"] is None
    there = levels_of(api, "digits-confirm-1")
    assert (there["verdicts"], there["candidates"]) == (found["verdicts"], {"0.01": 0, "0.02": 1})
    beside_it = api.get("/api/v1/compare", params={"study": ["digits", "digits-confirm-1"]}).json()
    for question in ("typical", "failures"):
        assert "the choice of the trials that are confirmed went by results" in beside_it[question]["sentence"]
    chosen = api.get("/api/v1/compare", params={"study": "digits-confirm-1"} | BY_RATE).json()
    for question in ("typical", "failures"):
        assert chosen[question]["verdicts"] == []
        assert "unknown: the choice of the trials that are confirmed went by results" in chosen[question]["sentence"]
    assert "trial 0 of digits (here trial 2) for 0.01, trial 1 (here trial 0) for 0.02; " in there["sentence"]


def test_of_a_confirmation_that_has_not_trained_the_best_of_each_level_it_is_not_said_which_is_better(
    api: TestClient, lab: Bench
) -> None:
    """Of equally many, trial 0 is the best of its level: trial 3 had more tries."""
    study = lab.study()
    for number, (value, lr) in enumerate([(0.5, 0.01), (0.3, 0.02), (0.4, 0.01)]):
        lab.trial(study, number, [value], lr=lr)
    made = api.post("/api/v1/studies/digits:confirm", json={"k": 2, "seeds": 6}).json()
    end_look(lab, lab.store.studies.get(made["id"]), {1: EVEN, 2: MIXED})

    for name in ("digits", "digits-confirm-1"):
        found = levels_of(api, name)
        assert (found["verdicts"], found["candidates"]) == ([], {"0.01": 0, "0.02": 1})
        assert "chosen by the values of digits, and no confirmation has trained them all" in found["sentence"]


def test_levels_of_which_a_confirmation_has_trained_one_alone_are_not_told_apart(api: TestClient, lab: Bench) -> None:
    """A confirmation of other trials than the best of each level, and one over folds of these beside it."""
    study = lab.study()
    for number, (value, lr) in enumerate([(0.5, 0.01), (0.3, 0.02), (0.6, 0.01), (0.7, 0.03)]):
        lab.trial(study, number, [value], lr=lr)
    made = api.post("/api/v1/studies/digits:confirm", json={"trials": [1, 2], "seeds": 6}).json()
    end_look(lab, lab.store.studies.get(made["id"]), {1: EVEN, 2: WORSE})
    assert "no confirmation has trained them all" in levels_of(api, "digits")["sentence"]
    made = api.post("/api/v1/studies/digits:confirm", json={"trials": [1, 0, 3], "over": "folds"}).json()
    end_look(lab, lab.store.studies.get(made["id"]), {1: EVEN, 0: WORSE, 3: WORSE})

    found = levels_of(api, "digits")

    assert {each["over"] for each in found["verdicts"]} == {"folds"}
    assert "over folds, for these data: " in found["sentence"]

    made = api.post("/api/v1/studies/digits:confirm", json={"trials": [1, 0, 3], "seeds": 12}).json()
    end_look(lab, lab.store.studies.get(made["id"]), {1: EVEN * 2, 0: WORSE * 2, 3: WORSE * 2})
    both = levels_of(api, "digits")
    assert {each["over"] for each in both["verdicts"]} == {"seeds"}
    assert both["sentence"].count("; over folds, for these data, ") == 2


def test_another_look_at_levels_is_paid_for(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    for number, (value, lr) in enumerate([(0.5, 0.01), (0.3, 0.02)]):
        lab.trial(study, number, [value], lr=lr)
    for _ in range(2):
        made = api.post("/api/v1/studies/digits:confirm", json={"seeds": 6}).json()
        end_look(lab, lab.store.studies.get(made["id"]), {1: EVEN, 0: MIXED})

    (verdict,) = levels_of(api, "digits")["verdicts"]

    assert (verdict["verdict"], verdict["n"], verdict["look"]) == ("unknown", 12, 2)
    assert verdict["confidence"] == 1 - level_of(2)
    offered = levels_of(api, "digits")
    n = offered["confirm"]["seeds"]
    assert f"`studyhall confirm digits --by optimizer.sgd.lr --seeds {n}` trains" in offered["sentence"]


def test_a_confirmation_of_other_trials_leaves_an_answer_as_it_is(api: TestClient, lab: Bench) -> None:
    """So it does an interval, its level and by how many it was found, of levels as of trials."""
    study = lab.study()
    for number, (value, lr) in enumerate([(0.5, 0.01), (0.3, 0.02), (0.6, 0.01), (0.7, 0.01)]):
        lab.trial(study, number, [value], lr=lr)

    def confirm(**losses: list[float]) -> None:
        numbers = {int(name[1:]): values for name, values in losses.items()}
        made = api.post("/api/v1/studies/digits:confirm", json={"trials": [*numbers], "seeds": 6}).json()
        end_look(lab, lab.store.studies.get(made["id"]), numbers)

    def told() -> tuple[list[Any], dict[str, Any]]:
        return levels_of(api, "digits")["verdicts"], api.get(RANKING).json()["answer"]

    confirm(t1=EVEN, t0=WORSE)
    confirm(t1=EVEN, t0=WORSE)
    before, ranking = told()
    assert (before[0]["verdict"], before[0]["confidence"]) == ("better", 1 - level_of(2))
    confirm(t2=EVEN, t3=MIXED)

    after, ranked = told()

    assert after == before
    assert ranked["sentence"] == ranking["sentence"]
    confirm(t1=EVEN, t2=MIXED)
    (verdict,) = told()[0]
    assert verdict == before[0]
    assert (
        "(n = 12, signed-rank, at the 2nd confirmation of them: digits-confirm-1 and digits-confirm-2)"
        in (levels_of(api, "digits")["sentence"])
    )
    assert ranked["method"] == "signed-rank, paired by seed, corrected for all confirmations of them"
    assert " over 12 seeds" in told()[1]["sentence"]


def test_a_verdict_names_the_confirmations_that_decided_it(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    for number, (value, lr) in enumerate([(0.5, 0.01), (0.3, 0.02)]):
        lab.trial(study, number, [value], lr=lr)
    for better, worse in ((1, 0), (0, 1)):
        made = api.post("/api/v1/studies/digits:confirm", json={"seeds": 12}).json()
        end_look(
            lab,
            lab.store.studies.get(made["id"]),
            {number: [value + shift for value in EVEN * 2] for number, shift in ((1, 0.1 * worse), (0, 0.1 * better))},
        )

    found = levels_of(api, "digits")

    (verdict,) = found["verdicts"]
    assert (verdict["verdict"], verdict["n"], verdict["look"], verdict["looks"]) == ("better", 12, 1, 2)
    assert "decided at the 1st of 2 confirmations of them: digits-confirm-1)" in found["sentence"]
    assert found["short"] == "0.02 is better than 0.01 by 0.1 (97.5 %), trial 1 against trial 0"


def test_of_several_levels_it_is_said_which_trials_were_compared(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    for number, lr in enumerate([0.01, 0.02, 0.03]):
        lab.trial(study, number, [0.3 + 0.1 * number], lr=lr)
    made = api.post("/api/v1/studies/digits:confirm", json={"seeds": 12}).json()
    worse = [value + 0.1 for value in EVEN * 2]
    end_look(lab, lab.store.studies.get(made["id"]), {0: EVEN * 2, 1: worse, 2: worse})
    assert levels_of(api, "digits")["short"] == (
        "0.01 is better than 0.02 (by 0.1, 98.8 %) and 0.03 (by 0.1, 97.5 %); "
        "compared: trial 0 for 0.01, trial 1 for 0.02, trial 2 for 0.03"
    )


def test_levels_confirmed_apart_are_said_to_be_so_and_offered_to_be_trained_together(
    api: TestClient, lab: Bench
) -> None:
    study = lab.study()
    for number, lr in enumerate([0.01, 0.02, 0.03]):
        lab.trial(study, number, [0.3 + 0.1 * number], lr=lr)
    worse = [value + 0.1 for value in EVEN * 2]
    for pair in ({0: EVEN * 2, 1: worse}, {1: EVEN, 2: MIXED}):
        asked = {"trials": [*pair], "seeds": 2}
        made = api.post("/api/v1/studies/digits:confirm", json=asked).json()
        end_look(lab, lab.store.studies.get(made["id"]), pair)

    found = levels_of(api, "digits")

    assert [(each["arm"], each["verdict"], each["n"]) for each in found["verdicts"]] == [
        ("0.02", "worse", 12),
        ("0.03", "unknown", 0),
    ]
    never = "since they never trained to the end with the same seeds"
    assert f"0.01 against 0.03: not known, {never}" in found["short"]
    assert f"0.03 cannot be told from 0.01, {never}; compared over seeds" in found["sentence"]
    offered = "; `studyhall confirm digits --by optimizer.sgd.lr` trains each over 10 fresh seeds"
    assert (found["sentence"].endswith(offered), found["confirm"]) == (True, {"trials": [0, 1, 2], "seeds": 10})

    other = levels_of(api, "digits", reference="0.02")
    assert [each["n"] for each in other["verdicts"]] == [12, 6]
    assert never not in other["sentence"]
    third = levels_of(api, "digits", reference="0.03")
    n = third["verdicts"][1]["n_more"]
    assert f"; about {n} more each would decide about 0.02; " in third["sentence"]
    assert third["confirm"]["seeds"] == max(n, 10)

    made = api.post("/api/v1/studies/digits:confirm", json=third["confirm"]).json()
    assert levels_of(api, "digits")["sentence"].endswith("; a confirmation is under way")
    end_look(lab, lab.store.studies.get(made["id"]), {0: EVEN * 2, 1: worse, 2: worse})
    together = levels_of(api, "digits")
    assert [each["verdict"] for each in together["verdicts"]] == ["worse", "worse"]
    assert together["confirm"] is None


def test_studies_of_different_metrics_are_refused_in_words_without_a_fields_name(api: TestClient, lab: Bench) -> None:
    lab.trial(lab.study(), 0, [0.5])
    lab.trial(lab.study(name="other", objective={"metric": "val_accuracy", "direction": "maximize"}), 0, [0.5])
    refused = api.get("/api/v1/compare", params={"study": ["digits", "other"]})
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("these studies are judged by different metrics")
