"""What a ranking tells, over REST."""

from __future__ import annotations

from statistics import fmean, stdev
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.support.api import Bench
from tests.support.confirming import EVEN, MIXED, WORSE, end_look, look_at

RANKING = "/api/v1/studies/digits/ranking"


def test_a_ranking_says_what_is_tied_with_the_best_and_what_would_decide(api: TestClient, lab: Bench) -> None:
    study = lab.study(replicates={"seeds": 3})
    lab.trial_of_runs(study, 0, [0.50, 0.60, 0.70], lr=0.01)
    lab.trial_of_runs(study, 1, [0.501, 0.602, 0.7], lr=0.02)
    lab.trial_of_runs(study, 2, [0.902, 0.999, 1.099])

    found = api.get(RANKING, params={"limit": 2}).json()

    assert [trial["number"] for trial in found["items"]] == [0, 1]
    answer = found["answer"]
    assert [(place["trial"], place["standing"], place["n"]) for place in answer["places"]] == [
        (0, "leader", 3),
        (1, "tied", 3),
    ]
    assert answer["sentence"].startswith("trial 0 leads with 0.6 (0.3516 to 0.8484 at 95 %, 3 seeds); one other is not")
    assert (answer["leader"], answer["selection"]["n"], answer["confirm"]["k"]) == (0, 3, 2)


def test_one_trial_is_compared_with_nothing(api: TestClient, lab: Bench) -> None:
    lab.trial(lab.study(), 0, [0.5])
    assert api.get(RANKING).json()["answer"] is None


