"""The pool on Ray: every worker is a warm actor that holds its resources, and its messages are one stream."""

from __future__ import annotations

import asyncio
import re
import textwrap
from collections.abc import AsyncIterator, Mapping
from typing import Any

from service.dispatch import wire
from service.dispatch.ledger import Placement
from service.dispatch.pool import Connection, Death, PoolFailed, PoolOptions, WarmPool
from service.dispatch.ray.head import RayOptions, RayRuntime
from service.dispatch.ray.worker import RayWorker
from service.environment import limits
from service.errors import Invalid
from service.hardware import n_cpus
from service.settings import Settings
from service.study.jobs import Resources
from service.study.states import FailureKind

_COLORS = re.compile(r"\x1b\[[0-9;]*m")
_LONGEST_REASON = 500
"""Characters of Ray's own words in a reason that users read."""
_CHECK_EVERY = 5.0
"""Seconds between two looks at Ray's health."""


class RayPool(WarmPool):
    """Workers wherever Ray has nodes. It starts its runtime unless that runs already, and ends what it started."""

    def __init__(self, options: PoolOptions, runtime: RayRuntime) -> None:
        super().__init__(options)
        self._runtime = runtime
        self._is_owner = False
        self._watch: asyncio.Task[None] | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> RayPool:
        """The pool that the settings ask for."""
        options = PoolOptions.from_settings(settings)
        cpus = max(n_cpus(), options.n_workers())
        return cls(options, RayRuntime(RayOptions(settings.directory, settings.ray_address, cpus, settings.gpus)))

    async def _open(self) -> Mapping[str, Resources]:
        if not self._runtime.running:
            self._runtime.start()
            self._is_owner = True
        nodes = self._runtime.nodes()
        self._check_store(nodes)
        self._watch = asyncio.create_task(self._keep_watch(), name="watch Ray")
        return nodes

    def _connect(self, spec: wire.WorkerSpec, placement: Placement) -> Connection:
        return RayConnection(spec, placement)

    async def _shut(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if self._is_owner:
            self._runtime.stop()

    async def _keep_watch(self) -> None:
        try:
            while True:
                await asyncio.sleep(_CHECK_EVERY)
                self.ledger.nodes = await self._runtime.check()
                self._check_store(self.ledger.nodes)
        except (PoolFailed, Invalid) as error:
            self.fail(error if isinstance(error, PoolFailed) else PoolFailed(str(error)))

    def _check_store(self, nodes: Mapping[str, Resources]) -> None:
        if len(nodes) > 1 and "://" not in self.options.artifacts:
            raise Invalid(
                f"the Ray cluster has {len(nodes)} nodes, and the artifact store {self.options.artifacts} is a local "
                "directory: set STUDYHALL_ARTIFACT_URL to a place that all nodes share"
            )


class RayConnection:
    """The line to one actor."""

    def __init__(self, spec: wire.WorkerSpec, placement: Placement) -> None:
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
            .remote(wire.encode(wire.spec_to_json(spec)), environment)
        )
        self._command = self._actor.command.options(concurrency_group="control")
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
        """What Ray says of the actor's end."""
        if self._killed:
            return Death(FailureKind.WORKER_LOST, "the worker was ended on request")
        return death_of(self._error)

    def kill(self) -> None:
        """End the actor; what it had started goes with it."""
        import ray

        self._killed = True
        ray.kill(self._actor)


def death_of(error: Exception | None) -> Death:
    """Ray's account of an actor's end as ours; memory that ran out is told apart."""
    from ray.exceptions import OutOfMemoryError

    plain = _COLORS.sub("", str(error or "its stream of messages ended"))
    reason = textwrap.shorten(plain, _LONGEST_REASON, placeholder=" …")
    if isinstance(error, OutOfMemoryError):
        return Death(FailureKind.OUT_OF_MEMORY, f"Ray ended the worker because memory ran out: {reason}")
    return Death(FailureKind.WORKER_LOST, f"the worker is lost: {reason}")
