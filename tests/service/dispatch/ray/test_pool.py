"""What a pool makes of the Ray it finds; no Ray is started here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Never

import pytest

from service.dispatch.pool import PoolOptions
from service.dispatch.ray import pool as ray_pool
from service.dispatch.ray.driver import RayDriver, RayOptions
from service.dispatch.ray.pool import RayPool
from service.errors import PoolFailed
from service.study.jobs import Resources


class Attached(RayDriver):
    """A driver of a Ray that answers so."""

    def __init__(self, home: Path, nodes: Callable[[], dict[str, Resources]]) -> None:
        super().__init__(RayOptions(home))
        self.attached = True
        self._answer = nodes

    def nodes(self) -> dict[str, Resources]:
        return self._answer()


class RaySystemError(Exception):
    """As Ray's: of no family of Python's own."""


def disconnected() -> dict[str, Resources]:
    raise RaySystemError("Failed to connect to GCS")


@pytest.mark.parametrize(
    ("nodes", "reason"),
    [
        (lambda: {"one": Resources(2), "two": Resources(2)}, "set STUDYHALL_ARTIFACT_URL"),
        (dict, "no node of the Ray cluster is alive"),
        (disconnected, "Ray does not answer: .*Failed to connect to GCS"),
    ],
)
async def test_a_ray_that_is_of_no_use_fails_the_pool(
    tmp_path: Path, nodes: Callable[[], dict[str, Resources]], reason: str
) -> None:
    pool = RayPool(PoolOptions(str(tmp_path / "artifacts"), tmp_path / "workers"), Attached(tmp_path, nodes))
    with pytest.raises(PoolFailed, match=reason):
        await pool.start(1)


async def test_a_stop_amid_attaching_ends_the_workers_that_are_not_taken_over_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, ended = asyncio.Event(), []

    async def find(*_: object) -> Never:
        asked.set()
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    async def end(epoch: int, _: RayDriver) -> None:
        ended.append(epoch)

    monkeypatch.setattr(ray_pool, "find_workers", find)
    monkeypatch.setattr(ray_pool, "end_workers", end)
    driver = Attached(tmp_path, lambda: {"one": Resources(2)})
    pool = RayPool(PoolOptions(str(tmp_path / "artifacts"), tmp_path / "workers"), driver)
    starting = asyncio.create_task(pool.start(3))
    await asked.wait()
    starting.cancel()
    await pool.close()
    assert ended == [3]
