"""The supervisor: its parts live as long as it does, and nothing of them outlives it."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import sys
from pathlib import Path

import psutil
import pytest

from service.environment import LABEL
from service.left_out import publish
from service.settings import Settings
from service.supervisor.children import parts
from service.supervisor.home import serving_now
from service.supervisor.processes import start
from tests.support.supervisors import FAMILY, SLEEP, STUBBORN, Service, until

API = """
import http.server
from pathlib import Path
from service.left_out import publish

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

server = http.server.HTTPServer(("127.0.0.1", {port}), Answer)
server.timeout = 0.05
publish(Path({home!r}), [dict(name="mine", reason="RuntimeError: no such sensor")])
while True:
    server.handle_request()
    if Path({mended!r}).exists():
        publish(Path({home!r}), [])
"""
"""A part that answers, and leaves something out until a file is there."""


def test_parts_run_in_groups_of_their_own_and_log_to_files(service: Service) -> None:
    service.start(("one", "print('hello', flush=True)\n" + SLEEP, False), ("two", SLEEP, True))
    until(lambda: service.part("one") and service.part("two"))
    one, two = service.part("one"), service.part("two")
    assert one is not None and two is not None
    until(lambda: service.log("one") == "hello\n")
    assert [os.getpgid(process.pid) for process in (one, two)] == [one.pid, two.pid]
    assert stat.S_IMODE(service.home.stat().st_mode) == 0o700
    assert service.stop() == 0
    assert service.ours() == []


def test_what_no_trial_waits_for_is_nice(tmp_path: Path) -> None:
    nice = {part.name: part.niceness for part in parts(Settings(home=tmp_path, port=1, mlflow_port=2))}
    assert nice == {"ray": 0, "api": 0, "engine": 0, "tracking": 10, "mlflow": 10}
    log = tmp_path / "part.log"
    started = start([sys.executable, "-c", "import os; print(os.nice(0))"], {}, log, niceness=3)
    assert (started.wait(30), log.read_text()) == (0, f"{os.nice(0) + 3}\n")


def test_a_part_is_given_its_own_settings_and_no_others(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDYHALL_TOKEN", "b9d1c2e0f4a35768")
    monkeypatch.setenv("STUDYHALL_DATABASE_URL", "postgresql://a:b@c/d")
    monkeypatch.setenv("OWN", "x")
    tell = "import os\nprint(*sorted(n for n in os.environ if n.startswith('STUDYHALL') or n == 'OWN'), flush=True)\n"
    service.start(("one", tell + SLEEP, False))
    until(lambda: service.log("one"))
    assert service.log("one").split() == ["OWN", LABEL]
    service.stop()


def test_a_dead_part_starts_again_and_what_it_left_is_ended(service: Service) -> None:
    service.start(("one", FAMILY + SLEEP, False))
    until(lambda: len(service.ours()) == 2)
    before = {process.pid for process in service.ours()}
    part = service.part("one")
    assert part is not None
    part.kill()
    until(lambda: len(service.ours()) == 2 and not before & {process.pid for process in service.ours()})
    assert "one ended (killed by SIGKILL) and starts again at once" in service.said()
    assert service.stop() == 0
    assert service.ours() == []


def test_a_part_that_cannot_start_says_why_once_and_is_tried_with_growing_pauses(service: Service) -> None:
    """Its first five trials find no Ray, the others another one: only what is new is told."""
    tries = service.home.with_suffix(".tries")
    code = f"""
with open({str(tries)!r}, "a") as tries:
    print("once more", file=tries)
n = len(open({str(tries)!r}).readlines())
print("as you know")
print("no Ray here" if n <= 5 else "another Ray")
raise SystemExit({os.EX_UNAVAILABLE})
"""
    service.start(("one", code, False))
    until(lambda: tries.exists() and len(tries.read_text().splitlines()) >= 7)
    service.stop(signal.SIGINT)
    first, second, last = service.said().splitlines()
    assert first.startswith("one ended (no Ray here) and starts again at once, then after growing pauses; see ")
    assert second.startswith("one ended (another Ray) and starts again in 0.8 s; see ")
    assert last == "stopping…"


@pytest.mark.parametrize("elsewhere", [{"ray_address": "10.0.0.1:6379"}, {"pool": "process"}])
def test_ray_is_a_part_unless_it_is_elsewhere_or_not_wanted(tmp_path: Path, elsewhere: dict[str, str]) -> None:
    """Its head runs beside users' code, and is told no more than it needs."""
    settings = Settings(home=tmp_path, mlflow_port=1, workers=3, database_url="postgresql://a:b@c/d")
    ray, *others = parts(settings)
    assert (ray.name, ray.environment) == ("ray", {"STUDYHALL_HOME": str(tmp_path), "STUDYHALL_WORKERS": "3"})
    assert [part.name for part in others] == [part.name for part in parts(settings.model_copy(update=elsewhere))]


