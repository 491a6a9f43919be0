"""The lines to workers that are Ray actors: named and detached, so that they outlive their engine and can be found."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import textwrap
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

from service.dispatch import wire
from service.dispatch.build import build_hash
from service.dispatch.ledger import Placement
from service.dispatch.member import Death, FoundWorker
from service.dispatch.ray.driver import RayDriver
from service.dispatch.ray.worker import RayWorker
from service.environment import limits
from service.study.states import FailureKind

logger = logging.getLogger(__name__)

_COLORS = re.compile(r"\x1b\[[0-9;]*m")
_LONGEST_REASON = 500
"""Characters of Ray's own words in a reason that users read."""
_ATTACH_PATIENCE = 10.0
"""Seconds for the workers that are found to say who they are; one that holds its interpreter for longer is ended."""
_CREATION_PATIENCE = 60.0
"""Seconds for Ray to create an actor that is to be ended; one that no node has room for yet waits for that."""
_LEAVE_PATIENCE = 2.0
"""Seconds for a worker to leave when it is told to. Longer than an engine takes to notice that it was replaced."""
_OVERSLEPT = 1.0
"""Seconds by which a wait may take longer than it should until that says that this process was stopped meanwhile."""


class RayConnection:
    """The line to one actor, for the engine with this epoch."""

    def __init__(self, actor: Any, epoch: int, driver: RayDriver, *, node: str = "") -> None:
        """``node`` is where it was placed; an actor that was found says so itself, when it is attached."""
        self._actor = actor
        self._node = node
        self._epoch = epoch
        self._driver = driver
        self._command = actor.command.options(concurrency_group="control", num_returns=0)
        self._is_known = False
        """Whether the actor has answered before."""
        self._error: Exception | None = None
        self._killing: asyncio.Task[None] | None = None

    @classmethod
    def start(cls, spec: wire.WorkerSpec, placement: Placement, epoch: int, driver: RayDriver) -> RayConnection:
        """Begin to start a worker."""
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        resources = spec.key.resources
        environment = limits(resources)
        if not resources.gpus:
            environment["CUDA_VISIBLE_DEVICES"] = ""
        actor = (
            ray.remote(concurrency_groups={"control": 1, "messages": 4})(RayWorker)
            .options(
                name=spec.id,
                lifetime="detached",
                num_cpus=resources.cpus,
                num_gpus=resources.gpus,
                max_restarts=0,
                max_task_retries=0,
                scheduling_strategy=NodeAffinitySchedulingStrategy(placement.node, soft=False),
            )
            .remote(wire.encode(spec), environment)
        )
        return cls(actor, epoch, driver, node=placement.node)

    def send(self, order: str) -> None:
        """Call the actor; calls arrive in their order."""
        self._command.remote(order)

    async def attach(self) -> FoundWorker | None:
        """Have the actor obey this engine; nothing if it speaks another version of the protocol."""
        call = self._actor.attach.options(concurrency_group="control").remote(self._epoch)
        version, build, attached = await asyncio.wait_for(call, _ATTACH_PATIENCE)
        self._is_known = True
        if version != wire.VERSION:
            return None
        found = FoundWorker(wire.decode(attached), self, build == build_hash())
        self._node = found.attached.spec.node
        return found

    async def messages(self) -> AsyncIterator[str]:
        """Read the actor's stream until the actor is dead."""
        from ray.exceptions import RayError

        options = {"num_returns": "streaming", "concurrency_group": "messages"}
        stream = self._actor.messages.options(**options).remote(self._epoch)
        try:
            async for reference in stream:
                message = await reference
                self._is_known = True
                yield message
        except RayError as error:
            self._error = error

    async def death(self) -> Death:
        """What Ray says of the actor's end.

        Raises:
            PoolFailed: Ray itself has died, and the actor with it; that is no fault of its run.
        """
        self._driver.check_head()
        if self._killing is not None:
            return Death(FailureKind.WORKER_LOST, "the worker was ended on request", on_request=True)
        self.kill()  # one that only does not answer may live, and nobody hears it any more
        return death_of(self._error, node_lives=self._node in await self._driver.check())

    def kill(self) -> None:
        """End the actor; what it had started goes with it."""
        if self._killing is None:
            self._killing = asyncio.create_task(self.end(), name="end a worker")

    async def end(self) -> None:
        """Tell the worker to leave, which it does only for the engine that it obeys.

        One that cannot hear is ended by Ray, who asks nobody: by then this engine would know that it was replaced. But
        not one that was stopped while it waited: its successor may have the worker now, so it asks once more.
        """
        import ray
        from ray.exceptions import RayError

        if self._node and not self._is_known:  # it was started here, and has not spoken yet
            await self._created()
        overslept = True
        while overslept:
            asked_at = time.monotonic()
            try:
                call = self._actor.leave.options(concurrency_group="control").remote(self._epoch)
                await asyncio.wait_for(call, _LEAVE_PATIENCE)
            except RayError:
                return  # it is gone
            except TimeoutError:
                overslept = time.monotonic() - asked_at > _LEAVE_PATIENCE + _OVERSLEPT
            else:
                return  # it obeys another engine
        ray.kill(self._actor)

    async def _created(self) -> None:
        """Wait for the actor: the CPUs of one that is killed while Ray creates it are lost until Ray ends."""
        from ray.exceptions import RayError

        with contextlib.suppress(RayError, TimeoutError):
            ready = self._actor.__ray_ready__.options(concurrency_group="control").remote()
            await asyncio.wait_for(ready, _CREATION_PATIENCE)


