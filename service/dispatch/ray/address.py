"""Where the Ray of a data directory is found: a file that its head writes and its drivers hold while they need it."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import psutil

_FILE = "ray.json"


@dataclass(frozen=True)
class HeadAddress:
    """A running Ray: the address drivers attach to, its private directory, and the processes it cannot do without."""

    address: str
    directory: str
    processes: Sequence[tuple[int, str]]
    """Process id and name of the head and of Ray's servers. A time of start would change with the clock."""

    @classmethod
    def of(cls, address: str, directory: Path, processes: Sequence[psutil.Process]) -> HeadAddress:
        """The address of a Ray that consists of these processes."""
        return cls(address, str(directory), [(process.pid, process.name()) for process in processes])

    def is_alive(self) -> bool:
        """Whether all of its processes run."""
        return all(_runs(pid, name) for pid, name in self.processes)


class PublishedAddress:
    """The file, held open. A driver has a shared lock on it, which the system frees however the driver ends."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    @classmethod
    def publish(cls, home: Path, head: HeadAddress) -> PublishedAddress:
        """Write it, whole or not at all."""
        path = home / _FILE
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(head)), encoding="utf-8")
        file = fresh.open(encoding="utf-8")
        fresh.replace(path)
        return cls(file)

    @staticmethod
    def withdraw(home: Path) -> None:
        """Take it away: nobody shall look for a Ray here."""
        (home / _FILE).unlink(missing_ok=True)

    def is_unused(self) -> bool:
        """Whether no driver holds it."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def hold_address(home: Path) -> tuple[HeadAddress, IO[str]] | None:
    """The living Ray of this data directory, held until the file is closed; nothing while there is none."""
    try:
        file = (home / _FILE).open(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:  # it is about to end
        file.close()
        return None
    head = HeadAddress(**json.load(file))
    if not head.is_alive():
        file.close()
        return None
    return head, file


def _runs(pid: int, name: str) -> bool:
    try:
        process = psutil.Process(pid)
        with process.oneshot():  # one look at it for both questions, twice a second
            return process.name() == name and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
