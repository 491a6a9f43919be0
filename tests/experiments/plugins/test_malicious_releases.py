"""Where a malicious release is installed, no module of a user's own is imported, in no process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments import own_process
from experiments.plugins import registration
from experiments.plugins.descriptions import description_of, still_holds
from experiments.plugins.loading import load_plugins
from experiments.registry import EXPERIMENTS, Looked

TRACE = "import pathlib\npathlib.Path(__file__ + '.trace').touch()\n"
MODULE = "harmless_module"


class Site:
    """A folder on the path of this process and its children, where packages come and go."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "lightning").mkdir()
        (folder / "lightning" / "__init__.py").write_text(TRACE)
        (folder / f"{MODULE}.py").write_text(TRACE)

    def install(self, version: str) -> None:
        """Let the metadata of a release be there, and no other."""
        for old in self.folder.glob("*.dist-info"):
            (old / "METADATA").unlink()
            old.rmdir()
        metadata = self.folder / f"lightning-{version}.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: lightning\nVersion: {version}\n")

    def imported(self) -> list[str]:
        return sorted(file.name for file in self.folder.rglob("*.trace"))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", f"{folder}:{own_process.LAUNCHER.parent}")
    yield Site(folder)
    sys.modules.pop(MODULE, None)
    EXPERIMENTS.looked = Looked()


def test_no_process_imports_a_users_module(site: Site) -> None:
    """Not to describe it, not in a worker, not in a run without a service. Each says why, and what to do."""
    site.install("2.6.2")
    (refused,) = registration.describe([MODULE])["refused"]
    said: list[str] = []
    load_plugins([MODULE], said.append)
    assert site.imported() == []
    assert refused["name"] == MODULE
    assert "lightning 2.6.2 is installed, a release that carries malicious code" in refused["reason"]
    assert "remove it, renew the passwords" in refused["reason"]
    assert said == [f"{MODULE} is left out: {refused['reason']}"]


def test_a_release_that_comes_later_ends_what_was_described_before(site: Site, tmp_path: Path) -> None:
    site.install("2.6.1")
    before = description_of([MODULE], tmp_path / "kept")
    assert site.imported() == [f"{MODULE}.py.trace"]
    assert ["no experiment" in refused["reason"] for refused in before["refused"]] == [True]
    site.install("2.6.3")
    assert not still_holds(before, [MODULE])
    after: dict[str, Any] = description_of([MODULE], tmp_path / "kept")
    assert ["malicious" in refused["reason"] for refused in after["refused"]] == [True]
    assert still_holds(after, [MODULE])
    site.install("2.6.4")
    assert description_of([MODULE], tmp_path / "kept") == before
