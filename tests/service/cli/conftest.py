"""The command, run in this process against the API kit's service."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import typer.main

from service.cli import main
from tests.support.api import api, lab, migrated, settings, url

__all__ = ["api", "lab", "migrated", "settings", "url"]

Command = Callable[..., tuple[int, str, str]]

_command = cache(typer.main.get_command)
"""What runs an app: put together once, for it takes longer than most commands."""


@pytest.fixture
def studyhall(url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs the command; exit code, standard output and standard error come back."""
    monkeypatch.setenv("STUDYHALL_URL", url)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(typer.main, "get_command", _command)

    def run(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main(words)
        code = caught.value.code
        said = capsys.readouterr()
        assert code is None or isinstance(code, int)
        return code or 0, said.out, said.err

    return run


def read(answer: tuple[int, str, str]) -> Any:
    assert answer[0] == 0, answer[2]
    return json.loads(answer[1])
