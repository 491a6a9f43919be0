"""Descriptions on the disk: used while no file has changed, and never in the way."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from experiments.errors import TrainingError
from experiments.plugins import descriptions, registration
from experiments.plugins.descriptions import description_of, still_holds
from experiments.plugins.own_code import Sources, disk_hash, outdated, snapshot

MODULES = ("described_module",)


class Describer:
    """Stands in for the process that imports users' code, and counts how often it was started."""

    def __init__(self, failure: str = "") -> None:
        self.failure = failure
        self.calls = 0

    def __call__(self, modules: Sequence[str], variables: object = None) -> dict[str, Any]:
        self.calls += 1
        if self.failure:
            raise TrainingError(self.failure)
        sources = Sources()
        for module in modules:
            sources.add(module)
        said: Mapping[str, Any] = {"experiments": [], "components": [], "refused": []}
        return {**said, "looked": registration.looked(modules), "state": snapshot([sources])}


@pytest.fixture
def describer(monkeypatch: pytest.MonkeyPatch) -> Describer:
    made = Describer()
    monkeypatch.setattr(descriptions, "describe", made)
    return made


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "described_module.py"
    file.write_text("import described_helper\n")
    (tmp_path / "described_helper.py").write_text("")
    return file


def test_what_was_described_is_not_described_again_until_a_file_changes(
    describer: Describer, module: Path, tmp_path: Path
) -> None:
    first = description_of(MODULES, tmp_path / "kept")
    assert description_of(MODULES, tmp_path / "kept") == first
    assert describer.calls == 1
    (module.parent / "described_helper.py").write_text("x = 1\n")
    assert not still_holds(first, MODULES)
    second = description_of(MODULES, tmp_path / "kept")
    assert (describer.calls, second == first, still_holds(second, MODULES)) == (2, False, True)
    assert len(list((tmp_path / "kept").iterdir())) == 1
    assert not still_holds(second, ())


@pytest.mark.parametrize("changed", ["plugins/describing.py", "optimizers/__init__.py", "training/mixed_packages.py"])
def test_it_is_described_anew_when_what_describes_it_has_changed(
    describer: Describer, module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    """What is described are the traits that a kind declares, and of which of Lightning's packages a class is."""
    description_of(MODULES, tmp_path / "kept")
    monkeypatch.setattr(descriptions, "disk_hash", lambda file: disk_hash(file) + changed * str(file).endswith(changed))
    description_of(MODULES, tmp_path / "kept")
    assert describer.calls == 2


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b"null", b'{"state": 3}', b'{"state": {"found": {}}}'])
def test_a_broken_file_is_written_anew(describer: Describer, module: Path, tmp_path: Path, content: bytes) -> None:
    said = description_of(MODULES, tmp_path / "kept")
    (file,) = (tmp_path / "kept").iterdir()
    file.write_bytes(content)
    assert description_of(MODULES, tmp_path / "kept") == said
    assert json.loads(file.read_bytes()) == said


def test_a_folder_that_takes_no_files_is_no_obstacle(describer: Describer, module: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for _ in range(2):
        assert description_of(MODULES, tmp_path / "file" / "kept")["refused"] == []
    assert describer.calls == 2


def test_of_several_at_once_one_describes_and_leaves_a_whole_file(
    describer: Describer, module: Path, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _: description_of(MODULES, tmp_path / "kept"), range(16)))
    assert describer.calls == 1
    assert all(one == said[0] for one in said)
    (file,) = (tmp_path / "kept").iterdir()
    assert json.loads(file.read_bytes()) == said[0]


def test_code_that_ends_the_process_is_refused_and_not_kept(describer: Describer, module: Path, tmp_path: Path) -> None:
    describer.failure = "it ended the process"
    said = description_of(MODULES, tmp_path / "kept")
    assert said["refused"] == [{"name": "described_module", "reason": "it ended the process"}]
    assert said["failed"]
    assert still_holds(said, MODULES)
    assert not list((tmp_path / "kept").iterdir())
    module.write_text("# mended\n")
    assert not still_holds(said, MODULES)


def test_code_that_was_mended_after_it_had_ended_the_process_is_not_outdated(
    describer: Describer, module: Path, tmp_path: Path
) -> None:
    """A study that was submitted with the mended code would wait for ever for that which was refused."""
    describer.failure = "it ended the process"
    description_of(MODULES, tmp_path / "kept")
    module.write_text("# mended\n")
    assert not outdated([str(module)])


def test_nothing_is_started_where_there_is_nothing(describer: Describer, tmp_path: Path) -> None:
    said = description_of((), tmp_path / "kept")
    assert still_holds(said, ())
    assert describer.calls == 0
