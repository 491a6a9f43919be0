"""One real service (supervisor, API, engine, Ray workers, tracker, MLflow) for all tests of the service.

Its users brought the modules of ``strangers``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from experiments.plugins import own_code
from experiments.plugins.describing import load
from service.client.client import Studyhall
from service.settings import Settings
from service.supervisor.serving import serving
from tests.support.real_service import RealService

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
