"""What the process sees that imports users' code to describe it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from experiments.registry import EXPERIMENTS, Looked
from service.foreign import Foreign
from service.settings import Settings


def test_users_code_is_described_without_the_ways_into_our_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, str] = {}

    def run(command: list[str], env: Mapping[str, str], **_: object) -> None:
        seen.update(env)
        raise subprocess.CalledProcessError(1, command, stderr="")

    monkeypatch.setattr("experiments.foreign.subprocess.run", run)
    monkeypatch.setattr(EXPERIMENTS, "looked", Looked())
    for name in ("HF_HOME", "DATABASE_URL", "PGPASSWORD", "MLFLOW_TRACKING_TOKEN", "STUDYHALL_TOKEN"):
        monkeypatch.setenv(name, "x")

    Foreign(Settings(components=("nobodys_module",), cache=tmp_path)).follow()

    assert seen["HF_HOME"] == "x"
    assert not seen.keys() & {"DATABASE_URL", "PGPASSWORD", "MLFLOW_TRACKING_TOKEN", "STUDYHALL_TOKEN"}
