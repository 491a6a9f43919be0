"""``studyhall serve``: starts the service's processes, starts them again when they die, and stops them together.

It imports nothing heavy, writes nothing but its lock and the parts' logs, and knows nothing of studies. What the API
leaves out of users' code it says in the terminal, where a user looks first.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType

from experiments import own_process
from service.access import Access
from service.dispatch.ray.directory import short_path
from service.environment import LABEL
from service.errors import Conflict, ServiceError, Unavailable
from service.extras import demand, of_service
from service.left_out import LeftOut
from service.settings import Settings, settings_or_exit
from service.supervisor import processes
from service.supervisor.children import ChildProcess, Stage, environment, parts, runs_mlflow, with_ports
from service.supervisor.home import HomeLock, Served
from service.supervisor.serving import EXIT_CONFLICT, address, answers, last_line, serving

__all__ = ["MigrationFailed", "Supervisor", "serving"]

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before a part that died again starts again, doubled each time; the first time it starts at once."""
STEADY = 10.0
"""Seconds after which a part has done its work for a while: what was before is forgotten."""
SAME = 120.0
"""Seconds within which a part that ends as it did before has the same trouble still, which was told."""
LATE = 10.0
"""Seconds after which late parts start even if the API does not answer."""
LOOK = 5.0
"""Seconds between two looks when nothing happens."""
LONGEST_REASON = 2000
"""Characters at the end of a log among which a part's last words are."""


class MigrationFailed(Unavailable):
    """The database could not be brought to this version's schema."""


@dataclass
class Running:
    """A part and its process."""

    part: ChildProcess
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = 0.0
    due_at: float = 0.0
    """When it is to start, by the monotonic clock."""
    inode: int = 0
    ending: str = ""
    """How it ended last."""


