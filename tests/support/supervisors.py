"""A supervisor in a process of its own, over small real children."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from service.environment import LABEL
from service.supervisor import processes

SUPERVISOR = """
import sys
from pathlib import Path
from service.supervisor import supervisor
from service.supervisor.children import ChildProcess, Stage
from service.environment import LABEL
from service.settings import Settings

supervisor.FIRST_PAUSE = 0.05
supervisor.LATE = 0.0
supervisor.LOOK = 0.1
holds = Path({holds!r}) if {holds!r} else None
stages = (Stage.DATABASE_READY, Stage.ANSWERING)
python = (sys.executable, "-P", "-c")
parts = [ChildProcess(name, (*python, code), stage=stages[late], holds=holds) for name, code, late in {parts!r}]
settings = Settings(home=Path({home!r}), port={port}, mlflow_enabled=False, stop_grace={grace})
raise SystemExit(supervisor.main(supervisor.Supervisor(settings, lambda _: parts, migrate=False)))
"""
SLEEP = "import time\nwhile True: time.sleep(60)\n"
STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\n" + SLEEP
FAMILY = """
import subprocess, sys
subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'], start_new_session=True)
"""
Code = tuple[str, str, bool]


class Service:
    """A supervisor process on a data directory."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.process: subprocess.Popen[str] | None = None
        self.output = home.with_suffix(".out")

    def start(self, *parts: Code, port: int = 0, grace: float = 5.0, holds: str = "") -> subprocess.Popen[str]:
        """Start it with parts: name, Python code, and whether it is late."""
        code = SUPERVISOR.format(parts=parts, home=str(self.home), port=port, grace=grace, holds=holds)
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", code], stdout=output, stderr=subprocess.STDOUT, text=True
            )
        return self.process

    def ours(self) -> list[psutil.Process]:
        """Every living process of the service but the supervisor and its guard."""
        found = processes.labeled(processes.label(self.home.resolve()))
        return [process for process in found if process.status() != psutil.STATUS_ZOMBIE]

    def part(self, name: str) -> psutil.Process | None:
        """The main process of a part."""
        assert self.process is not None
        for process in self.ours():
            if process.ppid() == self.process.pid and process.environ()[LABEL].endswith(f"|{name}"):
                return process
        return None

    def log(self, part: str) -> str:
        """What a part has written."""
        log = self.home / "logs" / f"{part}.log"
        return log.read_text() if log.exists() else ""

    def stop(self, kind: signal.Signals = signal.SIGTERM) -> int:
        """Stop the supervisor; its exit code comes back."""
        assert self.process is not None
        self.process.send_signal(kind)
        code = self.process.wait(30)
        print(self.said())
        return code

    def said(self) -> str:
        """What the supervisor has printed."""
        return self.output.read_text()


def until(what: Callable[[], object], patience: float = 30.0) -> None:
    """Return when it is true."""
    deadline = time.monotonic() + patience
    while not what():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.02)
