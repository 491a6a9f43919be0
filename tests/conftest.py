"""The order of the tests: the longest files, those in a browser, what waits for Ray or MLflow, then the quick ones.

Each file runs in one process, so a long one that came last would run alone at the end. Each process computes in one
thread: threads of several processes on the same cores spend their time waiting for each other. And Ray's workers are as
important as the tests that wait for them: nice as Ray makes them, they would train only while no other test computes.

Libraries and collected tests, 900,000 objects, stay until the end, so nobody looks for garbage among them: in each
process that took up to half a second, ten times while tests are collected and again while they run.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support.early_ray import was_imported_elsewhere

settings.register_profile("soak", max_examples=500, stateful_step_count=60, database=None, deadline=None)

FIRST = (
    "tests/end_to_end/test_service.py",
    "tests/contracts/pools/test_ray_pool.py",
    "tests/service/cli/test_run.py",
    "tests/browser",
)

gc.disable()  # until all is collected
os.environ["OMP_NUM_THREADS"] = "1"  # read when torch is imported
os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112 - so Ray spells it; read when it is started


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by how long a file takes, all in a browser together; the order is otherwise kept."""
    items.sort(key=lambda item: (*(not item.nodeid.startswith(file) for file in FIRST), not waits(item)))


def pytest_collection_finish() -> None:
    """Set apart all that there is now."""
    gc.freeze()
    gc.enable()


def waits(item: pytest.Item) -> bool:
    """Whether it needs real Ray, a real MLflow server or a browser."""
    return item.get_closest_marker("slow") is not None


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Descriptions of users' code are kept apart from those of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDYHALL_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def _ray_stays_on_loopback() -> Iterator[None]:
    """Name the test that would make others fail, whichever of them comes after it in its process."""
    was_before = was_imported_elsewhere()
    yield
    assert was_before or not was_imported_elsewhere(), "import Ray by import_ray()"
