"""What a worker has said and nobody has acknowledged yet: the next engine hears it again."""

from __future__ import annotations

import logging
from collections import OrderedDict
from pathlib import Path

logger = logging.getLogger(__name__)

IN_MEMORY = 64 * 1024 * 1024
"""Characters that are kept in memory; what comes on top is written to the worker's scratch directory."""


class Unacknowledged:
    """Messages by number, the oldest first. Not safe from several threads."""

    def __init__(self, directory: Path, in_memory: int = IN_MEMORY) -> None:
        self._directory = directory
        self._in_memory = in_memory
        self._kept: OrderedDict[int, str | Path] = OrderedDict()
        self._sizes: dict[int, int] = {}
        self._memory = 0
        self.size = 0
        """Characters of all that is kept."""
        self.last = 0
        """The number of the newest message."""
        self.acknowledged = 0

    def add(self, text: str) -> None:
        """Keep the next message."""
        self.last += 1
        self._sizes[self.last] = len(text)
        self.size += len(text)
        file = self._spill(text) if self._memory + len(text) > self._in_memory else None
        self._kept[self.last] = file or text
        self._memory += 0 if file else len(text)

    def _spill(self, text: str) -> Path | None:
        """The newest message's file; without one it stays in memory, which is better than a run that fails of it."""
        file = self._directory / str(self.last)
        try:
            self._directory.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        except OSError:
            logger.exception("what the worker has said cannot be written down")
            return None
        return file

    def read(self, number: int) -> str:
        """The message of this number, which is not acknowledged."""
        kept = self._kept[number]
        return kept if isinstance(kept, str) else kept.read_text(encoding="utf-8")

    def acknowledge(self, number: int) -> None:
        """Forget the messages up to this one."""
        while self._kept and next(iter(self._kept)) <= number:
            first, kept = self._kept.popitem(last=False)
            size = self._sizes.pop(first)
            self.size -= size
            if isinstance(kept, str):
                self._memory -= size
            else:
                kept.unlink(missing_ok=True)
        self.acknowledged = max(self.acknowledged, min(number, self.last))
