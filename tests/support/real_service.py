"""A real service as a test sees it: its processes, and what it can be asked."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from experiments import own_process
from service.client.client import Studyhall
from service.environment import LABEL
from service.settings import Settings
from service.supervisor import processes
from service.supervisor.children import environment
from service.supervisor.home import last_served


@dataclass
class RealService:
    """A running service, a client of it, and its processes."""

    settings: Settings
    hall: Studyhall

    def processes(self) -> list[psutil.Process]:
        """Every living process of the service, Ray's daemons and workers included, but the supervisor's guard."""
        found = processes.labeled(processes.label(self.settings.directory))
        return [each for each in found if each.status() != psutil.STATUS_ZOMBIE]

    def part(self, name: str) -> psutil.Process:
        """The main process of a part: the first to carry its label."""
        carriers = [each for each in self.processes() if each.environ()[LABEL].endswith(f"|{name}")]
        return min(carriers, key=lambda each: each.create_time())

    def settled(self) -> None:
        """Wait until MLflow has everything."""
        until(lambda: not self.hall.readiness()["mlflow_pending"], 60)


def until(condition: Callable[[], object], patience: float = 60.0) -> None:
    """Return once the condition holds."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.1)


@dataclass
class Terminal:
    """What a service shows that has not become ready, and perhaps never does."""

    settings: Settings
    output: Path

    def said(self) -> str:
        """What stands in the terminal in which it is served."""
        return self.output.read_text()

    def log(self, part: str) -> str:
        """What a part has written."""
        log = self.settings.directory / "logs" / f"{part}.log"
        return log.read_text() if log.exists() else ""

    def reason(self) -> str:
        """Why it is not ready; nothing while it does not answer."""
        served = last_served(self.settings.directory)
        with contextlib.suppress(httpx.TransportError):
            answer: dict[str, Any] = httpx.get(f"{served.url}/readyz").json() if served else {}
            return str(answer.get("reason", ""))
        return ""

    def tells(self, trouble: str, tries: int) -> None:
        """Wait until the engine has met the trouble so often: the terminal says it once, and ``/readyz`` each time."""
        until(lambda: self.log("engine").count(trouble) >= tries)
        until(lambda: trouble in self.reason())
        lines = [line for line in self.said().splitlines() if line.startswith(f"engine ended ({trouble}")]
        assert len(lines) == 1, self.said()
        assert "starts again" in lines[0]


@contextlib.contextmanager
def served_in_vain(settings: Settings, output: Path) -> Iterator[Terminal]:
    """Serve as long as the block lasts, whether the service becomes ready or not; its end must be an orderly one."""
    supervisor = processes.start(own_process.command("service.supervisor.supervisor"), environment(settings), output)
    try:
        yield Terminal(settings, output)
        supervisor.terminate()
        assert supervisor.wait(30) == 0
    finally:
        supervisor.kill()
        supervisor.wait()
