"""What is kept of the code and the packages that numbers come from. Real git."""

from __future__ import annotations

import os
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from experiments.provenance import provenance_of, repositories, versions


def git(folder: Path, *words: str) -> str:
    identity = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-C", str(folder), "-c", "user.name=me", "-c", "user.email=me@here", *words]
    return subprocess.run(command, env=os.environ | identity, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    (folder / "package").mkdir(parents=True)
    for name in ("net.py", "package/helper.py", "elsewhere.py"):
        (folder / name).write_text("x = 1\n")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def test_a_repository_is_told_with_its_commit_and_whether_the_code_differs(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "loose.py").write_text("")
    files = [str(repository / "net.py"), str(repository / "package" / "helper.py"), str(tmp_path / "loose.py")]
    clean = {"folder": str(repository), "commit": git(repository, "rev-parse", "HEAD"), "dirty": False}
    assert repositories(files) == [clean]
    (repository / "elsewhere.py").write_text("x = 2\n")
    assert repositories(files) == [clean]
    (repository / "package" / "helper.py").write_text("x = 2\n")
    assert repositories(files) == [{**clean, "dirty": True}]


def test_a_file_that_was_never_committed_is_dirty(repository: Path) -> None:
    (repository / ".gitignore").write_text("ignored.py\n")
    for name in ("new.py", "ignored.py"):
        (repository / name).write_text("")
        (state,) = repositories([str(repository / name)])
        assert state["dirty"]


def test_without_git_or_a_commit_there_is_less_to_say(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "-q")
    (empty / "net.py").write_text("")
    assert repositories([str(empty / "net.py")]) == [{"folder": str(empty), "commit": "", "dirty": True}]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert repositories([str(repository / "net.py")]) == []


def test_of_built_in_parts_there_are_the_versions() -> None:
    kept = provenance_of({})
    assert (kept["code"], kept["code_hash"], kept["git"]) == ({}, "", [])
    assert kept["packages"]["torch"] == version("torch")
    assert {"python", "numpy", "pytorch-lightning"} <= kept["packages"].keys()
    assert versions(["no-such-distribution"]) == {}
