"""Where a worker keeps what it needs while it lives: on its own node, whichever that is.

A worker that is ended takes its directory along. What one has left that was killed, the next worker of the service on
that node removes: the lock on a directory is its owner's life.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_PREFIX = "own-"


class Scratch:
    """A worker's own directory, beside those of its service's other workers on this node."""

    def __init__(self, folder: str, worker: str) -> None:
        """``folder`` is the service's; a relative one lies in the node's place for temporary files."""
        self.path = own_directory(folder, worker)
        home = self.path.parent
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if home.stat().st_uid != os.getuid():
            raise PermissionError(f"{home} belongs to somebody else; remove it, or set TMPDIR on this node")
        with _locked(home):  # nobody may take the new directory for one that was left, before it is held
            _remove_left(home)
            self.path.mkdir()
            self._held = os.open(self.path, os.O_RDONLY)  # for as long as the process lives, and what it forks
            fcntl.flock(self._held, fcntl.LOCK_EX)

    def remove(self) -> None:
        """Take it along."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._held)


def own_directory(folder: str, worker: str) -> Path:
    """The directory of this worker on its node. Only what is called so is ever removed."""
    return Path(tempfile.gettempdir()) / folder / f"{_PREFIX}{worker}"


def remove_left(folder: Path) -> None:
    """Remove what dead workers have left in their service's folder; a relative one lies on the nodes of a cluster.

    Those who live may be another engine's: one that was stopped and comes to its end has a successor by then.
    """
    if folder.is_absolute() and folder.is_dir():
        with _locked(folder):
            _remove_left(folder)


def _remove_left(folder: Path) -> None:
    """The same; for who has locked the folder, since a directory that has just been made is not held yet."""
    for other in folder.glob(f"{_PREFIX}*"):
        if _is_left(other):
            shutil.rmtree(other, ignore_errors=True)


@contextlib.contextmanager
def _locked(directory: Path) -> Iterator[None]:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_left(directory: Path) -> bool:
    """Whether nobody holds it any more."""
    try:
        descriptor = os.open(directory, os.O_RDONLY)
    except FileNotFoundError:  # its owner has just taken it along
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