class Supervisor:
    """One service on one data directory. ``choose`` says of which parts it consists."""

    def __init__(
        self,
        settings: Settings,
        choose: Callable[[Settings], Sequence[ChildProcess]] = parts,
        say: Callable[[str], None] | None = None,
        migrate: bool = True,
    ) -> None:
        self._settings = settings
        self._choose = choose
        self._say = say or partial(print, flush=True)
        self._migrate = migrate
        self._lock = HomeLock(settings.directory)
        self._left_out = LeftOut(settings.directory, self._say)
        self._instance = secrets.token_hex(4)
        self._running: list[Running] = []
        self._stop_signal = 0
        self._announced = False

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; must be called in the main thread.

        Raises:
            Invalid: other machines could reach the API and it is not protected.
            Unavailable: an extra that the settings need is not installed.
            AlreadyServed: another supervisor has the data directory.
            PortTaken: a port that was asked for is in use.
            MigrationFailed: the database does not take the schema.
        """
        Access.from_settings(self._settings)
        demand(*of_service(self._settings))
        if not self._settings.directory.exists():
            with_ports(self._settings)  # a port that is taken leaves no new folder behind
        before = self._lock.acquire()
        try:
            if before is not None:
                self._clear_up()
            self._left_out.forget()
            self._settings = with_ports(self._settings)
            self._lock.publish(self._served())
            with self._signals() as wakeup, self._guarded():
                self._serve(wakeup)
        finally:
            self._lock.release()

    def _serve(self, wakeup: socket.socket) -> None:
        late_at = time.monotonic() + LATE
        for part in self._choose(self._settings):
            self._running.append(Running(part, due_at=late_at if part.stage is Stage.ANSWERING else 0.0))
        try:
            for running in self._running:
                if running.part.stage is Stage.AT_ONCE:
                    self._start(running)
            if self._migrate:
                self._run_migration()
            while not self._stop_signal:
                for running in self._running:
                    self._care(running)
                self._announce()
                if self._announced:
                    self._left_out.tell()
                self._sleep(wakeup)
        finally:
            self._stop()
            self._clear_up()

    # --- one part

    def _care(self, running: Running) -> None:
        """Start the part if it is due, and notice if it died."""
        now = time.monotonic()
        if running.process is None:
            if now >= running.due_at:
                self._start(running)
            return
        code = running.process.poll()
        if code is None:
            self._look_after(running)
            return
        lived = now - running.started_at
        if lived > STEADY:
            running.pause = 0.0
        self._tell_end(running, _ending(code, self._log(running)), lived)
        self._reap(running)
        running.due_at = now + running.pause
        running.pause = min(2 * running.pause or FIRST_PAUSE, LONGEST_PAUSE)

    def _tell_end(self, running: Running, ending: str, lived: float) -> None:
        """Say it once, however often the part is started in vain; ``/readyz`` says it as long as it is so."""
        if ending != running.ending or lived > SAME:
            when = f"in {running.pause:g} s" if running.pause else "at once"
            more = "" if running.pause else ", then after growing pauses"
            log = self._log(running)
            self._say(f"{running.part.name} ended ({ending}) and starts again {when}{more}; see {log}")
        running.ending = ending

    def _start(self, running: Running) -> None:
        part = running.part
        if part.cwd is not None:
            part.cwd.mkdir(parents=True, exist_ok=True)
        label = processes.label(self._settings.directory, self._instance, part.name)
        variables = {**part.environment, LABEL: label}
        running.process = processes.start(part.command, variables, self._log(running), part.cwd, part.niceness)
        running.started_at = time.monotonic()
        running.inode = 0

    def _look_after(self, running: Running) -> None:
        processes.rotate(self._log(running))
        if running.part.holds is None:
            return
        inode = running.part.holds.stat().st_ino if running.part.holds.exists() else 0
        if running.inode and inode != running.inode and running.process is not None:
            self._say(f"{running.part.holds} was replaced; {running.part.name} starts anew")
            running.process.terminate()
        running.inode = inode or running.inode

    def _reap(self, running: Running) -> None:
        """End what the dead process has left: nobody else will."""
        running.process = None
        label = processes.label(self._settings.directory, self._instance, running.part.name)
        processes.end(processes.labeled(label), grace=0)

    def _log(self, running: Running) -> Path:
        return self._settings.directory / "logs" / f"{running.part.name}.log"

    # --- the whole

    def _run_migration(self) -> None:
        command = own_process.command("service.storage.migrations")
        variables = processes.inherited() | environment(self._settings)
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise MigrationFailed(f"the database cannot be used: {last_line(done.stderr)}")

    def _stop(self) -> None:
        """First those that work, then those that keep what was done; whoever exceeds the grace time is killed."""
        if self._stop_signal:
            self._say("stopping…")
        deadline = time.monotonic() + self._settings.stop_grace
        for late in (False, True):
            group = [running for running in self._running if (running.part.stage is Stage.ANSWERING) is late]
            for running in group:
                _terminate(running)
            share = self._settings.stop_grace * 0.25 if not late else 0.0
            for running in group:
                _wait(running, deadline - share - time.monotonic())

    def _clear_up(self) -> None:
        """Nothing of this directory's services may be left but this process: no process, no directory of Ray's."""
        processes.end(processes.labeled(processes.label(self._settings.directory)), grace=0)
        for directory in self._temporary():
            shutil.rmtree(directory, ignore_errors=True)

    def _temporary(self) -> Sequence[Path]:
        """The directories of processes that end with this one; workers on a cluster may outlive it."""
        settings = self._settings
        ends_workers = settings.runs_ray or settings.pool == "process"
        return (short_path(settings.directory), *([settings.scratch] if ends_workers else []))

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        """Have a guard that ends the parts if this process is killed; it goes when this block ends."""
        label = processes.label(self._settings.directory, self._instance)
        guard = processes.start_guard(label, self._settings.stop_grace, self._temporary())
        try:
            yield
        finally:
            guard.communicate()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[socket.socket]:
        """SIGTERM and SIGINT ask for a stop; they and a child's death can be waited for on the socket that is given."""
        reader, writer = socket.socketpair()
        writer.setblocking(False)
        handlers = {
            kind: signal.signal(kind, self._on_signal) for kind in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        }
        handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        previous = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        try:
            yield reader
        finally:
            signal.set_wakeup_fd(previous)
            for kind, handler in handlers.items():
                signal.signal(kind, handler)
            reader.close()
            writer.close()

    def _on_signal(self, kind: int, _frame: FrameType | None) -> None:
        self._stop_signal = kind

    def _sleep(self, wakeup: socket.socket) -> None:
        now = time.monotonic()
        due = [running.due_at - now for running in self._running if running.process is None]
        patience = min([LOOK if self._announced else 0.1, *due])
        with selectors.DefaultSelector() as selector:
            selector.register(wakeup, selectors.EVENT_READ)
            if selector.select(max(0.0, patience)):
                wakeup.recv(4096)

    def _served(self) -> Served:
        settings = self._settings
        mlflow_port = settings.mlflow_port if runs_mlflow(settings) else None
        return Served(os.getpid(), address(settings), mlflow_port, self._instance)

    def _announce(self) -> None:
        if self._announced or not answers(self._settings, "/healthz"):
            return
        self._announced = True
        for running in self._running:
            if running.part.stage is Stage.ANSWERING:
                running.due_at = 0.0
        url = address(self._settings)
        mlflow = self._settings.mlflow_tracking_uri or (f"{url}/mlflow/" if runs_mlflow(self._settings) else "off")
        self._say(f"Studyhall serves {self._settings.directory}; Ctrl-C stops it\n")
        self._say(f"  dashboard  {url}/\n  MLflow     {mlflow}\n  API        {url}/api/docs\n")


def _terminate(running: Running) -> None:
    if running.process is not None and running.process.poll() is None:
        running.process.terminate()


def _wait(running: Running, patience: float) -> None:
    if running.process is None:
        return
    try:
        running.process.wait(max(0.0, patience))
    except subprocess.TimeoutExpired:
        running.process.kill()
        running.process.wait()


def _ending(code: int, log: Path) -> str:
    """How a process ended; one that cannot work without another has said why last."""
    if code == os.EX_UNAVAILABLE:
        return last_line(log.read_text(encoding="utf-8", errors="replace")[-LONGEST_REASON:])
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def main(supervisor: Supervisor | None = None) -> int:
    """Run a supervisor, by default with the settings of the environment; its exit code is that of ``EXIT_CONFLICT``."""
    try:
        (supervisor or Supervisor(settings_or_exit())).run()
    except ServiceError as error:
        print(error, file=sys.stderr)
        return EXIT_CONFLICT if isinstance(error, Conflict) else 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
