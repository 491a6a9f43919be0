"""A worker's sign of life: said every few seconds, whatever else it says, with how far it is and what it holds."""

from __future__ import annotations

import time

import psutil

from service.dispatch import wire

BEAT_SECONDS = 5.0


class Pulse:
    """When the next sign of life is due, and what it says."""

    def __init__(self) -> None:
        self.n_batches = 0
        """How many the run has trained in this start; counted by the thread that trains."""
        self._due = 0.0
        self._process = psutil.Process()

    def remaining(self) -> float:
        """Seconds until it is due."""
        return self._due - time.monotonic()

    def beat(self) -> wire.Alive:
        """The sign of life that is due now."""
        self._due = time.monotonic() + BEAT_SECONDS
        return wire.Alive(self.n_batches, self._process.memory_info().rss)
