"""What a worker has to say, gathered for a moment so that short runs cost few messages."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from service.study.jobs import Ending, Event, Log, Metrics, Payload


class EventBuffer:
    """Events on their way out: gathered for ``gather`` seconds, handed over at once when one of them is urgent.

    ``put`` blocks while ``limit`` entries wait, so a run that reports faster than it is heard is slowed down and does
    not fill the memory. Safe from any thread.
    """

    def __init__(self, gather: float = 0.05, limit: int = 1000) -> None:
        self._gather = gather
        self._limit = limit
        self._changed = threading.Condition()
        self._pending: list[Event] = []
        self._n_entries = 0
        self._due: float | None = None
        self._next_seq: dict[tuple[str, int], int] = {}
        self._closed = False

    def put(self, run: tuple[str, int], payload: Payload, *, urgent: bool = False) -> int:
        """Add an event of ``run`` (run id and attempt); its number within the attempt comes back.

        Rows and text that follow their own kind, within a batch that has not left, join the event before.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._n_entries < self._limit or self._closed)
            seq = self._append(run, payload)
            self._n_entries += 1
            now = time.monotonic()
            self._due = now if urgent else self._due if self._due is not None else now + self._gather
            if isinstance(payload, Ending):
                del self._next_seq[run]
            self._changed.notify_all()
            return seq

    def take(self, patience: float) -> list[Event]:
        """The next batch that is due within so many seconds; an empty one if there is none, or the buffer is closed."""
        until = time.monotonic() + patience
        with self._changed:
            while not self._closed and (remaining := min(self._due or until, until) - time.monotonic()) > 0:
                self._changed.wait(remaining)
            if self._due is None or self._due > time.monotonic():
                return []
            batch, self._pending = self._pending, []
            self._n_entries, self._due = 0, None
            self._changed.notify_all()
            return batch

    def close(self) -> None:
        """Let nobody wait any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _append(self, run: tuple[str, int], payload: Payload) -> int:
        before = self._pending[-1] if self._pending else None
        if before is not None and (before.run_id, before.attempt) == run:
            joined = _joined(before.payload, payload)
            if joined is not None:
                self._pending[-1] = replace(before, payload=joined)
                return before.seq
        seq = self._next_seq.get(run, 0)
        self._next_seq[run] = seq + 1
        self._pending.append(Event(*run, seq, payload))
        return seq


def _joined(before: Payload, payload: Payload) -> Payload | None:
    """Both in one, where neighbors become one event; one that awaits its answer stays as it is."""
    match before, payload:
        case Metrics(rows, awaits=False), Metrics(more, awaits):
            return Metrics(rows + more, awaits)
        case Log(text), Log(more):
            return Log(text + more)
    return None
