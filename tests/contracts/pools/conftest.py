"""What the suites of pools share: a place for trainers that workers import, and one Ray for all of them."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from experiments import own_process
from service.dispatch.pool import PoolOptions
from service.dispatch.ray.directory import short_path
from service.dispatch.ray.driver import RayDriver, RayOptions
from service.environment import LABEL
from service.supervisor.processes import end, labeled, start

OURS = (
    *("STUDYHALL_DATABASE_URL", "STUDYHALL_TOKEN", "STUDYHALL_TOKEN_FILE", "STUDYHALL_MLFLOW_TRACKING_URI"),
    *("DATABASE_URL", "PGPASSWORD", "PGPASSFILE", "POSTGRES_PASSWORD"),
    *("MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"),
)
THEIRS = ("HF_HOME", "AWS_SECRET_ACCESS_KEY", "PGI", "MY_OWN_TOKEN")
"""Variables that training may need: the user's own, and the artifact store's credentials."""


@pytest.fixture(scope="session")
def on_path(namesakes: Path) -> str:
    """What a user has on PYTHONPATH: packages that are called like ours, and ``trainers/`` behind them."""
    folders = [str(namesakes), str(Path(__file__).parent / "trainers"), os.environ.get("PYTHONPATH")]
    return os.pathsep.join(filter(None, folders))


@pytest.fixture(scope="module")
def trainers(on_path: str) -> Iterator[None]:
    """Let workers find the modules of ``trainers/``; the tests of other files must not see it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", on_path)
        yield


SECRET = "known-to-the-service-alone"
"""What stands in every secret of ours that this process knows; no worker may see it."""


@pytest.fixture
def secrets() -> Iterator[str]:
    """The word that no worker may see; the variables are set for as long as the test."""
    with knowing():
        yield SECRET


@contextlib.contextmanager
def knowing() -> Iterator[None]:
    """Have the variables of a process that knows all of our secrets, and some things of the user's."""
    with pytest.MonkeyPatch.context() as patch:
        for name in OURS:
            patch.setenv(name, SECRET)
        for name in THEIRS:
            patch.setenv(name, "theirs")
        yield


@pytest.fixture(scope="session")
def namesakes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packages called like ours, each of which tells when it is imported."""
    folder = tmp_path_factory.mktemp("namesakes")
    for name in ("experiments", "search_spaces", "service"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(f"open({str(folder / 'sprung')!r}, 'a').write(__name__)")
    return folder


@pytest.fixture(scope="session")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to stand in, whose modules bear the names of ours and of torch; each tells when it is imported."""
    folder = tmp_path_factory.mktemp("trap")
    spring = f"open({str(folder / 'sprung')!r}, 'a').write(__name__)"
    for path in (folder / "experiments" / "__init__.py", folder / "service.py", folder / "torch.py"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(spring)
    return folder


@contextlib.contextmanager
def ray_head(home: Path) -> Iterator[psutil.Process]:
    """A Ray with four logical CPUs and two logical GPUs, as the supervisor starts it; its head is given."""
    sized = {"STUDYHALL_HOME": str(home), "STUDYHALL_WORKERS": "4", "STUDYHALL_GPUS": "2"}
    label = {LABEL: f"{home}|test|ray"}
    head = start(own_process.command("service.dispatch.ray.head"), sized | label, home / "ray.log")
    try:
        yield psutil.Process(head.pid)
    finally:
        head.terminate()
        head.wait(20)
        end(labeled(f"{home}|"), grace=0)
        shutil.rmtree(short_path(home), ignore_errors=True)


@pytest.fixture(scope="session")
def ray_driver(on_path: str, trap: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RayDriver]:
    """This process as a driver of a Ray whose head was started while standing in the trap."""
    driver = RayDriver(RayOptions(tmp_path_factory.mktemp("ray")))
    with contextlib.ExitStack() as running:
        with contextlib.chdir(trap), knowing(), pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", on_path)
            running.enter_context(ray_head(driver.options.home))
            asyncio.run(driver.attach())
        running.callback(driver.detach)
        yield driver


@pytest.fixture(scope="module")
def options(trainers: None, tmp_path_factory: pytest.TempPathFactory) -> PoolOptions:
    """A pool of one worker that trains for real, and knows a user's own components."""
    home = tmp_path_factory.mktemp("home")
    components = ("own_parts", "own_plateau", "no_such_parts")
    return PoolOptions(str(home / "artifacts"), home / "workers", workers=1, components=components)
