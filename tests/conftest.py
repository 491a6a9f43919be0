"""The order of the tests: the longest files first, then what waits for Ray, MLflow or a browser, then the quick ones.

Each file runs in one process, so a long one that came last would run alone at the end.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

LONGEST = ("tests/end_to_end/", "tests/contracts/pools/", "tests/faults/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by how long a test takes; the order is otherwise kept."""
    items.sort(key=lambda item: (not item.nodeid.startswith(LONGEST), item.get_closest_marker("slow") is None))


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Descriptions of users' code are kept apart from those of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDYHALL_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
