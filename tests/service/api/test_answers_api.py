"""What a ranking tells, over REST."""

from __future__ import annotations

from fastapi.testclient import TestClient

from tests.support.api import Bench

RANKING = "/api/v1/studies/digits/ranking"


def test_a_ranking_says_what_is_tied_with_the_best_and_what_would_decide(api: TestClient, lab: Bench) -> None:
    study = lab.study(replicates={"seeds": 3})
    lab.trial_of_runs(study, 0, [0.50, 0.60, 0.70])
    lab.trial_of_runs(study, 1, [0.501, 0.602, 0.7])
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
