"""The data directory: private, and served by one supervisor at a time."""

from __future__ import annotations

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from service.errors import Conflict

LOCK = "serve.lock"
GLANCE = 0.3
"""Seconds for which somebody who only looks (``serving_now``) may keep the lock from a supervisor that starts."""


@dataclass(frozen=True)
class Served:
    """Who serves a data directory, and where."""

    pid: int
    url: str
    mlflow_port: int | None
    instance: str


class AlreadyServed(Conflict):
    """Another process serves this data directory."""

    def __init__(self, directory: Path, by: Served | None) -> None:
        who = f"process {by.pid}, at {by.url}" if by else "another process"
        super().__init__(f"{directory} is already served by {who}; stop that one, or choose another --home")
        self.by = by


class HomeLock:
    """Held for as long as a supervisor lives; the system frees it however that ends."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._file: IO[str] | None = None

    def acquire(self) -> Served | None:
        """Take the directory, created for this user alone; who served it last and made no orderly stop comes back.

        Raises:
            AlreadyServed: a living supervisor has it.
            Conflict: it cannot be made or written.
        """
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = (self._directory / LOCK).open("a+", encoding="utf-8")
        except OSError as error:
            remedy = "choose another with --home, or STUDYHALL_HOME"
            message = f"the data directory {self._directory} cannot be used: {error.strerror}; {remedy}"
            raise Conflict(message) from error
        deadline = time.monotonic() + GLANCE
        while not _lock(file):
            if time.monotonic() > deadline:
                file.close()
                raise AlreadyServed(self._directory, last_served(self._directory))
            time.sleep(0.02)
        self._file = file
        return last_served(self._directory)

    def publish(self, served: Served) -> None:
        """Say who serves the directory now."""
        self._write(json.dumps(asdict(served)))

    def release(self) -> None:
        """Leave it, as if never served."""
        if self._file is not None:
            self._write("")
            self._file.close()
            self._file = None

    def _write(self, text: str) -> None:
        if self._file is not None:
            os.ftruncate(self._file.fileno(), 0)
            os.pwrite(self._file.fileno(), text.encode(), 0)


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def last_served(directory: Path) -> Served | None:
    """What the last supervisor published, whether or not it still lives."""
    try:
        return Served(**json.loads((directory / LOCK).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def serving_now(directory: Path) -> Served | None:
    """Who serves the directory at this moment, or nothing."""
    try:
        with (directory / LOCK).open("r+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return last_served(directory)
    return None
