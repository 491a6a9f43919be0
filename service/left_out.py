"""What is left out of users' own code, and why: from the API, which follows their files, to the terminal of ``serve``.

The API writes it into the data directory, and the supervisor, which asks nobody, reads it there.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from experiments.errors import left_out

_FILE = "left-out.json"


def publish(directory: Path, refused: Iterable[Mapping[str, str]]) -> None:
    """Let the terminal know what is left out now; a directory that takes no files costs only that."""
    found = [[one["name"], one["reason"]] for one in refused]
    new = directory / f"{_FILE}.new"
    with contextlib.suppress(OSError):
        new.write_text(json.dumps(found), encoding="utf-8")
        new.replace(directory / _FILE)


class LeftOut:
    """Says what is left out, and again what has changed of it."""

    def __init__(self, directory: Path, say: Callable[[str], None]) -> None:
        self._file = directory / _FILE
        self._say = say
        self._said: set[tuple[str, str]] = set()

    def forget(self) -> None:
        """What another service has left in the directory is not told."""
        self._file.unlink(missing_ok=True)

    def tell(self) -> None:
        """Say what is new since the last time."""
        try:
            found = [(name, reason) for name, reason in json.loads(self._file.read_bytes())]
        except (OSError, ValueError):
            return
        for name, reason in found:
            if (name, reason) not in self._said:
                self._say(left_out(name, reason))
        for name in {name for name, _ in self._said} - {name for name, _ in found}:
            self._say(f"{name} is not left out any more")
        self._said = set(found)
