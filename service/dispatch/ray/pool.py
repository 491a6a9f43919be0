"""The pool on Ray: every worker is a warm actor that holds its resources, and its messages are one stream."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from service.dispatch import wire
from service.dispatch.ledger import Placement
from service.dispatch.member import Connection, FoundWorker
from service.dispatch.options import PoolOptions
from service.dispatch.pool import WarmPool
from service.dispatch.ray.connection import RayConnection, connect, end_workers, find_workers, names_of_workers
from service.dispatch.ray.driver import RayDriver, RayOptions
from service.errors import PoolFailed
from service.settings import Settings
from service.study.jobs import Resources

logger = logging.getLogger(__name__)

_LOOK_EVERY, CHECK_EVERY = 0.5, 2.0
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
        pool_options = PoolOptions.from_settings(settings)
        if not settings.runs_ray:  # no folder of this machine is one of the workers' nodes
            pool_options = replace(pool_options, scratch=Path(options.namespace))
        return cls(pool_options, RayDriver(options))

    async def start(self, epoch: int) -> None:
        """The same, and end workers that come behind its back."""
        await super().start(epoch)
        self._watches.append(asyncio.create_task(self._watch_strays(), name="watch strays"))

    async def close(self) -> None:
        """The same; a start that was cut short has taken over none of the workers that it was to end."""
        if self._driver.attached and self._looking is None and not self._failed:
            await end_workers(self._epoch, self._driver)
        await super().close()

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
        return RayConnection.start(spec, placement, self._epoch, self._driver)

    async def _find(self) -> Sequence[FoundWorker]:
        return await find_workers(self._epoch, self._driver)

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
                await asyncio.sleep(CHECK_EVERY)
                nodes = await self._driver.check()
                self._check_store(nodes)
                self.follow_nodes(nodes)
        except PoolFailed as error:
            self.fail(error)

    async def _watch_strays(self) -> None:
        """End what an engine that was replaced has started before it noticed: nobody leads it, and it holds CPUs.

        One that is just leaving is listed for a moment, so a stray is one that was listed twice. It is asked first: if
        this engine itself was replaced, the worker is its successor's.
        """
        from ray.exceptions import RayError

        before: set[str] = set()
        while True:
            await asyncio.sleep(CHECK_EVERY)
            unknown = await names_of_workers() - self._members.keys()
            for name, connection in connect(unknown & before, self._epoch, self._driver).items():
                with contextlib.suppress(RayError, TimeoutError):
                    await connection.attach()
                    logger.warning("%s is nobody's and is ended", name)
                    connection.kill()
            before = unknown

    def _check_store(self, nodes: Mapping[str, Resources]) -> None:
        if len(nodes) > 1 and "://" not in self.options.artifacts:
            raise PoolFailed(
                f"the Ray cluster has {len(nodes)} nodes, and the artifact store {self.options.artifacts} is a local "
                "directory: set STUDYHALL_ARTIFACT_URL to a place that all nodes share"
            )
