"""Ray on this machine, or a cluster by address: started, watched and ended with nothing left behind.

Ray by default listens on all interfaces, reports usage, attaches to any cluster it finds, replaces the handler of
SIGTERM, and lets a package of the current directory shadow an installed one inside its workers. Here it does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.own_process import LAUNCHER
from service.dispatch.pool import PoolFailed
from service.dispatch.ray.directory import MARK, end_processes, is_alive, make_private, marked_processes, short_path
from service.environment import replace_environment, without_ours
from service.study.jobs import Resources

_STORE_BYTES = 80 * 1024 * 1024
_SERVERS = frozenset({"gcs_server", "raylet"})


@dataclass(frozen=True)
class RayOptions:
    """What Ray is started with. ``gpus`` may be logical, that is more than there are: placement can be tested so."""

    home: Path
    address: str = "local"
    cpus: int = 1
    gpus: float | None = None

    @property
    def is_local(self) -> bool:
        """Whether Ray is started here."""
        return self.address in {"", "local"}


class RayRuntime:
    """The Ray of this process. ``start`` must be called in the main thread: Ray's servers die with the thread."""

    def __init__(self, options: RayOptions) -> None:
        self.options = options
        self.directory = short_path(options.home)
        self.running = False
        self._servers: list[Any] = []

    def start(self) -> None:
        """Start Ray, or attach to the cluster.

        Raises:
            PoolFailed: Ray does not start, or this is not the main thread.
        """
        if threading.current_thread() is not threading.main_thread():
            raise PoolFailed("Ray must be started in the main thread: its servers die with the thread")
        if self.options.is_local:
            end_processes(marked_processes(self.directory))  # a killed predecessor left them
            make_private(self.directory)
        handler, variables = signal.getsignal(signal.SIGTERM), self._variables()
        try:
            with _environment(variables):
                self._init()
        except Exception as error:  # Ray raises plain ones when a server is slow to come
            raise PoolFailed(f"Ray does not start: {error}") from error
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_DFL if handler is None else handler)
        self._servers = [process for process in marked_processes(self.directory) if process.name() in _SERVERS]
        self.running = True

    def nodes(self) -> dict[str, Resources]:
        """What each living node offers, by the node's id."""
        import ray

        offers = {node["NodeID"]: node["Resources"] for node in ray.nodes() if node["Alive"]}
        return {node: Resources(offer.get("CPU", 0.0), offer.get("GPU", 0.0)) for node, offer in offers.items()}

    async def check(self, patience: float = 30.0) -> dict[str, Resources]:
        """Look whether Ray still works; the nodes come back.

        Raises:
            PoolFailed: a server of Ray has died, or nothing answers for ``patience`` seconds.
        """
        if not all(map(is_alive, self._servers)):
            raise PoolFailed("a server process of Ray has died")
        try:
            nodes = await asyncio.wait_for(asyncio.to_thread(self.nodes), patience)
        except (TimeoutError, RuntimeError, OSError) as error:
            raise PoolFailed(f"Ray does not answer: {error!r}") from error
        if not nodes:
            raise PoolFailed("no node of the Ray cluster is alive")
        return nodes

    def stop(self) -> None:
        """End Ray, and whatever of it is slow to go."""
        import ray

        ray.shutdown()
        if self.options.is_local:
            end_processes(marked_processes(self.directory))
            shutil.rmtree(self.directory, ignore_errors=True)
        self.running = False

    def _init(self) -> None:
        import ray

        shared: dict[str, Any] = {
            "log_to_driver": False,
            "configure_logging": False,
            "runtime_env": {"worker_process_setup_hook": _pin_imports(str(LAUNCHER))},
        }
        if not self.options.is_local:
            ray.init(address=self.options.address, **shared)
            return
        with contextlib.chdir(self.directory / "empty"):  # Ray puts the current directory on its workers' path
            ray.init(
                address="local",
                num_cpus=self.options.cpus,
                num_gpus=self.options.gpus,
                object_store_memory=_STORE_BYTES,
                _temp_dir=str(self.directory / "ray"),
                _node_ip_address="127.0.0.1",
                include_dashboard=False,
                **shared,
            )

    def _variables(self) -> dict[str, str]:
        shared = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0", "PYTHONSAFEPATH": "1"}
        if not self.options.is_local:
            return shared
        if "ray" in sys.modules and sys.modules["ray"]._private.ray_constants.ENABLE_RAY_CLUSTER:
            raise PoolFailed("ray was imported too early: it would listen on all interfaces")
        return {
            **shared,
            MARK: str(self.directory),
            "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # undocumented: loopback only
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN_PATH": str(self.directory / "token"),
        }


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


@contextlib.contextmanager
def _environment(variables: dict[str, str]) -> Any:
    """Let what is started inside the block see these variables and no secret of ours, and then put all back."""
    before = dict(os.environ)
    replace_environment(without_ours(before) | variables)
    try:
        yield
    finally:
        added = {name: value for name, value in os.environ.items() if name not in before and name not in variables}
        replace_environment(added | before)
