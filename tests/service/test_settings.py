"""Settings from the environment: what is wrong is told with its name, its value and what is right."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from experiments.errors import InvalidInput
from service.cli import main
from service.settings import Settings, read_settings
from service.supervisor.children import environment


@pytest.mark.parametrize(
    ("value", "modules"),
    [
        ("mine", ("mine",)),
        ("mine,other.part", ("mine", "other.part")),
        (" mine , other ,", ("mine", "other")),
        ('["mine", "other"]', ("mine", "other")),
        ("mine,mine", ("mine",)),
        ("[]", ()),
        ("", ()),
    ],
)
def test_modules_are_named_by_comma_or_as_a_list(
    monkeypatch: pytest.MonkeyPatch, value: str, modules: tuple[str, ...]
) -> None:
    monkeypatch.setenv("STUDYHALL_COMPONENTS", value)
    settings = read_settings()
    assert settings.components == modules
    for name, text in environment(settings).items():
        monkeypatch.setenv(name, text)
    assert read_settings().components == modules


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("COMPONENTS", "my-module", "'my-module' is no name of a module; write names by comma"),
        (
            "COMPONENTS",
            "my_module.py",
            "'my_module.py' is a file; write the name by which it is imported, e.g. my_module",
        ),
        ("COMPONENTS", "./src/net.py", "e.g. net, with its folder on PYTHONPATH"),
        ("COMPONENTS", '["mine"', "it begins as a JSON list and is none"),
        ("COMPONENTS", "[3]", "3 is no name of a module"),
        ("PORT", "abc", "this must be a whole number, not 'abc'"),
        ("PORT", "99999", "this must be less than or equal to 65535 (it is '99999')"),
        ("WORKERS", "-1", "this must be greater than or equal to 0 (it is '-1')"),
        ("GPUS", "many", "this must be a number, not 'many'"),
        ("STOP_GRACE", "0", "this must be greater than 0 (it is '0')"),
        ("POOL", "rya", "this must be 'ray' or 'process' (it is 'rya')"),
        ("MLFLOW_ENABLED", "maybe", "this must be true or false, not 'maybe'"),
        ("HOST", "http://0.0.0.0", "write a host name or an address without http://"),
        ("PUBLIC_URL", "lab.example", "write an address that begins with http:// or https:// (it is 'lab.example')"),
        ("MLFLOW_TRACKING_URI", "localhost 5000", "write where MLflow listens, e.g. http://127.0.0.1:5000"),
        ("MLFLOW_TRACKING_URI", "127.0.0.1:5000", "write where MLflow listens, e.g. http://127.0.0.1:5000"),
        ("DATABASE_URL", "mysql://u:secret@h/d", "write sqlite:///file.db, or postgresql://"),
        ("DATABASE_URL", "studies.db", "write sqlite:///file.db, or postgresql://"),
        ("ARTIFACT_URL", "s4://bucket", "fsspec knows no s4://; write a folder, or a URL such as s3://"),
        ("ARTIFACT_URL", "dropbox://folder", 'DropboxFileSystem requires "dropboxdrivefs"'),
        ("RAY_ADDRESS", "cluster", "write local, auto or host:port (it is 'cluster')"),
        ("HOME", __file__, "this is a file; name a folder"),
        ("PROT", "8000", "there is no such setting; did you mean STUDYHALL_PORT?"),
        ("COMPONENT", "mine", "there is no such setting; did you mean STUDYHALL_COMPONENTS?"),
    ],
)
def test_a_wrong_setting_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"STUDYHALL_{name}", value)
    with pytest.raises(SystemExit) as caught:
        main(["catalog"])
    err = capsys.readouterr().err
    assert caught.value.code == 2
    assert err.startswith(f"error: STUDYHALL_{name}: ")
    assert said in err
    assert err.count("\n") == 1
    assert "secret" not in err


def test_all_that_is_wrong_is_told_at_once_and_an_option_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDYHALL_POOL", "rya")
    monkeypatch.setenv("STUDYHALL_WORKERS", "x")
    with pytest.raises(InvalidInput) as caught:
        read_settings(port=-1)
    assert {problem.path for problem in caught.value.problems} == {"STUDYHALL_POOL", "STUDYHALL_WORKERS", "--port"}


def test_empty_variables_and_those_of_others_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PORT", "GPUS", "COMPONENTS", "DATABASE_URL"):
        monkeypatch.setenv(f"STUDYHALL_{name}", "")
    monkeypatch.setenv("STUDYHALL_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("STUDYHALL_PORT_8765_TCP", "tcp://10.0.0.1:8765")
    assert read_settings() == Settings()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////tmp/a.db",
        "postgresql://user:password@host/name",
        "postgresql+psycopg://user@host:5432/name?sslmode=require",
    ],
)
def test_right_urls_are_taken(url: str) -> None:
    assert read_settings(database_url=url, artifact_url="memory://bucket/a", public_url="https://lab").database == url


def test_a_file_that_is_no_folder_is_named_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(InvalidInput, match=f"name a folder \\(it is '{file}'\\)"):
        read_settings(home=file)


def test_a_process_of_the_service_says_it_too(tmp_path: Path) -> None:
    variables = {"STUDYHALL_PORT": "abc", "STUDYHALL_HOME": str(tmp_path / "home"), "PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-P", "-m", "service.supervisor.supervisor"]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("STUDYHALL_PORT: this must be a whole number, not 'abc'")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    "pool", [{}, {"pool": "process", "ray_address": "cluster:6379"}], ids=["local Ray", "processes"]
)
def test_workers_that_end_with_the_service_cannot_be_handed_over(
    pool: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDYHALL_HAND_OVER", "true")
    with pytest.raises(InvalidInput, match=r"STUDYHALL_HAND_OVER: .*set STUDYHALL_RAY_ADDRESS too, or leave it"):
        read_settings(**pool)
    assert read_settings(ray_address="cluster:6379").hand_over
