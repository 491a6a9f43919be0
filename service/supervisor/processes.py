"""Processes of one service: started so that they end with it, and found again if they did not.

Every process carries a label in its environment, ``<data directory>|<instance>|<part>``, which its children inherit.
So whatever a killed part leaves behind (Ray's daemons, a server's worker) is known as ours, whoever its parent is now.
``python -m service.supervisor.processes <label> <grace> <directory> …`` is the guard: it reads standard input until the
supervisor's death closes it, and then sees to it that every process of the label ends, and removes those directories.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import psutil

from experiments import own_process
from service.dispatch.ray.directory import is_alive
from service.environment import LABEL

PREFIX = "STUDYHALL_"
"""Beginning of the names of our variables: settings, and labels."""
LARGEST_LOG = 10_000_000
PR_SET_PDEATHSIG = 1


def label(directory: Path, instance: str = "", part: str = "") -> str:
    """A part's label; what is left out makes it the beginning of the labels of all."""
    return "|".join([str(directory), *filter(None, [instance, part])]) + ("" if part else "|")


def start(
    command: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    cwd: Path | None = None,
    niceness: int = 0,
) -> subprocess.Popen[bytes]:
    """Start a part in its own process group; it is asked to end when this process dies.

    Its output is appended to the log, so that the file may be cut short at any time.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603
            command,
            env={**inherited(), **environment, "PYTHONSAFEPATH": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            process_group=0,
            preexec_fn=partial(_begin, niceness),  # noqa: PLW1509  the supervisor has one thread
        )


def inherited() -> dict[str, str]:
    """This process's variables without our own: each part is given those anew, and only those that it needs."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def start_guard(prefix: str, grace: float, directories: Iterable[Path]) -> subprocess.Popen[bytes]:
    """Start the guard of a label; it outlives this process, for as long as it takes to end the others.

    ``directories`` are those that must go when no process is left.
    """
    command = own_process.command("service.supervisor.processes", prefix, str(grace), *map(str, directories))
    return subprocess.Popen(  # noqa: S603
        command,
        env=inherited(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )


def labeled(prefix: str, without: str | None = None) -> list[psutil.Process]:
    """The processes whose label begins so, except those whose label begins with ``without``."""
    found = []
    for process in psutil.process_iter():
        try:
            value = process.environ().get(LABEL, "")
        except (psutil.Error, OSError):
            continue  # ended in the meantime, or not ours to look at
        if value.startswith(prefix) and not (without and value.startswith(without)):
            found.append(process)
    return [process for process in found if process.pid != os.getpid()]


def end(processes: Iterable[psutil.Process], grace: float, *, ask: bool = True) -> None:
    """Kill those of the processes that have not ended within the grace time, which begins with the request to end."""
    alive = list(processes)
    for process in alive if ask and grace > 0 else ():
        _signal(process, signal.SIGTERM)
    alive = _outlasting(alive, grace)
    for process in alive:
        _signal(process, signal.SIGKILL)
    _outlasting(alive, 5.0)


def _outlasting(processes: Iterable[psutil.Process], patience: float) -> list[psutil.Process]:
    """Those that still run after so many seconds; one that ended counts as gone even if nobody has collected it."""
    deadline = time.monotonic() + patience
    while (alive := [process for process in processes if is_alive(process)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return alive


def rotate(log: Path) -> None:
    """Move a long log's content to ``<name>.1``; its writer goes on in the emptied file."""
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        shutil.copyfile(log, log.with_name(log.name + ".1"))
        os.truncate(log, 0)


def _signal(process: psutil.Process, kind: signal.Signals) -> None:
    try:
        process.send_signal(kind)
    except psutil.NoSuchProcess:
        return


def _begin(niceness: int) -> None:
    os.nice(niceness)
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _guard(prefix: str, grace: float, directories: Sequence[str]) -> None:
    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(kind, signal.SIG_IGN)  # its end is that of the supervisor, which closes the pipe
    sys.stdin.buffer.read()
    asked_already = sys.platform == "linux"  # by the kernel, when the supervisor died; so Ray's own servers end last
    end(labeled(prefix), grace, ask=not asked_already)
    end(labeled(prefix), 0)  # what was started meanwhile
    for directory in directories:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    _guard(sys.argv[1], float(sys.argv[2]), sys.argv[3:])