def test_levels_are_compared_over_their_range_and_trials_in_pairs_of_their_seeds(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    for number in range(16):
        odd = number % 2
        lab.trial(study, number, [(0.2 if odd else 0.8) + 0.01 * number], lr=0.02 if odd else 0.01)

    asked = {"study": "digits", "by": "optimizer.sgd.lr", "reference": "0.02"}
    found = api.get("/api/v1/compare", params=asked).json()

    (verdict,) = found["typical"]["verdicts"]
    assert (verdict["arm"], verdict["verdict"], verdict["test"], verdict["n"]) == ("0.01", "worse", "Mann-Whitney", 8)
    assert (found["arms"], found["reference"]) == (["0.01", "0.02"], "0.02")
    assert found["tuned"]["verdicts"] == []
    assert found["tuned"]["candidates"] == {"0.01": 0, "0.02": 1}
    assert found["tuned"]["sentence"] == (
        "unknown: each best was chosen by the values of digits, and no confirmation has trained them all "
        "(trial 0 for 0.01, trial 1 for 0.02); "
        "`studyhall confirm digits --by optimizer.sgd.lr` trains each over 10 fresh seeds"
    )
    assert found["tuned"]["confirm"] == {"trials": [0, 1], "seeds": 10}
    assert found["failures"]["verdicts"][0]["verdict"] == "unknown"

    study = lab.study(name="paired", replicates={"seeds": 10})
    lab.trial_of_runs(study, 0, [0.5 + 0.1 * seed for seed in range(10)])
    lab.trial_of_runs(study, 1, [0.4 + 0.1 * seed + 0.001 * seed for seed in range(10)])

    found = api.get("/api/v1/compare", params={"study": "paired", "trial": [0, 1]}).json()

    (verdict,) = found["tuned"]["verdicts"]
    assert (verdict["verdict"], verdict["test"], verdict["n"]) == ("better", "signed-rank", 10)
    assert found["typical"] is None
    assert found["failures"]["verdicts"][0]["test"] == "McNemar"


def test_what_cannot_be_compared_is_refused_with_the_remedy(api: TestClient, lab: Bench) -> None:
    lab.trial(lab.study(), 0, [0.5])

    def refused(**asked: object) -> str:
        answer = api.get("/api/v1/compare", params={"study": "digits", **asked})  # type: ignore[arg-type]
        assert answer.status_code == 422
        detail: str = answer.json()["detail"]
        return detail

    assert "give one study with `by` or at least two `trial`" in refused()
    assert "give at least two" in refused(trial=0)
    assert "name a choice" in refused(by="optimizer.sgd.lr")
    assert "trial 7 has not ended, or is not there" in refused(trial=[0, 7])
    assert "margin: this must be a finite number" in refused(by="optimizer.sgd.lr", margin="inf")
    report = api.get("/api/v1/studies/digits/report", params={"reference": "0.01"})
    assert (report.status_code, report.json()["errors"][0]["path"]) == (422, "by")
    endless = api.get("/api/v1/studies/digits/confirmation", params={"margin": "inf"})
    assert (endless.status_code, endless.json()["errors"][0]["path"]) == (422, "margin")


def test_the_best_are_confirmed_with_fresh_seeds_in_a_study_of_its_own(api: TestClient, lab: Bench) -> None:
    study = lab.study(pruner="median", budget={"epochs": 500}, tags=["mine"])
    for number, value in enumerate([0.5, 0.3, 0.4]):
        lab.trial(study, number, [value], lr=0.01 * (number + 1))
    used = {run.seed for run in lab.store.runs.of_study(study.id)}

    answer = api.post("/api/v1/studies/digits:confirm", json={"k": 2, "seeds": 3}, headers={"Idempotency-Key": "one"})

    assert answer.status_code == 201
    made = answer.json()
    definition = made["definition"]
    assert made["name"] == "digits-confirm-1"
    assert [each["optimizer.sgd.lr"] for each in definition["queue"]] == [0.02, 0.03]
    assert (definition["max_trials"], definition["pruner"]["name"], made["tags"]) == (2, "none", [])
    seeds = definition["replicates"]["seeds"]
    assert len(set(seeds)) == 3
    assert not set(seeds) & used
    again = api.post("/api/v1/studies/digits:confirm", json={"k": 2, "seeds": 3}, headers={"Idempotency-Key": "one"})
    told = [event.payload.get("change") for event in lab.store.events.read(study.id)]
    assert told.count("confirmation") == 1  # which pages of the study hear, and the repeated request made none
    assert (again.status_code, again.json()["id"]) == (200, made["id"])
    other = api.post("/api/v1/studies/digits:confirm", json={"over": "folds"}).json()
    assert (other["name"], other["definition"]["replicates"]["folds"]) == ("digits-confirm-2", 5)
    assert not set(other["definition"]["replicates"]["seeds"]) & {*seeds, *used}


def test_a_list_leaves_confirmations_to_the_studies_that_they_confirm(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    confirmed = dict.fromkeys((0, 1), EVEN)
    ended, going = look_at(lab, study, confirmed).name, look_at(lab, study, confirmed, ends=False).name

    def listed(**asked: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = api.get("/api/v1/studies", params=asked).json()["items"]
        return items

    [shown] = listed(confirmations=False)
    assert (shown["confirms"], shown["confirmations"], shown["confirmations_open"]) == (None, [ended, going], 1)
    beneath = listed(confirms="digits")
    assert [(each["name"], each["confirms"]["look"], each["confirmations"]) for each in beneath] == [
        (going, 2, []),
        (ended, 1, []),
    ]
    assert [each["name"] for each in listed()] == [going, ended, "digits"]
    assert api.get("/api/v1/studies", params={"confirms": "digitz"}).status_code == 404


def test_what_cannot_be_confirmed_is_refused_with_the_remedy(api: TestClient, lab: Bench) -> None:
    lab.trial(lab.study(), 0, [0.5])
    refused = api.post("/api/v1/studies/digits:confirm", json={})
    assert (refused.status_code, "at least two are compared" in refused.json()["detail"]) == (409, True)
    for field, value in {"k": 1, "seeds": 101, "over": "splits", "kk": 3}.items():
        refused = api.post("/api/v1/studies/digits:confirm", json={field: value})
        assert refused.status_code == 422
        assert field in str(refused.json()["errors"])


def test_confirmations_of_the_same_trials_are_pooled_and_answer_for_the_study_that_they_confirm(
    api: TestClient, lab: Bench
) -> None:
    study = lab.study()
    for number, value in enumerate([0.5, 0.3, 0.4]):
        lab.trial(study, number, [value], lr=0.01 * (number + 1))
    asked = {"k": 2, "seeds": 6}
    first = lab.store.studies.get(api.post("/api/v1/studies/digits:confirm", json=asked).json()["id"])
    end_look(lab, first, {1: EVEN, 2: MIXED})
    lab.trial(study, 3, [0.1], lr=0.04)  # a better one does not change what is confirmed

    again = api.post("/api/v1/studies/digits-confirm-1:confirm", json={"seeds": 6}).json()

    assert again["name"] == "digits-confirm-2"
    assert [each["optimizer.sgd.lr"] for each in again["definition"]["queue"]] == [0.02, 0.03]
    found = api.get("/api/v1/studies/digits-confirm-1/confirmation").json()
    assert (found["study"], found["look"], found["under_way"], found["decided"]) == ("digits", 1, True, False)
    of_study = api.get("/api/v1/studies/digits/confirmation").json()["sentence"]
    assert api.get(RANKING).json()["answer"]["sentence"] == of_study
    assert found["sentence"] == of_study.replace("trial 1 ", "trial 1 of digits (here trial 0) ", 1).replace(
        "told from trial 2", "told from trial 2 (here trial 1)"
    )

    end_look(lab, lab.store.studies.get(again["id"]), {1: EVEN, 2: MIXED})
    found = api.get("/api/v1/studies/digits/confirmation").json()
    assert (found["look"], found["decided"], found["verdicts"][0]["n"]) == (2, False, 12)
    of_confirmation = api.get("/api/v1/studies/digits-confirm-2/ranking").json()["answer"]["sentence"]
    assert f"`studyhall confirm digits --seeds {found['next_seeds']}`" in of_confirmation
    assert api.post("/api/v1/studies/digits:confirm", json={"k": 2}).json()["name"] == "digits-confirm-3"


def test_a_confirmed_trial_has_one_verdict_wherever_it_is_shown(api: TestClient, lab: Bench) -> None:
    """By their own runs alone, trial 2 would be behind on the confirmation's page and unknown on the study's."""
    study = lab.study()
    for number, value in enumerate([0.5, 0.3, 0.4]):
        lab.trial(study, number, [value], lr=0.01 * (number + 1))
    made = api.post("/api/v1/studies/digits:confirm", json={"k": 2, "seeds": 3}).json()
    confirmation = lab.store.studies.get(made["id"])
    end_look(lab, confirmation, {1: [0.5, 0.52, 0.48], 2: [0.9, 0.85, 0.93], "queued later": [0.4, 0.4, 0.4]})

    def told(name: str) -> dict[str, Any]:
        answer: dict[str, Any] = api.get(f"/api/v1/studies/{name}/ranking").json()["answer"]
        return answer

    verdicts = api.get("/api/v1/studies/digits/confirmation").json()
    assert [(each["arm"], each["verdict"]) for each in verdicts["verdicts"]] == [("2", "worse")]
    there, here = told("digits-confirm-1"), told("digits")
    assert {each["trial"]: (each["standing"], each["confirms"]) for each in there["places"]} == {
        2: ("unconfirmed", None),
        0: ("reference", 1),
        1: ("behind", 2),
    }
    assert {each["trial"]: each["standing"] for each in here["places"]} == {
        1: "reference",
        2: "behind",
        0: "unconfirmed",
    }
    assert here["confirmed"] == there["confirmed"] == "digits"
    assert here["sentence"].startswith("trial 1 is better than trial 2, over 3 seeds, for this split, at the 1st ")
    assert there["confirm"] is here["confirm"] is None
    page = api.get("/api/v1/studies/digits-confirm-1/report").text
    assert "worse than the reference" in page and "trial of digits" in page
    assert "trial 1 of digits (here trial 0) is better than trial 2 (here trial 1)" in page.replace("Trial", "trial")


def test_trials_that_look_better_than_a_confirmed_one_can_be_confirmed_too(api: TestClient, lab: Bench) -> None:
    """The best of each level were confirmed, and 1 of the same level as 0 looks better than 2, the best of another."""
    study = lab.study()
    for number, value in enumerate([0.3, 0.32, 0.5]):
        lab.trial(study, number, [value], lr=0.01 * (number + 1))
    made = api.post("/api/v1/studies/digits:confirm", json={"trials": [0, 2], "seeds": 12}).json()
    end_look(lab, lab.store.studies.get(made["id"]), {0: EVEN * 2, 2: WORSE * 2})
    answer = api.get(RANKING).json()["answer"]
    assert answer["sentence"].startswith("trial 0 is better than trial 2")
    assert (answer["confirm"]["k"], answer["confirm"]["again"]) == (2, False)


def test_what_the_others_are_compared_with_is_trained_with_new_ones_and_replaced_when_excluded(
    api: TestClient, lab: Bench
) -> None:
    study = lab.study()
    for number, value in enumerate([0.3, 0.4, 0.5]):
        lab.trial(study, number, [value], lr=0.01 * (number + 1))
    first = api.post("/api/v1/studies/digits:confirm", json={"k": 2, "seeds": 6}).json()
    end_look(lab, lab.store.studies.get(first["id"]), {0: EVEN, 1: EVEN})
    for number, value in enumerate([0.1, 0.2], 3):
        lab.trial(study, number, [value], lr=0.01 * (number + 1))
    second = api.post("/api/v1/studies/digits:confirm", json={"k": 2, "seeds": 6}).json()
    assert [each["optimizer.sgd.lr"] for each in second["definition"]["queue"]] == [0.01, 0.04]
    end_look(lab, lab.store.studies.get(second["id"]), {0: EVEN, 3: EVEN})
    arms = {each["arm"]: each["n"] for each in api.get("/api/v1/studies/digits/confirmation").json()["verdicts"]}
    assert arms == {"1": 6, "3": 6}

    api.post("/api/v1/studies/digits/trials/0:exclude")
    third = api.post("/api/v1/studies/digits:confirm", json={"k": 2, "seeds": 6}).json()
    end_look(lab, lab.store.studies.get(third["id"]), {3: EVEN, 4: EVEN})
    found = api.get("/api/v1/studies/digits/confirmation").json()
    assert (found["reference"], [each["arm"] for each in found["verdicts"]]) == (3, ["4"])


def test_beside_a_verdict_stands_the_value_that_it_is_of(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    for number, value in enumerate([0.5, 0.3, 0.4]):
        lab.trial(study, number, [value], lr=0.01 * (number + 1))
    for losses in ([0.5, 0.52, 0.48], [0.51, 0.53]):
        made = api.post("/api/v1/studies/digits:confirm", json={"k": 2, "seeds": len(losses)}).json()
        other = [0.9, 0.85, 0.93][: len(losses)]
        end_look(lab, lab.store.studies.get(made["id"]), {1: losses, 2: other})

    places = {each["trial"]: each["confirmed"] for each in api.get(RANKING).json()["answer"]["places"]}

    pooled = [0.5, 0.52, 0.48, 0.51, 0.53]
    assert places[1] | {"low": 0, "high": 0} == {
        "trial": 1,
        "value": pytest.approx(fmean(pooled)),
        "std": pytest.approx(stdev(pooled)),
        "n": 5,
        "over": "seeds",
        "low": 0,
        "high": 0,
        "studies": ["digits-confirm-1", "digits-confirm-2"],
    }
    assert places[1]["low"] < fmean(pooled) < places[1]["high"]
    assert (places[2]["n"], places[0]) == (5, None)
    there = api.get("/api/v1/studies/digits-confirm-2/ranking").json()["answer"]["places"]
    assert {each["confirms"]: each["confirmed"] for each in there}[1] == places[1]


def test_what_would_decide_a_confirmation_is_one_number(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    for number, value in enumerate([0.5, 0.3, 0.4]):
        lab.trial(study, number, [value], lr=0.01 * (number + 1))
    made = api.post("/api/v1/studies/digits:confirm", json={"k": 2, "seeds": 6}).json()
    end_look(lab, lab.store.studies.get(made["id"]), {1: EVEN, 2: MIXED})
    n = api.get("/api/v1/studies/digits/confirmation").json()["next_seeds"]
    for name in ("digits", "digits-confirm-1"):
        answer = api.get(f"/api/v1/studies/{name}/ranking").json()["answer"]
        assert (answer["confirm"]["k"], answer["confirm"]["seeds"], answer["confirm"]["again"]) == (2, n, True)
        assert f"about {n} more seeds would decide; `studyhall confirm digits --seeds {n}`" in answer["sentence"]


def test_another_confirmation_trains_what_the_others_are_compared_with_too(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    for number, value in enumerate([0.3, 0.4, 0.5]):
        lab.trial(study, number, [value], lr=0.01 * (number + 1))
    for pair in ({0: EVEN, 1: MIXED}, {1: EVEN, 2: MIXED}):
        made = api.post("/api/v1/studies/digits:confirm", json={"trials": [*pair], "seeds": 6}).json()
        end_look(lab, lab.store.studies.get(made["id"]), pair)
    answer = api.get(RANKING).json()["answer"]
    assert "trial 0 cannot be told from trial 1, over 6 seeds" in answer["sentence"]
    assert {each["trial"]: each["standing"] for each in answer["places"]} == {0: "reference", 1: "tied", 2: "unknown"}
    assert (answer["confirm"]["k"], answer["confirm"]["again"]) == (3, True)

    made = api.post("/api/v1/studies/digits:confirm", json={"seeds": 6}).json()

    assert [each["optimizer.sgd.lr"] for each in made["definition"]["queue"]] == [0.01, 0.02, 0.03]


def test_the_trials_that_are_named_are_confirmed_the_best_of_them_first(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    for number, value in enumerate([0.5, 0.3, 0.1, 0.4]):
        lab.trial(study, number, [value], lr=0.01 * (number + 1))

    made = api.post("/api/v1/studies/digits:confirm", json={"trials": [0, 3], "seeds": 3}).json()

    assert [each["optimizer.sgd.lr"] for each in made["definition"]["queue"]] == [0.04, 0.01]
    assert api.get("/api/v1/studies/digits/confirmation").json()["looks"][0]["trials"] == [3, 0]
    for trials, why in {(0, 7): "trial 7 of digits is none that completed", (0, 0): "twice", (0,): "trials"}.items():
        refused = api.post("/api/v1/studies/digits:confirm", json={"trials": trials})
        assert (refused.status_code, why in str(refused.json())) == (422, True)
    both = api.post("/api/v1/studies/digits:confirm", json={"trials": [0, 1], "k": 2})
    assert (both.status_code, "give one of them" in both.text) == (422, True)


def test_a_configuration_that_several_trials_have_is_confirmed_once(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    rates = [0.01, 0.02, 0.01, 0.03, 0.01, 0.02]
    for number, (value, rate) in enumerate(zip([0.30, 0.40, 0.31, 0.50, 0.32, 0.41], rates, strict=True)):
        lab.trial(study, number, [value], lr=rate)
    before = api.get(RANKING).json()["answer"]
    assert before["confirm"]["k"] == 3
    assert [(each["trial"], each["repeats"]) for each in before["places"]] == [
        (0, None), (2, 0), (4, 0), (1, None), (5, 1), (3, None)
    ]  # fmt: skip
    told = "trials 2 and 4 have the configuration of trial 0; trial 5 has the configuration of trial 1"
    assert told in before["sentence"]

    made = api.post("/api/v1/studies/digits:confirm", json={"k": 3, "seeds": 6}).json()

    assert [each["optimizer.sgd.lr"] for each in made["definition"]["queue"]] == [0.01, 0.02, 0.03]
    assert told in made["notes"]
    end_look(lab, lab.store.studies.get(made["id"]), {0: EVEN, 1: MIXED, 3: WORSE})
    lab.trial(study, 6, [0.2], lr=0.01)  # better placed than the confirmed one by now
    answer = api.get(RANKING).json()["answer"]
    assert "corrected for 2 comparisons and all confirmations of them" in answer["method"]
    assert {each["trial"]: (each["standing"], each["confirms"]) for each in answer["places"]} == {
        **dict.fromkeys((0, 2, 4, 6), ("reference", 0)),
        **dict.fromkeys((1, 5), ("tied", 1)),
        3: ("tied", 3),
    }


def test_one_configuration_is_compared_with_nothing(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    for number in range(3):
        lab.trial(study, number, [0.5])
    assert api.get(RANKING).json()["answer"]["confirm"] is None
    refused = api.post("/api/v1/studies/digits:confirm", json={})
    assert (refused.status_code, "all 3 completed trials of digits have one configuration" in refused.text) == (
        409,
        True,
    )


def test_a_confirmation_and_what_it_confirms_tell_of_each_other_before_and_after_it_ended(
    api: TestClient, lab: Bench
) -> None:
    study = lab.study()
    for number, value in enumerate([0.5, 0.3, 0.4]):
        lab.trial(study, number, [value], lr=0.01 * (number + 1))
    assert api.get("/api/v1/studies/digits").json()["confirmations"] == []
    made = api.post("/api/v1/studies/digits:confirm", json={"k": 2, "seeds": 6}).json()

    def tell_of_each_other() -> None:
        assert api.get("/api/v1/studies/digits").json()["confirmations"] == ["digits-confirm-1"]
        there = api.get("/api/v1/studies/digits-confirm-1").json()
        assert there["confirms"] == {"study": "digits", "look": 1, "over": "seeds", "trials": [1, 2]}

    tell_of_each_other()
    end_look(lab, lab.store.studies.get(made["id"]), {1: EVEN, 2: MIXED})
    tell_of_each_other()
    assert api.get("/api/v1/studies/digits").json()["confirms"] is None


def test_of_trials_of_several_runs_the_runs_that_collapsed_are_told_too(api: TestClient, lab: Bench) -> None:
    study = lab.study(replicates={"seeds": 2})
    for number in range(6):
        lab.trial_of_runs(study, number, [0.5, None if number == 3 else 0.6], lr=0.01 * (1 + number % 2))
    found = api.get("/api/v1/compare", params={"study": "digits", "by": "optimizer.sgd.lr"}).json()["failures"]
    assert "0 of 3 failed against 0 of 3" in found["sentence"]
    told = "; trials are judged whole: of single runs, 0 of 6 with 0.01 and 1 of 6 with 0.02 collapsed"
    assert found["sentence"].endswith(told)
