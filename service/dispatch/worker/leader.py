"""Whom a worker obeys, and for how long it waits for somebody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PATIENCE = 600.0
"""Seconds without a word of an engine after which a worker ends itself. An engine that lives says a word every 10 s."""


class Leader:
    """The engine with the highest epoch that the worker has heard. Safe from any thread.

    The epoch is the fence: an engine that was replaced while it slept may wake up and command as before. Its
    successor's workers do not listen.
    """

    def __init__(self, patience: float = PATIENCE, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience = patience
        self._clock = clock
        self._lock = threading.Lock()
        self._epoch = 0
        self._heard_at = clock()

    def hear(self, epoch: int) -> bool:
        """Note a word of the engine with this epoch; whether it is to be obeyed."""
        with self._lock:
            if epoch < self._epoch:
                return False
            self._epoch, self._heard_at = epoch, self._clock()
            return True

    def is_of(self, epoch: int) -> bool:
        """Whether no engine with a higher epoch was heard."""
        return epoch >= self._epoch

    def is_missed(self) -> bool:
        """Whether nobody has led for longer than the worker waits."""
        return self._clock() - self._heard_at > self._patience
