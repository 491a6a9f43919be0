"""A real service as a test sees it: its processes, and what it can be asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from service.client.client import Studyhall
from service.environment import LABEL
from service.settings import Settings
from service.supervisor import processes


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
        time.sleep(0.02)
