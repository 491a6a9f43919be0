"""The API follows users' files: each submission is judged by them as they are, and keeps what they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from experiments.catalog import KINDS
from experiments.plugins import descriptions, registration
from experiments.plugins.own_code import Sources, snapshot
from experiments.registry import EXPERIMENTS, Looked
from service.api.app import create_app
from service.left_out import LeftOut
from service.settings import Settings
from tests.support.api import STUDY

OWN = {**STUDY, "experiment": "mine", "space": {"model": {"width": {"int": [1, 4]}}}, "objective": "val_loss"}
ARGUMENT = {"type": "int", "required": False, "default": 3, "bounds": {}, "search": None, "help": ""}


class Describing:
    """Stands in for the process that imports the module: each of its words is an argument of the model."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.calls = 0

    def __call__(self, modules: Sequence[str], variables: object = None) -> dict[str, Any]:
        self.calls += 1
        sources = Sources()
        sources.add("words_of_mine")
        words = self.file.read_text().split()
        part = {"name": "mine", "summary": "Mine.", "target": "words_of_mine:Net"}
        experiment = {
            **{"name": "mine", "summary": "Mine.", "target": "words_of_mine:Mine", "defaults": {}, "given": []},
            "own": {"code_hash": sources.hash(), "files": [str(self.file)], "libraries": ["pandas"]},
            "model": {**part, "fields": [{"name": word, **ARGUMENT} for word in words]},
            "data": {**part, "accepts": [], "fields": []},
        }
        refused = [] if words else [{"name": "words_of_mine", "reason": "it has no words"}]
        said = {"experiments": [experiment] if words else [], "components": [], "refused": refused}
        return {**said, "looked": registration.looked(modules), "state": snapshot([sources])}


@pytest.fixture
def describing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Describing]:
    file = tmp_path / "words_of_mine.py"
    file.write_text("width\n")
    monkeypatch.syspath_prepend(tmp_path)
    made = Describing(file)
    monkeypatch.setattr(descriptions, "describe", made)
    yield made
    EXPERIMENTS.pop("mine", None)
    EXPERIMENTS.looked = Looked()
    for kind in ("data", "model"):
        KINDS[kind].keep(())


@pytest.fixture
def api(settings: Settings, describing: Describing, tmp_path: Path) -> Iterator[TestClient]:
    mine = settings.model_copy(update={"components": ("words_of_mine",), "cache": tmp_path / "cache"})
    with TestClient(create_app(mine), base_url="http://127.0.0.1") as client:
        yield client


def test_a_submission_is_judged_by_the_files_of_now(api: TestClient, describing: Describing) -> None:
    first = api.post("/api/v1/studies", json=OWN).json()["provenance"]
    assert (api.post("/api/v1/studies:validate", json=OWN).status_code, describing.calls) == (200, 1)
    assert first["code"].keys() == {"data.mine", "model.mine"}
    assert "pandas" in first["packages"]

    describing.file.write_text("height\n")
    refused = api.post("/api/v1/studies:validate", json=OWN).json()
    assert refused["errors"][0]["message"] == "mine has no such field (did you mean 'height'?)" or "height" in str(
        refused
    )
    again = api.post("/api/v1/studies", json={**OWN, "name": "second", "space": {"model": {"height": 2}}})
    assert (again.status_code, describing.calls) == (201, 2)
    assert again.json()["provenance"]["code_hash"] != first["code_hash"]
    assert api.get("/api/v1/studies/digits").json()["provenance"] == first


def test_what_has_gone_is_said_with_where_it_was_looked_for(
    api: TestClient, describing: Describing, settings: Settings
) -> None:
    """Where experiments are listed too, and in the terminal, once, until it is there again."""
    said_in_terminal = list[str]()
    terminal = LeftOut(settings.directory, said_in_terminal.append)
    describing.file.write_text("")
    said = api.post("/api/v1/studies", json=OWN).json()["errors"]
    assert [fault["path"] for fault in said] == ["experiment"]
    assert "unknown experiment 'mine'" in said[0]["message"]
    assert "STUDYHALL_COMPONENTS (words_of_mine)" in said[0]["message"]
    listed = api.get("/api/v1/experiments").json()
    assert "mine" not in [entry["name"] for entry in listed["items"]]
    assert listed["refused"] == [{"name": "words_of_mine", "reason": "it has no words"}]
    terminal.tell()
    terminal.tell()
    describing.file.write_text("width\n")
    assert api.get("/api/v1/experiments").json()["refused"] == []
    terminal.tell()
    assert said_in_terminal == [
        "words_of_mine is left out: it has no words",
        "words_of_mine is not left out any more",
    ]


def test_many_submissions_after_an_edit_describe_it_once(api: TestClient, describing: Describing) -> None:
    api.get("/api/v1/experiments")
    describing.file.write_text("width depth\n")
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: api.post("/api/v1/studies:validate", json=OWN).status_code, range(8))
    assert set(answers) == {200}
    assert describing.calls == 2
