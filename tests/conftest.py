"""The order of the tests: the longest files first, then what waits for Ray, MLflow or a browser, then the quick ones.

Each file runs in one process, so a long one that came last would run alone at the end.
"""

from __future__ import annotations

import pytest

LONGEST = ("tests/whole/", "tests/contracts/pools/", "tests/faults/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by how long a test takes; the order is otherwise kept."""
    items.sort(key=lambda item: (not item.nodeid.startswith(LONGEST), item.get_closest_marker("slow") is None))
