"""A whole service for as long as a block lasts, and how one sees that it answers."""

from __future__ import annotations

import contextlib
import http.client
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from experiments import own_process
from service.access import Access
from service.errors import Conflict, Unavailable
from service.extras import demand, of_service
from service.settings import Settings
from service.supervisor import processes
from service.supervisor.children import credentials, environment
from service.supervisor.home import last_served

EXIT_CONFLICT = 2
"""The supervisor's exit code when something else stands in its way: another service, or a port that is taken."""


def address(settings: Settings) -> str:
    """Where the service is reached from this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://{host}:{settings.port}"


def answers(settings: Settings, path: str, timeout: float = 1.0) -> bool:
    """Whether the API answers 200 to this path."""
    connection = http.client.HTTPConnection(address(settings).removeprefix("http://"), timeout=timeout)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextlib.contextmanager
def serving(settings: Settings, patience: float = 60.0) -> Iterator[str]:
    """Run a whole service for as long as the block lasts; its address is given once it is ready.

    Raises:
        Invalid: other machines could reach the API and it is not protected.
        Conflict: the data directory is served already, or a port is taken; the message is the supervisor's.
        Unavailable: an extra is not installed, or the service did not become ready.
    """
    Access.from_settings(settings)
    demand(*of_service(settings))
    command = own_process.command("service.supervisor.supervisor")
    variables = environment(settings) | credentials(settings)
    log = settings.directory / "logs" / "serve.log"
    settings.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    supervisor = processes.start(command, variables, log)
    try:
        yield _ready(settings, supervisor, log, time.monotonic() + patience)
    finally:
        supervisor.terminate()
        try:
            supervisor.wait(settings.stop_grace + 10)
        except subprocess.TimeoutExpired:
            supervisor.kill()
            supervisor.wait()


def _ready(settings: Settings, supervisor: subprocess.Popen[bytes], log: Path, deadline: float) -> str:
    while time.monotonic() < deadline:
        if (code := supervisor.poll()) is not None:
            message = last_line(log.read_text(encoding="utf-8", errors="replace"))
            raise Conflict(message) if code == EXIT_CONFLICT else Unavailable(message)
        served = last_served(settings.directory)
        if served is not None and served.pid == supervisor.pid:
            port = int(served.url.rpartition(":")[2])
            if answers(settings.model_copy(update={"port": port}), "/readyz"):
                return served.url
        time.sleep(0.05)
    raise Unavailable(f"the service did not become ready; see {settings.directory / 'logs'}")


def last_line(text: str) -> str:
    """The last line that says something."""
    return next((line for line in reversed(text.splitlines()) if line.strip()), "no reason was given")
