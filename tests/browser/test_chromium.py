"""The browser of these tests is found, or fetched, or its lack is told with the remedy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser import chromium


def command(path: Path, script: str) -> str:
    """An executable of this content."""
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_a_command_that_only_says_where_to_get_a_browser_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    command(tmp_path / "chromium", "echo 'run: snap install chromium'; exit 1")
    chrome = command(tmp_path / "google-chrome", "echo 'Google Chrome 150.0'")
    monkeypatch.delenv(chromium.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert chromium.find() == chrome


def test_what_is_missing_is_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = tmp_path / "chromium"
    monkeypatch.delenv(chromium.VARIABLE, raising=False)
    monkeypatch.setattr(chromium, "_candidates", lambda: iter([str(found)]))
    installer = command(tmp_path / "installer", f"printf '#!/bin/sh\\n' > {found}; chmod +x {found}")
    monkeypatch.setattr(chromium, "_ways", lambda: iter([["false"], [installer]]))
    assert chromium.find() is None
    assert chromium.fetch() == str(found)


def test_without_any_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(chromium.VARIABLE, str(tmp_path / "no-such-browser"))
    done = subprocess.run([sys.executable, "-m", "tests.browser.chromium"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "apt-get install chromium" in done.stderr
