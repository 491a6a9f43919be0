"""The pool on Ray: every worker is a warm actor that holds its resources, and its messages are one stream."""

from __future__ import annotations

import asyncio
import re
import textwrap
from collections.abc import AsyncIterator, Mapping
from typing import Any

from service.dispatch import wire
from service.dispatch.ledger import Placement
from service.dispatch.pool import Connection, Death, PoolOptions, WarmPool
from service.dispatch.ray.driver import RayDriver, RayOptions
from service.dispatch.ray.worker import RayWorker
from service.environment import limits
from service.errors import PoolFailed
from service.settings import Settings
from service.study.jobs import Resources
from service.study.states import FailureKind

_COLORS = re.compile(r"\x1b\[[0-9;]*m")
_LONGEST_REASON = 500
"""Characters of Ray's own words in a reason that users read."""
_LOOK_EVERY, _CHECK_EVERY = 0.5, 2.0
"""Seconds between two looks at Ray's processes on this machine, and at its nodes."""


class RayPool(WarmPool):
    """Workers wherever Ray has nodes. It attaches unless its driver has, and leaves what it attached to."""

    def __init__(self, options: PoolOptions, driver: RayDriver) -> None:
        super().__init__(options)
        self._driver = driver
        self._attached = False
        self._watches: list[asyncio.Task[None]] = []

    @classmethod
    def from_settings(cls, settings: Settings, service_id: str) -> RayPool:
        """The pool that the settings ask for, in a namespace of this service alone."""
        options = RayOptions(settings.directory, settings.ray_address, f"studyhall-{service_id}")
        return cls(PoolOptions.from_settings(settings), RayDriver(options))

    async def _open(self) -> Mapping[str, Resources]:
        if not self._driver.attached:
            await self._driver.attach()
            self._attached = True
        nodes = await self._driver.check()
        self._check_store(nodes)
        self._watches = [
            asyncio.create_task(watch, name=f"watch {what} of Ray")
            for what, watch in (("processes", self._watch_processes()), ("nodes", self._watch_nodes()))
        ]
        return nodes

    def _connect(self, spec: wire.WorkerSpec, placement: Placement) -> Connection:
        return RayConnection(spec, placement, self._driver)

    async def _shut(self) -> None:
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        if self._attached:
            self._driver.detach()

    async def _watch_processes(self) -> None:
        try:
            while True:
                await asyncio.sleep(_LOOK_EVERY)
                self._driver.check_head()
        except PoolFailed as error:
            self.fail(error)

    async def _watch_nodes(self) -> None:
        try:
            while True:
                await asyncio.sleep(_CHECK_EVERY)
                nodes = await self._driver.check()
                self._check_store(nodes)
                self.follow_nodes(nodes)
        except PoolFailed as error:
            self.fail(error)

    def _check_store(self, nodes: Mapping[str, Resources]) -> None:
        if len(nodes) > 1 and "://" not in self.options.artifacts:
            raise PoolFailed(
                f"the Ray cluster has {len(nodes)} nodes, and the artifact store {self.options.artifacts} is a local "
                "directory: set STUDYHALL_ARTIFACT_URL to a place that all nodes share"
            )


class RayConnection:
    """The line to one actor."""

    def __init__(self, spec: wire.WorkerSpec, placement: Placement, driver: RayDriver) -> None:
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        resources = spec.key.resources
        environment = limits(resources)
        if not resources.gpus:
            environment["CUDA_VISIBLE_DEVICES"] = ""
        self._actor: Any = (
            ray.remote(concurrency_groups={"control": 1, "messages": 1})(RayWorker)
            .options(
                num_cpus=resources.cpus,
                num_gpus=resources.gpus,
                max_restarts=0,
                max_task_retries=0,
                scheduling_strategy=NodeAffinitySchedulingStrategy(placement.node, soft=False),
            )
            .remote(wire.encode(spec), environment)
        )
        self._command = self._actor.command.options(concurrency_group="control")
        self._driver = driver
        self._node = placement.node
        self._killed = False
        self._error: Exception | None = None

    def send(self, message: str) -> None:
        """Call the actor; calls arrive in their order."""
        self._command.remote(message)

    async def messages(self) -> AsyncIterator[str]:
        """Read the actor's stream until the actor is dead."""
        from ray.exceptions import RayError

        stream = self._actor.messages.options(num_returns="streaming", concurrency_group="messages").remote()
        try:
            async for reference in stream:
                yield await reference
        except RayError as error:
            self._error = error

    async def death(self) -> Death:
        """What Ray says of the actor's end.

        Raises:
            PoolFailed: Ray itself has died, and the actor with it; that is no fault of its run.
        """
        self._driver.check_head()
        if self._killed:
            return Death(FailureKind.WORKER_LOST, "the worker was ended on request", on_request=True)
        self.kill()  # one that only does not answer may live, and nobody hears it any more
        return death_of(self._error, node_lives=self._node in await self._driver.check())

    def kill(self) -> None:
        """End the actor; what it had started goes with it."""
        import ray

        self._killed = True
        ray.kill(self._actor)


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
