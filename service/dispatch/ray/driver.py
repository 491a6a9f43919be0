"""This process as a driver of Ray, which runs apart: attached once, watched, and left when Ray dies."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from experiments.own_process import LAUNCHER
from service.dispatch.leaving import leave
from service.dispatch.ray.address import HeadAddress, hold_address
from service.dispatch.ray.directory import short_path
from service.dispatch.ray.environment import SHARED, local_variables, ray_environment
from service.errors import PoolFailed
from service.study.jobs import Resources

LOCAL = "local"
"""The address that stands for the Ray of the data directory."""
_START_PATIENCE = 60.0
"""Seconds for the Ray of this machine to come up beside this process."""
_ANSWER_PATIENCE = 5.0
"""Seconds for a cluster's address to answer."""
_ATTACH_PATIENCE = 60.0
"""Seconds for Ray to take this process up; where its processes disagree about an address, it would wait for ever."""


@dataclass(frozen=True)
class RayOptions:
    """Which Ray to attach to. ``namespace`` keeps the named actors of several services on one cluster apart."""

    home: Path
    address: str = LOCAL
    namespace: str = "studyhall"

    @property
    def is_local(self) -> bool:
        """Whether it is the one of the data directory."""
        return self.address == LOCAL


class RayDriver:
    """Ray is never initialized twice in a process: what has lost its Ray ends, and another one attaches."""

    def __init__(self, options: RayOptions) -> None:
        self.options = options
        self.attached = False
        self._head: HeadAddress | None = None
        self._held: IO[str] | None = None

    async def attach(self) -> None:
        """Wait for the Ray of the data directory, or call the cluster, and attach. For the main thread only.

        Raises:
            PoolFailed: there is no Ray, or it cannot be attached to.
        """
        if self.options.is_local:
            with ray_environment(local_variables(short_path(self.options.home))):
                import ray  # noqa: F401 - a quarter of a second of CPU that passes while the head starts
            self._head, self._held = await self._wait_for_head()
        else:
            await self._call()
        handler = signal.getsignal(signal.SIGTERM)
        hopeless = PoolFailed(f"Ray at {self.options.address} answers, but takes nobody up")
        watchdog = threading.Timer(_ATTACH_PATIENCE, leave, (hopeless,))
        watchdog.start()
        try:
            self._init()
        except Exception as error:  # Ray raises plain ones
            raise PoolFailed(f"Ray at {self.options.address} cannot be attached to: {error}") from error
        finally:
            watchdog.cancel()
            signal.signal(signal.SIGTERM, signal.SIG_DFL if handler is None else handler)
        self.attached = True

    def nodes(self) -> dict[str, Resources]:
        """What each living node offers, by the node's id."""
        import ray

        offers = {node["NodeID"]: node["Resources"] for node in ray.nodes() if node["Alive"]}
        return {
            node: Resources(offer.get("CPU", 0.0), offer.get("GPU", 0.0), offer.get("memory", 0.0) / 1e9)
            for node, offer in offers.items()
        }

    def check_head(self) -> None:
        """Look whether the processes of a Ray on this machine run.

        Raises:
            PoolFailed: one of them has died.
        """
        if self._head is not None and not self._head.is_alive():
            raise PoolFailed("Ray has died")

    async def check(self, patience: float = 30.0) -> dict[str, Resources]:
        """Look whether Ray still works; the nodes come back.

        Raises:
            PoolFailed: a process of Ray has died, or nothing answers for ``patience`` seconds.
        """
        self.check_head()
        try:
            nodes = await asyncio.wait_for(asyncio.to_thread(self.nodes), patience)
        except Exception as error:  # Ray has many kinds
            raise PoolFailed(f"Ray does not answer: {error!r}") from error
        if not nodes:
            raise PoolFailed("no node of the Ray cluster is alive")
        return nodes

    def detach(self) -> None:
        """Leave Ray, which may then end."""
        import ray

        ray.shutdown()
        if self._held is not None:
            self._held.close()
        self.attached = False

    async def _wait_for_head(self) -> tuple[HeadAddress, IO[str]]:
        async def look() -> tuple[HeadAddress, IO[str]]:
            while (found := hold_address(self.options.home)) is None:
                await asyncio.sleep(0.05)
            return found

        try:
            return await asyncio.wait_for(look(), _START_PATIENCE)
        except TimeoutError:
            raise PoolFailed(f"no Ray has started in {self.options.home}; its log says why") from None

    async def _call(self) -> None:
        """Ray itself tries for minutes before it says that nobody is there."""
        host, separator, port = self.options.address.rpartition(":")
        if not separator:
            return  # "auto": Ray looks for the node of this machine
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(host, int(port)), _ANSWER_PATIENCE)
        except (OSError, socket.gaierror, TimeoutError) as error:
            why = str(error) or f"nothing in {_ANSWER_PATIENCE:g} s"
            raise PoolFailed(f"Ray at {self.options.address} does not answer ({why})") from error
        writer.close()

    def _init(self) -> None:
        shared: dict[str, Any] = {
            "namespace": self.options.namespace,
            "log_to_driver": False,
            "configure_logging": False,
            "runtime_env": {"worker_process_setup_hook": _pin_imports(str(LAUNCHER))},
        }
        if self._head is None:
            with ray_environment(SHARED):
                import ray

                ray.init(address=self.options.address, **shared)
            return
        directory = Path(self._head.directory)
        # Ray puts a driver's current directory on its workers' path.
        with ray_environment(local_variables(directory)), contextlib.chdir(directory / "empty"):
            import ray

            ray.init(address=self._head.address, **shared)


def _pin_imports(launcher: str) -> Callable[[], None]:
    """What each worker does first: our packages are ours there, whatever stands on the user's PYTHONPATH.

    A function within a function travels to the worker by value; one of a module would be looked for on that path. On
    another node of a cluster the launcher may lie elsewhere; there the node's own installation decides.
    """

    def pin_imports() -> None:
        import runpy
        from pathlib import Path

        if Path(launcher).exists():
            runpy.run_path(launcher)

    return pin_imports
