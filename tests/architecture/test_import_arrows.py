"""The import arrows: service -> search_spaces -> experiments, and what each of them may not know."""

from __future__ import annotations

from pathlib import Path

import pytest
from importlinter import cli
from importlinter.cli import EXIT_STATUS_ERROR, EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[2]
BACKWARDS = """
[importlinter]
root_packages =
    experiments
    search_spaces

[importlinter:contract:1]
name = Backwards
type = layers
layers =
    experiments
    search_spaces
"""


@pytest.fixture(autouse=True)
def loggers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The linter's own set-up of logging would disable the loggers of every module that is imported here."""
    monkeypatch.setattr(cli, "_configure_logging", lambda verbose: None)


def test_every_contract_of_the_project_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_an_arrow_the_wrong_way_would_be_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "backwards.ini"
    config.write_text(BACKWARDS)
    assert lint_imports(config_filename=str(config), no_cache=True) == EXIT_STATUS_ERROR
    assert "search_spaces is not allowed to import experiments" in capsys.readouterr().out
