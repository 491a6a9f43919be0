"""The command knows users' own code wherever it takes a study, and says where it looked for what it does not know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from experiments.catalog import KINDS
from experiments.plugins import descriptions, registration
from experiments.registry import EXPERIMENTS, Looked
from service.cli import main, run
from tests.service.cli.conftest import Command, read
from tests.support.api import STUDY

PART = {"name": "my-csv", "summary": "", "target": "mine:Net", "fields": []}
OWN = {"code_hash": "abc", "files": [], "libraries": []}
EXPERIMENT = {
    **{"name": "my-csv", "summary": "Mine.", "target": "mine:MyCsv", "own": OWN, "defaults": {}, "given": []},
    **{"model": PART, "data": {**PART, "accepts": []}},
}


def describe(modules: Sequence[str], variables: object) -> dict[str, Any]:
    """What importing ``mine`` would give, and why ``broken`` is left out."""
    refused = [{"name": "broken", "reason": "RuntimeError: no such sensor"}]
    state: dict[str, Any] = {"files": {}, "folders": [], "found": {}, "path": []}
    found = {"experiments": [EXPERIMENT], "components": [], "refused": refused, "state": state}
    return {**found, "looked": registration.looked(modules)}


@pytest.fixture(autouse=True)
def mine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setattr(descriptions, "describe", describe)
    monkeypatch.setenv("STUDYHALL_COMPONENTS", "mine,broken")
    monkeypatch.setenv("STUDYHALL_CACHE", str(tmp_path / "cache"))
    yield
    EXPERIMENTS.pop("my-csv", None)
    EXPERIMENTS.looked = Looked()
    for kind in ("data", "model"):
        KINDS[kind].keep(())


def test_the_catalog_tells_what_is_one_s_own_and_how_names_arise(studyhall: Command) -> None:
    code, out, _ = studyhall("catalog")
    said = " ".join(out.split())
    assert code == 0
    assert "experiment my-csv mine:MyCsv" in said
    assert "STUDYHALL_COMPONENTS (mine, broken); left out: broken (RuntimeError: no such sensor)" in said
    assert "A class MyCsv with the attributes `model` and `data` is the experiment my-csv" in said
    assert {entry["name"] for entry in read(studyhall("catalog", "--json"))["kinds"]} == set(KINDS)


@pytest.mark.parametrize("command", ["validate", "run"])
def test_an_unknown_experiment_is_told_with_where_it_was_looked_for(
    studyhall: Command, command: str, tmp_path: Path
) -> None:
    file = tmp_path / "study.yaml"
    file.write_text(yaml.safe_dump({**STUDY, "experiment": "my-cvs"}))
    code, _, err = studyhall(command, str(file))
    assert code == 2
    assert "experiment: unknown experiment 'my-cvs' (did you mean 'my-csv'?); users' own were looked for in" in err
    assert "left out: broken (RuntimeError: no such sensor)" in err


def test_run_knows_what_validate_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Reached(Exception):
        """The study was taken."""

    def service(*_: Any, **__: Any) -> Any:
        raise Reached

    file = tmp_path / "study.yaml"
    file.write_text(yaml.safe_dump({**STUDY, "experiment": "my-csv", "space": {"model": "my-csv"}}))
    monkeypatch.setattr(run, "_service", service)
    with pytest.raises(Reached):
        main(["run", str(file)])


def test_a_config_of_the_lightning_cli_finds_the_experiment_of_its_module(studyhall: Command, tmp_path: Path) -> None:
    config = {"trainer": {"max_epochs": 3}, "model": {"class_path": "mine.Net", "init_args": {}}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    definition = read(studyhall("import", str(tmp_path / "config.yaml"), "--json"))["definition"]
    assert (definition["experiment"], definition["training"]) == ("my-csv", {"epochs": 3})
