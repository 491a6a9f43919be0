"""The Ray of the service is private, and its death is noticed. The last test ends the shared Ray's raylet."""

import asyncio
import ipaddress
import os
import signal
from pathlib import Path

import psutil
import pytest

from service.dispatch.ray.address import hold_address
from service.dispatch.ray.connection import death_of
from service.dispatch.ray.directory import marked_processes, short_path
from service.dispatch.ray.driver import RayDriver, RayOptions
from service.errors import PoolFailed
from service.study.states import FailureKind
from service.supervisor.processes import labeled
from tests.contracts.pools.conftest import ray_head
from tests.support.supervisors import until

pytestmark = pytest.mark.slow


def family_of(driver: RayDriver) -> list[psutil.Process]:
    return marked_processes(short_path(driver.options.home))


def _unmapped(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return (address.version == 6 and address.ipv4_mapped) or address


def test_nothing_listens_off_loopback(ray_driver: RayDriver) -> None:
    head = psutil.Process(family_of(ray_driver)[0].ppid())
    family = {os.getpid(), head.pid, *(process.pid for process in family_of(ray_driver))}
    sockets = [socket for socket in psutil.net_connections("inet") if socket.status == psutil.CONN_LISTEN]
    addresses = [ipaddress.ip_address(socket.laddr.ip) for socket in sockets if socket.pid in family]
    assert addresses
    assert [address for address in addresses if not _unmapped(address).is_loopback] == []


def test_nobody_else_can_enter(ray_driver: RayDriver) -> None:
    directory = short_path(ray_driver.options.home)
    assert directory.stat().st_mode & 0o777 == 0o700
    assert (directory / "token").stat().st_mode & 0o777 == 0o600
    servers = {process.name(): process for process in family_of(ray_driver)}
    assert servers["raylet"].environ()["RAY_AUTH_MODE"] == "token"
    assert "RAY_AUTH_MODE" not in os.environ


def test_its_servers_know_ray_s_token_and_no_secret_of_ours(ray_driver: RayDriver, secrets: str) -> None:
    family = family_of(ray_driver)
    assert {"gcs_server", "raylet"} <= {process.name() for process in family}
    for process in family:
        assert secrets not in str(process.environ()), process.name()
        assert process.environ()["RAY_AUTH_TOKEN_PATH"] == str(short_path(ray_driver.options.home) / "token")


def test_no_plain_worker_is_started_beside_ours(ray_driver: RayDriver) -> None:
    # One that is ready has renamed itself; one that just starts says that it has no environment of its own.
    plain = ("ray::IDLE", "--runtime-env-hash=0")
    assert not [each for each in family_of(ray_driver) if any(word in " ".join(each.cmdline()) for word in plain)]


def test_nothing_of_ray_runs_that_nobody_asks(ray_driver: RayDriver) -> None:
    words = " ".join(word for each in family_of(ray_driver) for word in each.cmdline())
    assert "runtime_env" in words, "the servers' own agents do run"
    assert [name for name in ("dashboard.py", "monitor.py", "log_monitor.py") if f"/{name}" in words] == []


def test_the_handler_of_sigterm_is_ours_again(ray_driver: RayDriver) -> None:
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_worker_that_ran_out_of_memory_is_told_apart(ray_driver: RayDriver) -> None:
    from ray.exceptions import ActorDiedError, ActorUnavailableError, OutOfMemoryError

    assert death_of(OutOfMemoryError("95 % of the host")).failure is FailureKind.OUT_OF_MEMORY
    assert death_of(ActorDiedError()).failure is FailureKind.WORKER_LOST
    assert death_of(None).failure is FailureKind.WORKER_LOST
    assert death_of(ActorDiedError(), node_lives=False).failure is FailureKind.NODE_LOST
    assert death_of(ActorUnavailableError("Socket closed", None)).failure is FailureKind.NODE_LOST


async def test_an_address_that_does_not_answer_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(PoolFailed, match="9 does not answer"):
        await RayDriver(RayOptions(tmp_path, "127.0.0.1:9")).attach()


async def test_two_services_on_one_machine_do_not_meet(ray_driver: RayDriver, tmp_path: Path) -> None:
    """And a head stays while a driver holds it, and ends when that one has left."""
    with ray_head(tmp_path) as head:
        until((tmp_path / "ray.json").exists)
        found, mine = hold_address(tmp_path), hold_address(ray_driver.options.home)
        assert found is not None
        assert mine is not None
        assert found[0].address != mine[0].address
        assert found[0].directory != mine[0].directory
        assert not {pid for pid, _ in found[0].processes} & {pid for pid, _ in mine[0].processes}
        mine[1].close()
        head.terminate()
        with pytest.raises(psutil.TimeoutExpired):
            head.wait(1)
        assert found[0].is_alive()
        found[1].close()
        head.wait(20)
    assert labeled(f"{tmp_path}|") == []
    assert not short_path(tmp_path).exists()
    assert [node.gpus for node in (await ray_driver.check()).values()] == [2]


async def test_a_dead_server_is_noticed_and_ends_its_head(ray_driver: RayDriver) -> None:
    raylet = next(process for process in family_of(ray_driver) if process.name() == "raylet")
    head = psutil.Process(raylet.ppid())
    ray_driver.detach()  # Ray ends the process of a driver whose raylet has died, and this one runs tests
    raylet.kill()
    psutil.wait_procs([raylet], timeout=10)
    with pytest.raises(PoolFailed, match="Ray has died"):
        await ray_driver.check()
    await asyncio.to_thread(head.wait, 10)
    assert "Ray's raylet has died" in (ray_driver.options.home / "ray.log").read_text()
