"""Which of a process's variables those that it starts may see."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import pytest

from experiments.plugins import descriptions, registration
from service.api import __main__ as api
from service.engine import __main__ as engine
from service.environment import LABELS, without_ours
from service.plugins import register_plugins
from service.settings import Settings


def test_what_nobody_can_list_stays_and_what_is_ours_goes() -> None:
    theirs = dict.fromkeys(("PATH", "PGI", "CUDA_HOME", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "RAY_AUTH_TOKEN"), "x")
    ours = dict.fromkeys(("STUDYHALL_DATABASE_URL", "STUDYHALL_OWN", "PGPASSWORD", "MLFLOW_TRACKING_TOKEN"), "x")

    assert without_ours(theirs | ours | dict.fromkeys(LABELS, "x")) == theirs | dict.fromkeys(LABELS, "x")


def test_users_code_is_described_without_what_is_ours(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "secret")
    monkeypatch.setenv("HF_HOME", "/data/hub")
    seen: dict[str, str] = {}

    def describe(modules: Sequence[str], variables: Mapping[str, str]) -> dict[str, object]:
        seen.update(variables)
        found: dict[str, object] = {"experiments": [], "components": [], "refused": []}
        return {
            **found,
            "looked": registration.looked(modules),
            "state": {"files": {}, "folders": [], "found": {}, "path": []},
        }

    monkeypatch.setattr(descriptions, "describe", describe)
    register_plugins(settings.model_copy(update={"components": ("mine",), "cache": settings.home}))

    assert (seen.get("PGPASSWORD"), seen["HF_HOME"]) == (None, "/data/hub")


@pytest.mark.parametrize("process", [api, engine])
def test_a_process_forgets_its_settings_before_it_starts_others(
    process: object, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both describe users' modules in a process of its own, which runs the users' code."""
    for name, value in {"HOME": str(settings.home), "TOKEN": "t", "DATABASE_URL": settings.database}.items():
        monkeypatch.setenv(f"STUDYHALL_{name}", value)
    monkeypatch.setenv("STUDYHALL_PART", "a|b|c")
    seen: list[str] = []

    def note(*_: object) -> None:
        seen.extend(name for name in os.environ if name.startswith("STUDYHALL_"))

    monkeypatch.setattr(api.Server, "run", note)
    monkeypatch.setattr(engine, "register_plugins", note)
    monkeypatch.setattr(engine.asyncio, "run", lambda work: work.close())
    process.main()  # type: ignore[attr-defined]

    assert seen == ["STUDYHALL_PART"]
