"""The Ray of the service is private, and its death is noticed. The last test ends the shared Ray's raylet."""

import ipaddress
import os
import signal
import threading

import psutil
import pytest

from service.dispatch.pool import PoolFailed
from service.dispatch.ray.directory import marked_processes
from service.dispatch.ray.head import RayOptions, RayRuntime
from service.dispatch.ray.pool import death_of
from service.study.states import FailureKind

pytestmark = pytest.mark.slow


def _unmapped(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return (address.version == 6 and address.ipv4_mapped) or address


def test_nothing_listens_off_loopback(ray_runtime: RayRuntime) -> None:
    family = {os.getpid(), *(process.pid for process in marked_processes(ray_runtime.directory))}
    sockets = [socket for socket in psutil.net_connections("inet") if socket.status == psutil.CONN_LISTEN]
    addresses = [ipaddress.ip_address(socket.laddr.ip) for socket in sockets if socket.pid in family]
    assert addresses
    assert [address for address in addresses if not _unmapped(address).is_loopback] == []


def test_nobody_else_can_enter(ray_runtime: RayRuntime) -> None:
    assert ray_runtime.directory.stat().st_mode & 0o777 == 0o700
    assert (ray_runtime.directory / "token").stat().st_mode & 0o777 == 0o600
    servers = {process.name(): process for process in marked_processes(ray_runtime.directory)}
    assert servers["raylet"].environ()["RAY_AUTH_MODE"] == "token"
    assert "RAY_AUTH_MODE" not in os.environ


def test_its_servers_know_ray_s_token_and_no_secret_of_ours(ray_runtime: RayRuntime, secrets: str) -> None:
    family = marked_processes(ray_runtime.directory)
    assert {"gcs_server", "raylet"} <= {process.name() for process in family}
    for process in family:
        assert secrets not in str(process.environ()), process.name()
        assert process.environ()["RAY_AUTH_TOKEN_PATH"] == str(ray_runtime.directory / "token")


def test_the_handler_of_sigterm_is_ours_again(ray_runtime: RayRuntime) -> None:
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_ray_starts_in_the_main_thread_or_not_at_all(ray_runtime: RayRuntime) -> None:
    errors: list[PoolFailed] = []

    def start() -> None:
        try:
            RayRuntime(RayOptions(ray_runtime.options.home / "other")).start()
        except PoolFailed as error:
            errors.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in str(errors[0])


def test_a_worker_that_ran_out_of_memory_is_told_apart(ray_runtime: RayRuntime) -> None:
    from ray.exceptions import ActorDiedError, OutOfMemoryError

    assert death_of(OutOfMemoryError("95 % of the host")).failure is FailureKind.OUT_OF_MEMORY
    assert death_of(ActorDiedError()).failure is FailureKind.WORKER_LOST
    assert death_of(None).failure is FailureKind.WORKER_LOST


async def test_a_dead_server_is_noticed(ray_runtime: RayRuntime) -> None:
    assert [node.gpus for node in (await ray_runtime.check()).values()] == [2]
    raylet = next(process for process in marked_processes(ray_runtime.directory) if process.name() == "raylet")
    raylet.kill()
    psutil.wait_procs([raylet], timeout=10)
    with pytest.raises(PoolFailed, match="server process of Ray has died"):
        await ray_runtime.check()
