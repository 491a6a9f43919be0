"""What the suites of pools share: a place for trainers that workers import, and one Ray for all of them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.dispatch.pool import PoolOptions
from service.dispatch.ray_runtime import RayOptions, RayRuntime


@pytest.fixture(scope="session")
def trainers() -> Iterator[None]:
    """Let workers find the modules of ``trainers/``."""
    before = os.environ.get("PYTHONPATH")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(Path(__file__).parent / "trainers"), before])))
        yield


@pytest.fixture(scope="session")
def ray_runtime(trainers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RayRuntime]:
    """A Ray with four logical CPUs and two logical GPUs."""
    runtime = RayRuntime(RayOptions(tmp_path_factory.mktemp("ray"), cpus=4, gpus=2))
    runtime.start()
    yield runtime
    runtime.stop()


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> PoolOptions:
    """A pool of one worker that trains for real."""
    home = tmp_path_factory.mktemp("home")
    return PoolOptions(artifacts=str(home / "artifacts"), scratch=home / "workers", workers=1)
