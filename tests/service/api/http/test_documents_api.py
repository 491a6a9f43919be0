"""Bodies that are sent: parsed while other requests are answered, and read in one way only."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from fastapi.testclient import TestClient

from tests.support.api import Bench

TYPES = {"read_json": "application/json", "read_yaml": "application/yaml"}
NUMBERS = """
name: numbers
experiment: digits-mlp
sampler: random
space: {optimizer: sgd}
training: {epochs: %s}
max_trials: 3
"""


@pytest.mark.parametrize("reader", TYPES)
def test_other_requests_are_answered_while_a_body_is_parsed(
    url: str, monkeypatch: pytest.MonkeyPatch, reader: str
) -> None:
    parsing, go_on = threading.Event(), threading.Event()

    def parse(_: bytes) -> None:
        parsing.set()
        assert go_on.wait(30)

    monkeypatch.setattr(f"service.api.http.documents.{reader}", parse)
    with httpx.Client(base_url=url, timeout=30) as client, ThreadPoolExecutor(1) as pool:
        headers = {"Content-Type": TYPES[reader]}
        sent = pool.submit(client.post, "/api/v1/studies:validate", content=b"{}", headers=headers)
        assert parsing.wait(30)
        try:
            assert client.get("/healthz").status_code == 200
        finally:
            go_on.set()
        assert sent.result().status_code == 422


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("010", "write 10,"),
        ("1:30", "write 90,"),
        ("1_0", "write 10,"),
        ("true", "must be a whole number, not true"),
        ("on", "must be a whole number, not 'on'"),
        ("yes", "must be a whole number, not 'yes'"),
        ("'10'", "must be a whole number, not '10'"),
    ],
)
def test_what_is_no_number_of_yaml_1_2_is_refused_at_its_place(
    api: TestClient, lab: Bench, written: str, words: str
) -> None:
    for path in ("/api/v1/studies", "/api/v1/studies:validate"):
        answer = api.post(path, content=NUMBERS % written, headers={"Content-Type": "application/yaml"})

        assert answer.status_code == 422
        assert [one["path"] for one in answer.json()["errors"]] == ["training.epochs"]
        assert words in answer.json()["detail"]
    assert lab.store.studies.page().items == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("{id}", "names that begin with 'st_' are kept for the ids of studies; choose another beginning"),
        ("st_", "kept for the ids of studies"),
        ("x" * 101, "a name has at most 100 letters, and this one has 101; shorten it"),
        ("Digits", "use small letters, digits, dots, dashes and underscores"),
        ("2024-01-01", "put it in quotes: '2024-01-01'"),
        ("123", 'this must be a text, not 123; put it in quotes: "123"'),
        ("true", 'this must be a text, not true; put it in quotes: "true"'),
        ("1.5", 'put it in quotes: "1.5"'),
    ],
)
def test_a_name_that_is_none_is_told_why(api: TestClient, lab: Bench, name: str, words: str) -> None:
    other = lab.study()
    text = (NUMBERS % 3).replace("name: numbers", f"name: {name.format(id=other.id)}")

    answer = api.post("/api/v1/studies", content=text, headers={"Content-Type": "application/yaml"})

    assert answer.status_code == 422
    assert [one["path"] for one in answer.json()["errors"]] == ["name"]
    assert words in answer.json()["detail"]
    assert [study.id for study in lab.store.studies.page().items] == [other.id]
