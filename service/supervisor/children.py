"""The processes of a service: what each is started with."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from pathlib import Path

from experiments import own_process
from service import tokens
from service.errors import Conflict
from service.settings import Settings
from service.tracking import server

CREDENTIALS = frozenset({"token", "token_file"})
"""Settings that only the API is given."""
BEHIND_TRAINING = 10
"""Niceness of what no trial waits for: MLflow alone takes seconds of both cores when it is started again."""
_RAY_SETTINGS = frozenset({"STUDYHALL_HOME", "STUDYHALL_WORKERS", "STUDYHALL_GPUS"})
"""All that the head of Ray is given; users' code runs beside it."""


class Stage(IntEnum):
    """When a part starts. Those that start last also stop last: they keep what the others have made."""

    AT_ONCE = 0
    """While the database is made ready; what needs it is answered 503 until then."""
    DATABASE_READY = 1
    ANSWERING = 2
    """When the API answers: nobody waits for MLflow."""


@dataclass(frozen=True)
class ChildProcess:
    """A process of the service."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    stage: Stage = Stage.DATABASE_READY
    niceness: int = 0
    holds: Path | None = None
    """A file the process keeps open; if it is replaced (a wiped MLflow), the process starts anew."""


class PortTaken(Conflict):
    """A port that was asked for is in use."""


def parts(settings: Settings) -> tuple[ChildProcess, ...]:
    """API, engine and tracker, with Ray and MLflow unless they are elsewhere or not wanted; ports must be chosen."""
    ours = environment(settings)
    wanted = [
        _module("api", ours | credentials(settings), Stage.AT_ONCE),
        _module("engine", ours, Stage.DATABASE_READY),
    ]
    if settings.runs_ray:
        told = {name: value for name, value in ours.items() if name in _RAY_SETTINGS}
        wanted.insert(0, ChildProcess("ray", _command("dispatch.ray.head"), told, stage=Stage.AT_ONCE))
    if settings.mlflow_enabled:
        tracker = _module("tracking", ours, Stage.ANSWERING)
        wanted.append(replace(tracker, niceness=BEHIND_TRAINING))
    if runs_mlflow(settings):
        wanted.append(_mlflow(settings))
    return tuple(wanted)


def runs_mlflow(settings: Settings) -> bool:
    """Whether the MLflow server is ours to run."""
    return settings.mlflow_enabled and not settings.mlflow_tracking_uri


def environment(settings: Settings) -> dict[str, str]:
    """The settings as the variables that give a child process the same ones, but for the token that few need."""
    values = settings.model_dump(mode="json", exclude=set(CREDENTIALS)) | {"home": str(settings.directory)}
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}
    return {f"STUDYHALL_{name.upper()}": text for name, text in texts.items() if values[name] is not None}


def credentials(settings: Settings) -> dict[str, str]:
    """The variables that tell a process which token clients must send: for the API, and for who starts it."""
    if settings.token_file:
        return {tokens.FILE_VARIABLE: str(Path(settings.token_file).expanduser().resolve())}
    token = settings.token.get_secret_value()
    return {tokens.VARIABLE: token} if token else {}


def with_ports(settings: Settings) -> Settings:
    """The settings with a free port wherever any would do.

    Raises:
        PortTaken: a port that was asked for is in use; the message names the setting.
    """
    port = _port(settings.host, settings.port, "STUDYHALL_PORT, or --port")
    mlflow_port = settings.mlflow_port
    if runs_mlflow(settings):
        mlflow_port = _port(server.LOOPBACK, settings.mlflow_port, "STUDYHALL_MLFLOW_PORT")
    return settings.model_copy(update={"port": port, "mlflow_port": mlflow_port})


def _port(host: str, port: int, setting: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(
                f"port {port} on {host} cannot be used ({error.strerror}); choose another with {setting}"
            ) from error
        return int(probe.getsockname()[1])


def _module(name: str, ours: Mapping[str, str], stage: Stage) -> ChildProcess:
    return ChildProcess(name, _command(name), ours, stage=stage)


def _command(module: str) -> tuple[str, ...]:
    return tuple(own_process.command(f"service.{module}"))


def _mlflow(settings: Settings) -> ChildProcess:
    folder = settings.directory / "mlflow"
    return ChildProcess(
        "mlflow",
        tuple(server.command(settings, settings.mlflow_port)),
        server.environment(),
        cwd=folder,  # its web server would import modules from wherever the user stands
        stage=Stage.ANSWERING,
        niceness=BEHIND_TRAINING,
        holds=folder / "mlflow.db",
    )
