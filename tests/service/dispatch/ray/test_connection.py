"""How a worker of Ray's is ended; no Ray is started here."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from service.dispatch import wire
from service.dispatch.build import build_hash
from service.dispatch.ray import connection
from service.dispatch.ray.connection import RayConnection
from service.dispatch.ray.driver import RayDriver, RayOptions
from service.study.jobs import PoolKey, Resources
from tests.support.early_ray import import_ray


class Remote:
    """A method of an actor, whose calls are answered so, one after the other; then nothing is heard of any."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)

    def options(self, **_: Any) -> Remote:
        return self

    def remote(self, *_: Any) -> Any:
        return self._answers.pop(0) if self._answers else unanswered()


def unanswered() -> asyncio.Future[Any]:
    return asyncio.get_running_loop().create_future()


def answered(answer: object) -> asyncio.Future[Any]:
    future = unanswered()
    future.set_result(answer)
    return future


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The actors that Ray is told to kill, which here it does not hear."""
    killed: list[Any] = []
    monkeypatch.setattr(import_ray(), "kill", killed.append)
    monkeypatch.setattr(connection, "_LEAVE_PATIENCE", 0.01)
    return killed


async def test_an_actor_is_not_killed_before_ray_has_created_it(tmp_path: Path, killed: list[Any]) -> None:
    created = unanswered()
    actor = SimpleNamespace(command=Remote(), __ray_ready__=Remote(created), leave=Remote())
    ending = asyncio.create_task(RayConnection(actor, 1, RayDriver(RayOptions(tmp_path)), node="here").end())
    for _ in range(10):
        await asyncio.sleep(0)
    assert killed == []
    created.set_result(True)
    await ending
    assert killed == [actor]


async def test_a_worker_that_was_never_heard_may_be_a_successor_s_and_is_asked(
    tmp_path: Path, killed: list[Any]
) -> None:
    """This engine has started it, and slept when it came up; another one has taken it over."""
    refuses = Remote(answered(False))
    actor = SimpleNamespace(command=Remote(), __ray_ready__=Remote(answered(True)), leave=refuses)
    await RayConnection(actor, 1, RayDriver(RayOptions(tmp_path)), node="here").end()
    assert killed == []


@pytest.mark.parametrize("overslept", [True, False])
async def test_an_engine_that_slept_while_it_waited_asks_again_before_it_kills(
    tmp_path: Path, killed: list[Any], monkeypatch: pytest.MonkeyPatch, overslept: bool
) -> None:
    if overslept:  # any wait that is longer than nothing says so
        monkeypatch.setattr(connection, "_OVERSLEPT", -1.0)
    actor = SimpleNamespace(command=Remote(), leave=Remote(unanswered(), answered(False)))
    await RayConnection(actor, 1, RayDriver(RayOptions(tmp_path))).end()
    assert killed == ([] if overslept else [actor])


async def test_a_worker_of_another_version_of_the_protocol_is_asked_to_leave_and_ended(
    tmp_path: Path, killed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import ray

    def actor(name: str, version: int) -> SimpleNamespace:
        attached = wire.Attached(wire.WorkerSpec(name, PoolKey(Resources()), ""), ())
        answer = version, build_hash(), wire.encode(attached)
        return SimpleNamespace(command=Remote(), attach=Remote(answered(answer)), leave=Remote())

    actors = {"ours": actor("ours", wire.VERSION), "older": actor("older", wire.VERSION - 1)}

    async def names() -> set[str]:
        return set(actors)

    monkeypatch.setattr(connection, "names_of_workers", names)
    monkeypatch.setattr(ray, "get_actor", actors.__getitem__)
    found = await connection.find_workers(2, RayDriver(RayOptions(tmp_path)))
    assert [each.attached.spec.id for each in found] == ["ours"]
    assert killed == [actors["older"]]
