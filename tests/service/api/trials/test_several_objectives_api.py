"""Studies with several objectives over REST: their Pareto set, and what needs the one best trial."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from service.study.records import Study
from tests.support.api import Bench

V1 = "/api/v1/studies"


@pytest.fixture
def both(lab: Bench) -> Study:
    study = lab.study(objective=["val_loss", "val_accuracy"])
    for number, (loss, accuracy) in enumerate([(0.5, 0.5), (0.2, 0.3), (0.6, 0.4), (1.0, 0.0)]):
        lab.trial(study, number, [loss], further=(accuracy,), lr=0.1 * (number + 1))
    return study


def test_the_set_comes_with_its_volume_and_what_ranks_names_the_first_objective(api: TestClient, both: Study) -> None:
    answer = api.get(f"{V1}/digits/pareto")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert [(item["trial"], item["values"]) for item in found["items"]] == [(0, [0.5, 0.5]), (1, [0.2, 0.3])]
    assert found["hypervolume"] == pytest.approx(0.34)
    given = api.get(f"{V1}/digits/pareto", params={"reference": [0.6, 0.1]}).json()
    assert given["hypervolume"] == pytest.approx(0.1 * 0.4 + 0.3 * 0.2)
    refused = api.get(f"{V1}/digits/pareto", params={"reference": [0.6]})
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "reference")
    _first_objective_is_named(api)


def test_a_study_says_all_its_objectives_and_no_best(api: TestClient, both: Study) -> None:
    seen = api.get(f"{V1}/digits").json()
    assert (seen["best"], seen["objective"]["metric"]) == (None, "val_loss")
    assert [each["metric"] for each in seen["objectives"]] == ["val_loss", "val_accuracy"]
    assert api.get(f"{V1}/digits/trials/1").json()["values"] == [0.2, 0.3]
    refused = api.get(f"{V1}/digits/best")
    assert refused.status_code == 404
    assert "no single trial is the best; `studyhall pareto digits` shows" in refused.json()["detail"]


def test_improvements_are_by_the_first_objective(api: TestClient, both: Study) -> None:
    found = api.get(f"{V1}/digits/improvements").json()
    assert (found["value"], found["n_completed"], found["n"]) == ([0.5, 0.2], [1, 2], 4)


def test_an_excluded_trial_leaves_no_best_behind(api: TestClient, both: Study) -> None:
    assert api.post(f"{V1}/digits/trials/1:exclude").status_code == 202
    assert api.get(f"{V1}/digits").json()["best"] is None


def test_a_later_study_begins_with_the_set_and_one_judged_otherwise_with_nothing(
    api: TestClient, lab: Bench, both: Study
) -> None:
    later = {**both.definition, "name": "later", "warm_start": {"studies": ["digits"], "best": 5}}
    made = api.post(V1, json=later)
    assert made.status_code == 201, made.text
    queued = lab.store.queue.of_study(made.json()["id"])
    assert [each["optimizer.sgd.lr"] for each in queued] == pytest.approx([0.1, 0.2])
    alone = api.post(V1, json={**later, "name": "alone", "objective": "val_loss"})
    assert "digits minimizes val_loss and maximizes val_accuracy, and this study minimizes" in alone.json()["detail"]


def test_studies_are_found_by_their_first_objective(api: TestClient, lab: Bench, both: Study) -> None:
    lab.study(name="single")
    lab.study(name="other", objective=["val_accuracy", "val_loss"])
    for text, names in {"metric = val_loss": ["single", "digits"], "direction = maximize": ["other"]}.items():
        found = api.get(V1, params={"filter": text}).json()["items"]
        assert [study["name"] for study in found] == names


def _first_objective_is_named(api: TestClient) -> None:
    """What ranks by one value takes the first objective, and says so."""
    by_first = "by val_loss, the first of 2 objectives; `studyhall pareto digits` goes by all of them"
    ranking = api.get(f"{V1}/digits/ranking").json()
    assert [item["number"] for item in ranking["items"]] == [1, 0, 2, 3]
    assert ranking["answer"]["sentence"].endswith(by_first)
    compared = api.get("/api/v1/compare", params={"study": "digits", "trial": [0, 1]}).json()
    assert compared["notes"] == [by_first]
    for analysis in ("importances", "effects"):
        assert api.get(f"{V1}/digits/{analysis}").json()["notes"][-1] == by_first
    asked = {"objective": "val_accuracy"}
    for analysis in ("history", "parallel"):
        by_second = api.get(f"{V1}/digits/{analysis}", params=asked).json()
        assert by_second["objective"] == {"metric": "val_accuracy", "direction": "maximize"}
    assert by_second["value"] == [0.5, 0.4, 0.3, 0.0]
    refused = api.get(f"{V1}/digits/history", params={"objective": "lr"})
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "objective")
    confirmed = api.post(f"{V1}/digits:confirm", json={"k": 2}).json()
    assert [each["metric"] for each in confirmed["objectives"]] == ["val_loss"]
