"""Nothing that a request says is passed over."""

from __future__ import annotations

from fastapi.testclient import TestClient

from tests.support.api import Bench


def test_a_body_where_none_is_read_is_refused_and_nothing_is_done(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    answer = api.post(f"/api/v1/studies/{study.name}:stop", json={"running": "checkpoint"})
    assert answer.status_code == 422
    assert answer.json()["detail"] == "this takes no body; write what it takes into the address, e.g. ?running=…"
    assert api.get(f"/api/v1/studies/{study.name}").json()["desired"] == "running"


def test_a_parameter_of_another_name_is_refused_with_the_likely_one(api: TestClient, lab: Bench) -> None:
    lab.study()
    answer = api.get("/api/v1/studies", params={"limitt": 3})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"path": "limitt", "message": "there is no such parameter here (did you mean 'limit'?)"}
    ]
    assert api.get("/api/v1/studies", params={"limit": 3}).status_code == 200


def test_what_has_a_body_and_what_takes_nothing_is_answered_as_before(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    assert api.patch(f"/api/v1/studies/{study.name}", json={"notes": "read"}).status_code == 200
    assert api.get("/api/v1/catalog/optimizer/adam?x=1").status_code == 422
    assert api.get("/healthz?x=1").status_code == 200
