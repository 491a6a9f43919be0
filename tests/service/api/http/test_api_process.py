"""The API as a process: light, quick to answer, and gone when it is told to go."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from experiments import own_process
from service.settings import Settings
from tests.support.api import STUDY

HEAVY = ("torch", "pytorch_lightning", "lightning", "mlflow", "pandas", "scipy", "sklearn", "ray", "matplotlib")
LIMIT = 150 * 2**20
EXERCISE = f"""
import sys
from fastapi.testclient import TestClient
from service.api.app import create_app
from service.settings import Settings
import service.api.__main__
with TestClient(create_app(Settings()), base_url="http://127.0.0.1") as api:
    assert api.post("/api/v1/studies", json={STUDY!r}).status_code == 201
    assert api.post("/api/v1/studies:validate", json={STUDY!r}).status_code == 200
    analyses = [f"studies/digits/{{name}}" for name in ("importances", "effects", "parallel", "history")]
    for path in ("catalog", "studies", "search-spaces", "curves?study=digits&metric=val_loss", *analyses):
        assert api.get("/api/v1/" + path).status_code == 200
print([name for name in {HEAVY!r} if name in sys.modules])
"""


def environment(settings: Settings, port: int = 0) -> dict[str, str]:
    return {**os.environ, "STUDYHALL_HOME": str(settings.home), "STUDYHALL_PORT": str(port)}


def test_no_request_loads_anything_heavy(settings: Settings) -> None:
    done = subprocess.run(
        [sys.executable, "-c", EXERCISE], env=environment(settings), capture_output=True, text=True, check=False
    )

    assert done.stdout.strip() == "[]", done.stderr


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_process_is_small_and_a_stop_ends_it_with_its_streams(
    settings: Settings, free_port: int, tmp_path: Path
) -> None:
    command = own_process.command("service.api")
    url = f"http://127.0.0.1:{free_port}"
    with (
        (tmp_path / "log").open("w+b") as log,
        subprocess.Popen(command, env=environment(settings, free_port), stdout=log, stderr=log) as process,
    ):
        try:
            transport = httpx.HTTPTransport(retries=10)
            with httpx.Client(transport=transport, base_url=url, timeout=10) as client:
                assert client.get("/healthz").status_code == 200
                answer = client.post("/api/v1/studies", json=STUDY)
                assert answer.status_code == 201, answer.text + Path(log.name).read_text()
                assert client.post("/api/v1/studies:validate", json=STUDY).status_code == 200
                assert psutil.Process(process.pid).memory_info().rss < LIMIT
                listening = [
                    one.laddr.ip for one in psutil.Process(process.pid).net_connections() if one.status == "LISTEN"
                ]
                assert listening == ["127.0.0.1"]
                with client.stream("GET", "/api/v1/studies/digits/events") as stream:
                    lines = stream.iter_lines()
                    next(lines)
                    process.send_signal(signal.SIGTERM)
                    list(lines)
            assert process.wait(10) in {0, -signal.SIGTERM}
        finally:
            process.kill()
        log.seek(0)
        assert log.read() == b""