def left_by_a_worker(service: Service) -> Path:
    """A file in the scratch directory of a worker that could not remove it; the directory of all of them is given."""
    scratch = Settings(home=service.home).scratch
    (scratch / "worker-1").mkdir(parents=True)
    (scratch / "worker-1" / "resume.ckpt").touch()
    return scratch


def test_a_part_that_ignores_the_stop_is_killed(service: Service) -> None:
    service.start(("one", STUBBORN, False), ("two", STUBBORN, True), grace=1.0)
    until(lambda: service.log("one") and service.log("two"))
    scratch = left_by_a_worker(service)
    assert service.stop() == 0
    assert service.ours() == []
    assert not scratch.exists()


def test_those_that_keep_results_stop_after_those_that_make_them(service: Service, tmp_path: Path) -> None:
    order = tmp_path / "order"
    note = (
        "import signal, sys, time\n"
        "def end(*_):\n"
        "    time.sleep({delay})\n"
        f"    open({str(order)!r}, 'a').write('{{name}} ')\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('up', flush=True)\n"
    )
    service.start(
        ("maker", note.format(name="maker", delay=0.3) + SLEEP, False),
        ("keeper", note.format(name="keeper", delay=0) + SLEEP, True),
    )
    until(lambda: service.log("maker") and service.log("keeper"))
    service.stop()
    assert order.read_text() == "maker keeper "


def test_one_data_directory_has_one_supervisor(service: Service) -> None:
    first = service.start(("one", SLEEP, False))
    until(lambda: serving_now(service.home) is not None)
    second = Service(service.home)
    second.output = service.home.with_suffix(".second")
    assert second.start(("one", SLEEP, False)).wait(20) == 2
    assert f"already served by process {first.pid}, at http://127.0.0.1:" in second.said()
    assert service.part("one") is not None
    service.stop()
    assert serving_now(service.home) is None


def test_a_port_that_is_taken_is_named_with_its_setting(service: Service) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert service.start(("one", SLEEP, False), port=port).wait(20) == 2
    assert f"port {port} on 127.0.0.1 cannot be used" in service.said()
    assert "STUDYHALL_PORT" in service.said()
    assert not service.home.exists()
    assert service.ours() == []


@pytest.mark.parametrize("also_guard", [False, True])
def test_p11_nothing_outlives_a_killed_supervisor(service: Service, also_guard: bool) -> None:
    supervisor = service.start(("one", FAMILY + SLEEP, False), ("two", STUBBORN, True), grace=1.0)
    until(lambda: len(service.ours()) == 3 and service.log("two"))
    published = json.loads((service.home / "serve.lock").read_text())
    if not also_guard:
        scratch = left_by_a_worker(service)
        service.stop(signal.SIGKILL)
        until(lambda: service.ours() == [] and not scratch.exists())
        return
    [guard] = [child for child in service_children(supervisor.pid) if "service.supervisor.processes" in child.cmdline()]
    guard.kill()
    service.stop(signal.SIGKILL)
    until(lambda: len(service.ours()) == 2)  # the kernel asked; the grandchild and the stubborn one are still there
    service.start(("one", SLEEP, False))
    until(lambda: service.part("one"))
    assert [process.pid for process in service.ours()] == [service.part("one").pid]  # type: ignore[union-attr]
    assert json.loads((service.home / "serve.lock").read_text())["instance"] != published["instance"]


def test_what_the_api_leaves_out_stands_in_the_terminal_as_it_changes(service: Service, tmp_path: Path) -> None:
    """What the last service left out is not told again."""
    mended = tmp_path / "mended"
    service.home.mkdir()
    publish(service.home, [{"name": "old", "reason": "gone"}])
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    service.start(("api", API.format(port=port, home=str(service.home), mended=str(mended)), False), port=port)
    until(lambda: "mine is left out: RuntimeError: no such sensor\n" in service.said())
    mended.touch()
    until(lambda: "mine is not left out any more\n" in service.said())
    assert service.stop() == 0
    assert service.said().count("left out") == 2


def test_a_part_whose_file_was_replaced_starts_anew(service: Service, tmp_path: Path) -> None:
    held = tmp_path / "held"
    service.start(("one", SLEEP, False), holds=str(held))
    until(lambda: service.part("one"))
    first = service.part("one")
    assert first is not None

    def replace() -> bool:
        (tmp_path / "other").write_text("other")
        (tmp_path / "other").replace(held)
        return f"{held} was replaced" in service.said()

    until(replace)
    until(lambda: (part := service.part("one")) is not None and part.pid != first.pid)


def service_children(pid: int) -> list[psutil.Process]:
    """A process's children."""
    return psutil.Process(pid).children()
