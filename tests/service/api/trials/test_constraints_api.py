"""Infeasible trials over REST: they are said to be so, and are never the best."""

from __future__ import annotations

from fastapi.testclient import TestClient

from tests.support.api import Bench

V1 = "/api/v1/studies/digits"
BOUND = {"metric": "train_loss", "at_most": 3.0}


def test_an_infeasible_trial_is_in_no_ranking(api: TestClient, lab: Bench) -> None:
    study = lab.study(constraints=[BOUND])
    lab.trial(study, 0, [0.1], infeasible=True, reason="infeasible: train_loss is 4, and at most 3 is wanted")
    refused = api.get(f"{V1}/best")
    assert refused.status_code == 404
    assert "no completed trial keeps the constraints" in refused.json()["detail"]
    lab.trial(study, 1, [0.5])
    lab.trial(study, 2, [0.4])
    assert api.get(V1).json()["best"]["trial"] == api.get(f"{V1}/best").json()["number"] == 2
    assert [item["number"] for item in api.get(f"{V1}/ranking", params={"answer": False}).json()["items"]] == [2, 1]
    for text, numbers in {"infeasible = true": [0], "infeasible = false": [1, 2]}.items():
        found = api.get(f"{V1}/trials", params={"filter": text}).json()["items"]
        assert [trial["number"] for trial in found] == numbers
        assert {trial["infeasible"] for trial in found} == {text.endswith("true")}
    assert api.post(f"{V1}/trials/2:exclude").status_code == 202
    assert api.get(V1).json()["best"]["trial"] == 1
