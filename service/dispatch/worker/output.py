"""What training prints, and the warnings it raises, as lines of the run's log."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from typing import TextIO

_LONGEST_LINE = 10_000
"""Characters after which a line is ended for whoever never ends it."""


class LineWriter(io.TextIOBase):
    """A text stream that hands every finished line to ``write_line`` and stops after ``limit`` characters."""

    def __init__(self, write_line: Callable[[str], None], limit: int = 1_000_000) -> None:
        super().__init__()
        self._write_line = write_line
        self._left = limit
        self._partial = ""

    def writable(self) -> bool:
        """Text may be written."""
        return True

    def write(self, text: str) -> int:
        """Take text; lines leave when they end."""
        *lines, self._partial = (self._partial + text).split("\n")
        for line in lines:
            self._emit(line)
        if len(self._partial) > _LONGEST_LINE:
            self.finish()
        return len(text)

    def finish(self) -> None:
        """Hand over a last line that has no end."""
        if self._partial:
            self._emit(self._partial)
            self._partial = ""

    def _emit(self, line: str) -> None:
        if self._left <= 0:
            return
        self._left -= len(line) + 1
        self._write_line(line if self._left > 0 else "… the log is full; what follows is not kept")


@contextlib.contextmanager
def captured(write_line: Callable[[str], None]) -> Iterator[None]:
    """Send standard output, standard error and warnings of this process to ``write_line``, line by line.

    Warnings are shown once for each run, not once for each worker.
    """
    writer = LineWriter(write_line)

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,  # noqa: ARG001
        line: str | None = None,
    ) -> None:
        writer.write(warnings.formatwarning(message, category, filename, lineno, line))

    with warnings.catch_warnings(), contextlib.redirect_stdout(writer), contextlib.redirect_stderr(writer):
        warnings.showwarning = show
        try:
            yield
        finally:
            writer.finish()
