"""What the API tells of a component, and the curve of a schedule."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from experiments.catalog import KINDS
from experiments.component import Component
from experiments.conflicts import rules


def test_a_component_says_formula_source_and_what_is_said_wrongly(api: TestClient) -> None:
    cosine = api.get("/api/v1/catalog/schedule/cosine").json()

    assert "cos(π·t)" in cosine["formula"]
    assert "2017" in cosine["source"]
    assert "only plateau adapts" in cosine["misconceptions"][0]
    assert (cosine["extra"], cosine["own"]) == ("", False)
    (final,) = [field for field in cosine["fields"] if field["name"] == "final"]
    assert (final["bounds"], final["bound_source"]) == (
        {"minimum": 0, "maximum": 1},
        "a factor of the base rate, which is the highest",
    )


def test_the_list_says_as_much_of_each_component_as_its_own_entry(api: TestClient) -> None:
    for kind in api.get("/api/v1/catalog").json()["kinds"]:
        entry = kind["components"][-1]
        detail = api.get(f"/api/v1/catalog/{kind['name']}/{entry['name']}").json()
        assert {name: detail[name] for name in entry} == entry


def test_every_rule_is_told_to_both_of_its_parts(api: TestClient) -> None:
    kinds = {kind["name"]: kind["components"] for kind in api.get("/api/v1/catalog").json()["kinds"]}
    told = {f"{kind}.{entry['name']}": entry["conflicts"] for kind in kinds for entry in kinds[kind]}

    for rule in rules():
        for part in (rule.first, rule.second):
            concerned = [place for place in told if place == part or place.partition(".")[0] == part]
            said = {(one["reason"], one["refused"]) for place in concerned for one in told[place]}
            assert not concerned or (rule.reason, rule.refused) in said, rule


def test_what_is_said_of_a_data_set_is_what_a_study_meets(api: TestClient) -> None:
    """Label smoothing wants classes: of data that have them nothing else is said, and a study takes it."""
    for data, refused in (("mnist5k", False), ("diabetes", True)):
        entry = api.get(f"/api/v1/catalog/data/{data}").json()
        space = {"regularizers": {"label_smoothing": {}}}
        study = {"name": "smooth", "experiment": {"data": data, "model": "mlp"}, "max_trials": 1, "space": space}
        assert any("regularizer.label_smoothing" in one["others"] for one in entry["conflicts"]) == refused
        assert (api.post("/api/v1/studies:validate", json=study).status_code == 422) == refused


def test_the_list_is_made_once(api: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Making the schemas of a hundred classes takes a while: it is done at the start, and no answer waits for it."""
    assert api.get("/api/v1/experiments").status_code == 200, "users' own components are known"

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("a schema was made again")

    monkeypatch.setattr(Component, "model_json_schema", refuse)
    kinds = api.get("/api/v1/catalog").json()["kinds"]
    assert sum(len(kind["components"]) for kind in kinds) == sum(map(len, KINDS.values()))


def test_the_curve_of_a_schedule_comes_without_training(api: TestClient) -> None:
    request = {"schedule": {"name": "linear", "warmup": 0.5}, "epochs": 2, "steps_per_epoch": 4}
    answer = api.post("/api/v1/schedules:preview", json=request)

    assert answer.status_code == 200
    shown = answer.json()
    assert shown["schedule"] == {"name": "linear", "warmup": 0.5, "interval": "step", "final": 0.0}
    assert (shown["steps"], shown["assumption"]) == (8, "")
    assert [point["step"] for point in shown["points"]] == list(range(8))
    assert [point["factor"] for point in shown["points"]] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, 0.75, 0.5, 0.25])
    yaml = api.post(
        "/api/v1/schedules:preview", content="schedule: plateau", headers={"Content-Type": "application/yaml"}
    )
    assert "never improves" in yaml.json()["assumption"]


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        ({"schedule": {"name": "cosine", "final": 2}}, "schedule.cosine.final"),
        ({"schedule": {"name": "cosine", "finale": 0}}, "schedule.cosine.finale"),
        ({"schedule": "cosinus"}, "schedule"),
        ({"schedule": "cosine", "epochs": 0}, "epochs"),
        ({"schedule": "cosine", "epochs": 10**9}, "epochs"),
        ({"epochs": 3}, "schedule"),
    ],
)
def test_a_preview_that_cannot_be_names_the_field(api: TestClient, request_: dict[str, Any], path: str) -> None:
    answer = api.post("/api/v1/schedules:preview", json=request_)

    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [fault["path"] for fault in answer.json()["errors"]] == [path]


def test_every_schedule_of_the_catalog_can_be_previewed(api: TestClient) -> None:
    for name in KINDS["schedule"].names():
        answer = api.post("/api/v1/schedules:preview", json={"schedule": name})
        assert len(answer.json()["points"]) == 201