async def names_of_workers() -> set[str]:
    """Of all workers of this service, whoever has started them."""
    from ray.util import list_named_actors

    return set(await asyncio.to_thread(list_named_actors))


async def find_workers(epoch: int, driver: RayDriver) -> Sequence[FoundWorker]:
    """The workers that an engine of this service has left; those that cannot be spoken with are ended."""
    connections = connect(await names_of_workers(), epoch, driver)
    answers = await asyncio.gather(*(each.attach() for each in connections.values()), return_exceptions=True)
    found = []
    for (name, connection), answer in zip(connections.items(), answers, strict=True):
        if isinstance(answer, FoundWorker):
            found.append(answer)
        else:
            logger.warning("%s cannot be taken over and is ended: %r", name, answer)
            await connection.end()
    return found


async def end_workers(epoch: int, driver: RayDriver) -> None:
    """End the workers that an engine of this service has left, none of which was taken over."""
    connections = connect(await names_of_workers(), epoch, driver)
    await asyncio.gather(*(each.end() for each in connections.values()))


def connect(names: Iterable[str], epoch: int, driver: RayDriver) -> dict[str, RayConnection]:
    """The lines to the workers of these names that live."""
    import ray

    connections = {}
    for name in names:
        try:
            connections[name] = RayConnection(ray.get_actor(name), epoch, driver)
        except ValueError:
            continue  # it has died since
    return connections


def death_of(error: Exception | None, *, node_lives: bool = True) -> Death:
    """Ray's account of an actor's end as ours: memory that ran out, a node that is gone, or the worker alone.

    Of a process that died alone Ray knows within a second, which it waits for. So a worker that does not answer, and of
    whose death nothing is known, is cut off with its node; of that Ray is sure only after 10 to 25 seconds.
    """
    from ray.exceptions import ActorUnavailableError, OutOfMemoryError

    plain = _COLORS.sub("", str(error or "its stream of messages ended"))
    reason = textwrap.shorten(plain, _LONGEST_REASON, placeholder=" …")
    if isinstance(error, OutOfMemoryError):
        return Death(FailureKind.OUT_OF_MEMORY, f"Ray ended the worker because memory ran out: {reason}")
    if isinstance(error, ActorUnavailableError) or not node_lives:
        return Death(FailureKind.NODE_LOST, f"the worker is lost with its node: {reason}")
    return Death(FailureKind.WORKER_LOST, f"the worker is lost: {reason}")
