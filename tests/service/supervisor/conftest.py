"""A supervisor in a process of its own, which leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.supervisors import Service


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A service that is gone after the test, whatever was done to it."""
    service = Service(tmp_path / "home")
    yield service
    if service.process is not None and service.process.poll() is None:
        service.process.kill()
        service.process.wait()
    for process in service.ours():
        process.kill()
