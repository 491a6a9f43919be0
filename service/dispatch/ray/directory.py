"""The private directory of a local Ray, and the processes that belong to it."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psutil

from service.errors import PoolFailed

MARK = "STUDYHALL_RAY_DIRECTORY"
"""Environment variable that every process of our Ray carries; so leftovers of a killed head are known."""
_LONGEST = 40
"""Characters; Ray appends some 65 to name its sockets, which may have 107."""


def short_path(home: Path) -> Path:
    """Where the Ray of this data directory lives: always the same place, and short enough for its sockets."""
    name = f"studyhall-{hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:10]}"
    path = Path(tempfile.gettempdir()) / name
    return path if len(str(path)) <= _LONGEST else Path("/tmp") / name  # noqa: S108 - checked by make_private


def make_private(directory: Path) -> None:
    """A fresh directory that nobody else can enter, with a fresh token and an empty directory to stand in.

    Raises:
        PoolFailed: somebody else owns the place.
    """
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o700, exist_ok=True)
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise PoolFailed(f"{directory} belongs to somebody else; remove it, or set TMPDIR")
    (directory / "empty").mkdir()
    (directory / "ray").mkdir()
    token = os.open(directory / "token", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(token, "w") as file:
        file.write(secrets.token_hex(32))


def marked_processes(directory: Path) -> list[psutil.Process]:
    """Every process that was started by the Ray of this directory."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(MARK) == str(directory):
                found.append(process)
        except (psutil.Error, OSError):  # it is gone, or another user's
            continue
    return found


def is_alive(process: psutil.Process) -> bool:
    """Whether the process runs; one that has ended and was not collected does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def end_processes(processes: Sequence[psutil.Process], patience: float = 3.0) -> None:
    """Wait for processes to end by themselves, then end them."""
    _, slow = psutil.wait_procs(processes, timeout=patience)
    for process in slow:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(slow, timeout=patience)
