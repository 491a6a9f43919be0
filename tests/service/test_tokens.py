"""The shared token, as it is given and as it is handed on."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.errors import Invalid
from service.settings import Settings
from service.supervisor.children import credentials, environment, parts
from service.tokens import token_of, token_of_environment

TOKEN = "b9d1c2e0f4a35768"  # of this test alone


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    return path


def test_a_token_may_lie_in_a_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert token_of("", str(file)) == token_of(TOKEN, "") == TOKEN
    assert (token_of("", ""), token_of_environment()) == ("", "")
    monkeypatch.setenv("STUDYHALL_TOKEN_FILE", str(file))
    assert (token_of_environment(), Settings().shared_token) == (TOKEN, TOKEN)


@pytest.mark.parametrize("content", ["", " \n", "two words", "two\nlines", "ключ"])
def test_a_file_without_a_token_is_told(file: Path, content: str) -> None:
    file.write_text(content, encoding="utf-8")

    with pytest.raises(Invalid, match=r"STUDYHALL_TOKEN_FILE.*openssl rand -hex 32"):
        token_of("", str(file))


def test_only_the_api_is_handed_the_token(file: Path) -> None:
    for settings in (Settings(token=TOKEN, mlflow_port=1), Settings(token_file=str(file), mlflow_port=1)):  # type: ignore[arg-type]
        told = {part.name: {name for name in part.environment if "TOKEN" in name} for part in parts(settings)}
        others: dict[str, set[str]] = {name: set() for name in ("ray", "engine", "tracking", "mlflow")}
        assert told == {"api": set(credentials(settings)), **others}
        assert TOKEN not in str(environment(settings))
        assert TOKEN not in repr(settings) + str(settings.model_dump())


def test_a_wrong_setting_does_not_say_what_else_is_set() -> None:
    with pytest.raises(ValueError, match="port") as caught:
        Settings(token=TOKEN, port=-1)  # type: ignore[arg-type]

    assert TOKEN not in str(caught.value)
