"""The client of the API kit's service."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.client.client import Studyhall
from tests.support.api import api, lab, migrated, settings, url

__all__ = ["api", "lab", "migrated", "settings", "url"]


@pytest.fixture
def hall(url: str) -> Iterator[Studyhall]:
    with Studyhall(url) as client:
        yield client
