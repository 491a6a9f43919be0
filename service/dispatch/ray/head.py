"""``python -m service.dispatch.ray.head``: the Ray of one data directory, in a process of its own.

Nothing that trains depends on the engine's process, so the engine may die and come back. Ray by default listens on all
interfaces, reports usage, and lets a package of the current directory shadow an installed one inside its workers. Here
it does not.
"""

from __future__ import annotations

import contextlib
import shutil
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from service.dispatch.leaving import leave
from service.dispatch.ray.address import HeadAddress, PublishedAddress
from service.dispatch.ray.directory import MARK, end_processes, is_alive, make_private, marked_processes, short_path
from service.dispatch.ray.environment import local_variables, ray_environment
from service.environment import forget_settings
from service.errors import PoolFailed
from service.hardware import n_cpus
from service.settings import Settings, settings_or_exit

LOOK = 0.5
"""Seconds between two looks at Ray's servers, and at the drivers while they leave."""
_STORE_BYTES = 80 * 1024 * 1024
_SERVERS = frozenset({"gcs_server", "raylet"})
NOT_STARTED = ("start_api_server", "start_monitor", "start_log_monitor")
"""What Ray's node would start beside these, with no option against it: the dashboard's server, for which it waits, the
autoscaler, and what brings workers' output to drivers. Nobody here asks any of them. Measured in pairs at a load of 10:
Ray is up in two thirds of the time (4.7 s, not 7.1), and for 2.1 s of CPU, not 3.7."""


@dataclass(frozen=True)
class HeadOptions:
    """What Ray is started with. ``gpus`` may be logical, that is more than there are: placement can be tested so."""

    home: Path
    cpus: int
    gpus: float | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> HeadOptions:
        """The options that the settings ask for; more workers than CPUs are the user's choice."""
        return cls(settings.directory, max(n_cpus(), settings.workers), settings.gpus)


class Head:
    """Starts Ray, watches its two servers, and ends with them or when it is asked to."""

    def __init__(self, options: HeadOptions) -> None:
        self._options = options
        self._directory = short_path(options.home)
        self._servers: dict[str, psutil.Process] = {}

    def start(self) -> PublishedAddress:
        """Start Ray and write down where it is. Its servers die with the thread, so this must be the main one.

        Raises:
            PoolFailed: it does not start.
        """
        PublishedAddress.withdraw(self._options.home)
        end_processes(marked_processes(self._directory), patience=0)  # a killed predecessor left them
        make_private(self._directory)
        try:
            with ray_environment({**local_variables(self._directory), MARK: str(self._directory)}):
                address = self._init()
        except Exception as error:  # Ray raises plain ones when a server is slow to come
            raise PoolFailed(f"Ray does not start: {error}") from error
        self._servers = {name: child for child in psutil.Process().children() if (name := child.name()) in _SERVERS}
        processes = [psutil.Process(), *self._servers.values()]
        return PublishedAddress.publish(self._options.home, HeadAddress.of(address, self._directory, processes))

    def watch(self, address: PublishedAddress, stopped: threading.Event) -> None:
        """Stay until ``stopped`` is set and no driver is left: the engine ends its runs before Ray goes.

        Raises:
            PoolFailed: a server of Ray has died; what is left of it is of no use.
        """
        while not (stopped.is_set() and address.is_unused()):
            for name, server in self._servers.items():
                if not is_alive(server):
                    raise PoolFailed(f"Ray's {name} has died")
            if stopped.wait(LOOK):
                time.sleep(LOOK / 10)

    def stop(self) -> None:
        """End Ray, and whatever of it is slow to go."""
        import ray

        PublishedAddress.withdraw(self._options.home)
        ray.shutdown()
        end_processes(marked_processes(self._directory))
        shutil.rmtree(self._directory, ignore_errors=True)

    def _init(self) -> str:
        import ray
        from ray._private.node import Node

        for name in NOT_STARTED:
            setattr(Node, name, lambda *_, **__: None)
        with contextlib.chdir(self._directory / "empty"):  # Ray puts the current directory on its workers' path
            context = ray.init(
                address="local",
                num_cpus=self._options.cpus,
                num_gpus=self._options.gpus,
                object_store_memory=_STORE_BYTES,
                _temp_dir=str(self._directory / "ray"),
                _node_ip_address="127.0.0.1",
                include_dashboard=False,
                log_to_driver=False,
                configure_logging=False,
            )
        return str(context.address_info["gcs_address"])


def serve(options: HeadOptions) -> None:
    """Be the head until SIGTERM or SIGINT; a Ray that dies ends the process."""
    stopped = threading.Event()

    def stop(*_: object) -> None:
        stopped.set()

    head = Head(options)
    try:
        address = head.start()
        for kind in (signal.SIGTERM, signal.SIGINT):  # only now: Ray sets a handler of its own
            signal.signal(kind, stop)
        head.watch(address, stopped)
    except PoolFailed as error:
        leave(error)
    head.stop()


def main() -> int:
    """The head that the settings ask for."""
    options = HeadOptions.from_settings(settings_or_exit())
    forget_settings()
    serve(options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
