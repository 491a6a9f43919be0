"""Saved views over REST."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.support.api import STUDY

VIEWS = "/api/v1/studies/digits/views"
DRAFT = {"name": "by optimizer", "query": "group=optimizer"}


@pytest.fixture
def saved(api: TestClient) -> dict[str, Any]:
    """A view of the study ``digits``."""
    api.post("/api/v1/studies", json=STUDY)
    answer = api.post(VIEWS, json=DRAFT)
    assert answer.status_code == 201
    return dict(answer.json())


def test_a_view_is_found_by_others_changed_and_deleted(api: TestClient, saved: dict[str, Any]) -> None:
    assert (saved["name"], saved["tab"], saved["query"]) == ("by optimizer", "curves", "group=optimizer")
    assert api.get(VIEWS).json()["items"] == [saved]
    taken = api.post(VIEWS, json=DRAFT | {"query": "y=log"})
    assert (taken.status_code, taken.json()["title"]) == (409, "View name taken")
    assert "take another name" in taken.json()["detail"]
    changed = api.patch(f"{VIEWS}/{saved['id']}", json={"name": "optimizers", "tab": "trials"}).json()
    assert (changed["name"], changed["tab"], changed["query"]) == ("optimizers", "trials", "group=optimizer")
    assert api.delete(f"{VIEWS}/{saved['id']}").status_code == 204
    assert api.delete(f"{VIEWS}/{saved['id']}").status_code == 404
    assert api.get(VIEWS).json()["items"] == []


BAD = [
    ({"name": ""}, "name", "at least 1"),
    ({"name": " mine"}, "name", "without blanks"),
    ({"name": "a\nb"}, "name", "one line"),
    ({"query": "?group=optimizer"}, "query", "behind the `?`"),
    ({"query": "https://elsewhere.example/"}, "query", "no address"),
    ({"tab": "config"}, "tab", "'curves'"),
    ({"names": "x"}, "names", "'name'"),
]


def test_what_is_no_view_is_refused(api: TestClient, saved: dict[str, Any]) -> None:
    for changes, path, words in BAD:
        for answer in (
            api.post(VIEWS, json=DRAFT | {"name": "new"} | changes),
            api.patch(f"{VIEWS}/{saved['id']}", json=changes),
        ):
            (problem,) = answer.json()["errors"]
            assert (answer.status_code, problem["path"]) == (422, path)
            assert words in problem["message"]
    assert api.get(VIEWS).json()["items"] == [saved]
