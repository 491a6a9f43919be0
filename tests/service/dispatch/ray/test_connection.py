"""How a worker of Ray's is ended; no Ray is started here."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from service.dispatch.ray.connection import RayConnection
from service.dispatch.ray.driver import RayDriver, RayOptions
from service.dispatch.ray.environment import local_variables, ray_environment


class Remote:
    """A method of an actor, each call of which has the same answer."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def options(self, **_: Any) -> Remote:
        return self

    def remote(self, *_: Any) -> Any:
        return self._answer


async def test_an_actor_is_not_killed_before_ray_has_created_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It reads them when it is imported, and another test of this process may attach.
    with ray_environment({} if "ray" in sys.modules else local_variables(tmp_path)):
        import ray
    killed: list[Any] = []
    monkeypatch.setattr(ray, "kill", killed.append)
    created: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    actor = SimpleNamespace(command=Remote(None), __ray_ready__=Remote(created))
    ending = asyncio.create_task(RayConnection(actor, 1, RayDriver(RayOptions(tmp_path)), node="here").end())
    for _ in range(10):
        await asyncio.sleep(0)
    assert killed == []
    created.set_result(True)
    await ending
    assert killed == [actor]
