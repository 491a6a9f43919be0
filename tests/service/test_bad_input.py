"""Bad input: from REST, the client and the command line alike, a clear error that names the place and the remedy, at
once, with nothing created."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from service.cli import main
from service.client.client import Studyhall
from service.errors import Invalid
from service.settings import Settings
from tests.support.api import STUDY, Bench, listening, migrated

__all__ = ["migrated"]


@dataclass(frozen=True)
class Bad:
    """A definition that differs from a good one in ``changes``, and what must be said of it."""

    changes: dict[str, Any]
    path: str
    words: tuple[str, ...]


SGD = {"name": "sgd"}
CASES = {
    "unknown component": Bad({"space": {"optimizer": "adamm"}}, "space.optimizer", ("adamm", "'adam")),
    "unknown component in a choice": Bad(
        {"space": {"optimizer": {"choice": ["sgd", {"name": "nestrov"}]}}}, "space.optimizer.choice.1", ("'nesterov'",)
    ),
    "unknown field of a component": Bad(
        {"space": {"optimizer": {**SGD, "lrr": 0.1}}}, "space.optimizer.lrr", ("no such field", "'lr'")
    ),
    "unknown field of the study": Bad({"max_trails": 3}, "max_trails", ("unknown field", "'max_trials'")),
    "unknown part of the space": Bad({"space": {"optimiser": "sgd"}}, "space.optimiser", ("'optimizer'",)),
    "unknown metric": Bad({"objective": "val_acuracy"}, "objective.metric", ("val_acuracy", "'val_accuracy'")),
    "unknown range": Bad(
        {"space": {"optimizer": {**SGD, "lr": {"loguniform": [0.1, 1]}}}}, "space.optimizer.lr", ("log_uniform",)
    ),
    "empty range": Bad(
        {"space": {"optimizer": {**SGD, "lr": {"uniform": [1.0, 0.1]}}}}, "space.optimizer.lr", ("0.1",)
    ),
    "empty choice": Bad({"space": {"optimizer": {"choice": []}}}, "space.optimizer", ("at least one",)),
    "bound outside the component's": Bad(
        {"space": {"optimizer": {**SGD, "lr": {"uniform": [-1.0, 0.1]}}}}, "space.optimizer.lr", ("greater than 0",)
    ),
    "a text for a number": Bad({"max_trials": "many"}, "max_trials", ("must be a whole number, not 'many'",)),
    "too small a number": Bad({"max_trials": 0}, "max_trials", ("this must be greater than or equal to 1",)),
    "no time at all": Bad({"limits": {"run_hours": 0}}, "limits.run_hours", ("0 hours", "more than 0", "leave it out")),
    "less than no time": Bad({"limits": {"run_hours": -2.5}}, "limits.run_hours", ("-2.5 hours", "more than 0")),
    "no epoch for a trial": Bad({"limits": {"trial_epochs": 0}}, "limits.trial_epochs", ("0 epochs", "1 or more")),
    "no time for a trial": Bad({"limits": {"trial_hours": 0}}, "limits.trial_hours", ("0 hours", "more than 0")),
    "a part of two GPUs": Bad({"resources": {"gpus": 1.5}}, "resources.gpus", ("or for whole ones",)),
    "parts that go together at the end of a range alone": Bad(
        {
            "space": {
                "optimizer": {"name": "adamw", "weight_decay": {"uniform": [0, 0.1]}},
                "regularizers": {"weight_decay": {"strength": 0.1}},
            }
        },
        "space.regularizers.weight_decay",
        ("weight_decay to 0",),
    ),
    "unknown pruner": Bad({"pruner": "medain"}, "pruner", ("unknown name 'medain' (did you mean 'median'?)",)),
    "a number for an experiment": Bad({"experiment": 5}, "experiment", ("name of a registered experiment",)),
    "a number for a sampler": Bad({"sampler": 5}, "sampler", ("this must be a mapping, not 5",)),
    "a sampler without a name": Bad({"sampler": {"points": 3}}, "sampler", ("give its `name`",)),
    "a list for a space": Bad({"space": ["sgd"]}, "space", ("this must be a mapping, not ['sgd']",)),
    "a seed twice": Bad({"replicates": {"seeds": [3, 3]}}, "replicates.seeds", ("different seeds",)),
    "listed seeds that differ by trial": Bad(
        {"replicates": {"seeds": [3, 5], "paired": False}}, "replicates", ("give their number instead",)
    ),
    "no seed at all": Bad({"replicates": {"seeds": []}}, "replicates.seeds", ("a number from 1 to 100",)),
    "value outside the component's": Bad(
        {"space": {"regularizers": {"dropout": {"p": 1.5}}}}, "space.regularizers.dropout.p", ("less than",)
    ),
    "grid over a range without points": Bad({"sampler": "grid"}, "space.optimizer", ("points",)),
    "10^10 grid points": Bad(
        {
            "sampler": "grid",
            "space": {
                "optimizer": {
                    "name": "adam",
                    **{name: {"uniform": [0.1, 0.9], "points": 250} for name in ("lr", "beta1", "beta2", "eps")},
                }
            },
            "training": {"epochs": {"int": [1, 3]}},
        },
        "sampler",
        ("points", "10,000,000"),
    ),
    "experiment that is not registered": Bad({"experiment": "digits-mpl"}, "experiment", ("'digits-mlp'",)),
    "no number of trials": Bad({"max_trials": None}, "max_trials", ("how many trials",)),
    "a name that is none": Bad({"name": "My Study!"}, "name", ("small letters",)),
    "unknown sampler": Bad({"sampler": "tpee"}, "sampler", ("tpe",)),
}
DOCUMENTS = {
    "a list": ("- 1\n- 2\n", "", "mapping"),
    "a text": ("just words\n", "", "mapping"),
    "nothing": ("", "", "mapping"),
    "no YAML": ("name: [\n", "", "line 2"),
    "NaN": ("name: x\nspace: {optimizer: {name: sgd, lr: .nan}}\n", "space.optimizer.lr", "finite"),
    "infinity": ("name: x\nmax_trials: 1e999\n", "max_trials", "finite"),
    "a key twice": ("name: x\nname: y\n", "", "'name' stands here twice"),
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Settings:
    """One data directory for all: nothing may ever be created in it."""
    home = tmp_path_factory.mktemp("home")
    shutil.copy(migrated, home / "studyhall.db")
    return Settings(home=home)


@pytest.fixture(scope="module")
def url(settings: Settings) -> Iterator[str]:
    with listening(settings) as address:
        yield address


@pytest.fixture(scope="module")
def api(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=20) as client:
        yield client


@pytest.fixture(scope="module")
def bench(settings: Settings) -> Iterator[Bench]:
    made = Bench(settings)
    yield made
    made.database.dispose()


@pytest.fixture
def lab(bench: Bench) -> Bench:
    assert bench.store.studies.page().items == [], "an earlier test of this module has created something"
    return bench


def document(bad: Bad) -> dict[str, Any]:
    return {**STUDY, **bad.changes}


def assert_said(bad: Bad, problems: list[tuple[str, str]]) -> None:
    """One of the problems names the place, and says what it must."""
    there = [message for path, message in problems if path == bad.path or path.startswith(f"{bad.path}.")]
    assert any(all(word in message for word in bad.words) for message in there), problems


@pytest.mark.parametrize("case", CASES)
def test_rest_refuses(api: httpx.Client, lab: Bench, case: str) -> None:
    for path in ("/api/v1/studies", "/api/v1/studies:validate"):
        answer = api.post(path, json=document(CASES[case]))

        assert answer.status_code == 422
        assert_said(CASES[case], [(one["path"], one["message"]) for one in answer.json()["errors"]])
    assert lab.store.studies.page().items == []


@pytest.mark.parametrize("words", DOCUMENTS)
def test_rest_refuses_documents(api: httpx.Client, lab: Bench, words: str) -> None:
    text, path, message = DOCUMENTS[words]

    answer = api.post("/api/v1/studies", content=text, headers={"Content-Type": "application/yaml"})

    assert answer.status_code == 422
    assert [one["path"] for one in answer.json()["errors"]] == [path]
    assert message in answer.json()["detail"]
    assert lab.store.studies.page().items == []


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_rest_refuses_numbers_that_are_not_finite_and_names_their_place(
    api: httpx.Client, lab: Bench, number: str
) -> None:
    text = json.dumps(STUDY).replace("[0.001, 1.0]", f"[0.001, {number}]")

    answer = api.post("/api/v1/studies", content=text, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert [one["path"] for one in answer.json()["errors"]] == ["space.optimizer.lr.log_uniform.1"]
    assert lab.store.studies.page().items == []


def test_the_client_raises_what_the_service_said(url: str, lab: Bench) -> None:
    with Studyhall(url) as hall:
        for bad in CASES.values():
            for call in (hall.submit, hall.validate):
                with pytest.raises(Invalid) as caught:
                    call(document(bad))
                assert_said(bad, [(one.path, one.message) for one in caught.value.problems])
    assert lab.store.studies.page().items == []


def test_the_client_refuses_files(url: str, lab: Bench, tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    with Studyhall(url) as hall:
        for text, _, message in DOCUMENTS.values():
            file.write_text(text)
            with pytest.raises(Invalid, match=message):
                hall.submit(file)
        with pytest.raises(Invalid, match="cannot be read: No such file"):
            hall.submit(tmp_path / "none.yaml")
        with pytest.raises(Invalid, match="nan is not a finite number"):
            hall.submit({**STUDY, "space": {"optimizer": math.nan}})
    assert lab.store.studies.page().items == []


def test_a_file_that_is_too_large_is_refused_before_it_is_parsed(
    url: str, lab: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def parse(_: object) -> None:
        raise AssertionError("it was parsed")

    monkeypatch.setattr("service.client.definition_files.read_yaml", parse)
    file = tmp_path / "big.yaml"
    file.write_text("name: big\nnotes: " + "x" * 2_000_000)
    message = f"{file} is larger than the 2,000,000 bytes that are read; send a smaller one"
    with Studyhall(url) as hall:
        for call in (hall.submit, hall.validate):
            with pytest.raises(Invalid) as refused:
                call(file)
            assert str(refused.value) == message
    for command in ("submit", "validate", "run"):
        with pytest.raises(SystemExit) as caught:
            main([command, str(file)])
        assert caught.value.code == 2
        assert capsys.readouterr().err == f"error: {message}\n"


def test_the_client_lists_the_ready_made_studies_where_a_name_is_none(url: str, lab: Bench) -> None:
    with Studyhall(url) as hall:
        with pytest.raises(Invalid, match=r"neither a file nor a ready-made study 'hello' \(one of: .*wine-random"):
            hall.submit("hello")
        with pytest.raises(Invalid, match="neither a file nor a ready-made study 'name: x"):
            hall.submit("name: x\n" * 1000)


def test_a_body_of_50_megabytes_is_refused_by_the_service_for_the_client(url: str, lab: Bench) -> None:
    with Studyhall(url) as hall, pytest.raises(Invalid, match="2,000,000 bytes"):
        hall.submit({**STUDY, "notes": "x" * 50_000_000})
    assert lab.store.studies.page().items == []


@pytest.mark.parametrize("command", ["submit", "validate", "run"])
def test_the_command_line_refuses_with_exit_code_2(
    url: str,
    lab: Bench,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    monkeypatch.setenv("STUDYHALL_URL", url)
    file = tmp_path / "study.yaml"
    for bad in CASES.values():
        file.write_text(yaml.safe_dump(document(bad)))
        with pytest.raises(SystemExit) as caught:
            main([command, str(file)])
        said = capsys.readouterr()
        assert caught.value.code == 2
        lines = [line.removeprefix("error: ").partition(": ") for line in said.err.splitlines()]
        assert_said(bad, [(path, message) for path, _, message in lines])
        assert said.out == ""
    assert lab.store.studies.page().items == []


@pytest.mark.parametrize("command", ["submit", "validate", "run"])
def test_the_command_line_refuses_documents(
    url: str,
    lab: Bench,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    monkeypatch.setenv("STUDYHALL_URL", url)
    file = tmp_path / "study.yaml"
    for text, path, message in DOCUMENTS.values():
        file.write_text(text)
        with pytest.raises(SystemExit) as caught:
            main([command, str(file), "--json"])
        assert caught.value.code == 2
        said = json.loads(capsys.readouterr().err)
        assert message in said["detail"]
        assert [one["path"] for one in said["errors"]] == [path]
    assert lab.store.studies.page().items == []
