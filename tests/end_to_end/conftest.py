"""One real service (supervisor, API, engine, Ray workers, tracker, MLflow) for all tests of the service.

Its users brought the modules of ``strangers``.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from experiments.plugins import own_code
from experiments.plugins.describing import load
from service.client.client import Studyhall
from service.environment import LABEL
from service.settings import Settings
from service.supervisor import processes
from service.supervisor.serving import serving

HERE = Path(__file__).parent
STRANGERS = tuple(
    f"strangers.{name}" for name in ("adversarial", "contrast", "kinds", "random_rows", "template", "transformer")
)
INTRUDERS = {
    "experiments/__init__.py": "raise RuntimeError('experiments was taken from the current directory')",
    "search_spaces.py": "raise RuntimeError('search_spaces was taken from the current directory')",
    "service.py": "raise RuntimeError('service was taken from the current directory')",
    "torch.py": "raise RuntimeError('torch was taken from the current directory')",
}


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


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    """Served from a folder that has modules of the same names as ours and torch's, with those of ours on PYTHONPATH."""
    folder, on_path = tmp_path_factory.mktemp("elsewhere"), tmp_path_factory.mktemp("on_path")
    for place in (folder, on_path):
        for path, code in INTRUDERS.items():
            (place / path).parent.mkdir(exist_ok=True)
            (place / path).write_text(code)
    (on_path / "torch.py").unlink()  # who puts a torch of his own on the path wants it
    settings = Settings(home=folder / "home", port=0, components=STRANGERS)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("PYTHONPATH", os.pathsep.join(map(str, (on_path, HERE))))
        with serving(settings, patience=120) as url, Studyhall(url) as hall:
            yield RealService(settings, hall)


@pytest.fixture(scope="module")
def loaded() -> Iterator[None]:
    """The strangers' modules are registered in this process, as in a worker."""
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(HERE)
        assert load(STRANGERS)["refused"] == []
        yield
    for name in set(sys.modules) - before:
        if name.partition(".")[0] == "strangers":
            del sys.modules[name]
    own_code._LOADED.clear()
    load()
