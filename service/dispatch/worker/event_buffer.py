"""What a worker has to say, gathered for a moment so that short runs cost few messages, and kept until it is stored."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from service.dispatch import wire
from service.dispatch.worker.unacknowledged import Unacknowledged
from service.study.jobs import Ending, Event, Log, Metrics, Payload, RunStart, Started

MOST_KEPT = 1024 * 1024 * 1024
"""Characters of what is kept for whoever leads next; a run that says more waits until somebody has heard it."""


class EventBuffer:
    """Events on their way out: gathered for ``gather`` seconds, handed over at once when one of them is urgent.

    What a run says in its first ``short`` seconds is gathered so long: one that ends by then is one message.

    What was gathered becomes a message with a number, which is kept until it is acknowledged: whoever leads next reads
    from there on. ``limit`` events make a message even if nobody reads. Safe from any thread.
    """

    def __init__(
        self,
        kept: Unacknowledged,
        gather: float = 0.05,
        short: float = 0.2,
        limit: int = 1000,
        most_kept: int = MOST_KEPT,
    ) -> None:
        self._kept = kept
        self._gather = gather
        self._short = short
        self._whole_until = 0.0
        self._limit = limit
        self._most_kept = most_kept
        self._changed = threading.Condition()
        self._pending: list[Event] = []
        self._n_entries = 0
        self._due: float | None = None
        self._next_seq: dict[RunStart, int] = {}
        self._begun: dict[RunStart, bool] = {}
        """What was begun, until its end is acknowledged; and whether it is alone on its node."""
        self._ends: dict[RunStart, int] = {}
        """The message that tells of its end."""
        self._spans: dict[RunStart, tuple[float, float | None]] = {}
        """When those began that the pending events tell of, and when they ended."""

    def begin(self, start: RunStart, *, alone: bool) -> None:
        """A run is to be told of from now on, perhaps under the number of a start that no engine has stored."""
        with self._changed:
            self._begun[start] = alone
            self._ends.pop(start, None)

    def put(self, start: RunStart, payload: Payload, *, urgent: bool = False) -> int:
        """Add an event; its number within the start comes back.

        Rows and text that follow their own kind, within a message that is not closed, join the event before.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._kept.size < self._most_kept)
            seq = self._append(start, payload)
            self._n_entries += 1
            now = time.monotonic()
            if seq == 0:
                self._whole_until = now + self._short
            if urgent:
                self._due = now
            elif self._due is None:
                self._due = max(now + self._gather, self._whole_until)
            if isinstance(payload, Started):
                self._spans[start] = now, None
            if isinstance(payload, Ending):
                if start in self._spans:
                    self._spans[start] = self._spans[start][0], now
                del self._next_seq[start]
                self._ends[start] = self._kept.last + 1
            if self._n_entries >= self._limit:
                self._close_message()
            self._changed.notify_all()
            return seq

    def read(self, after: int, is_wanted: Callable[[], bool], patience: float) -> tuple[int, str] | None:
        """The message behind that number, if there is one within so many seconds.

        Nothing either once it is not wanted any more (see ``look_up``).
        """
        until = time.monotonic() + patience
        with self._changed:
            while is_wanted():
                if self._kept.last > after:
                    return after + 1, self._kept.read(after + 1)
                now = time.monotonic()
                if self._due is not None and self._due <= now:
                    self._close_message()
                elif until <= now:
                    return None
                else:
                    self._changed.wait(min(self._due or until, until) - now)
            return None

    def acknowledged(self) -> int:
        """The number of the last message that need not be said again."""
        return self._kept.acknowledged

    def acknowledge(self, number: int) -> None:
        """Forget the messages up to this one: what they say is stored."""
        with self._changed:
            self._kept.acknowledge(number)
            for start in [start for start, told_in in self._ends.items() if told_in <= number]:
                del self._ends[start]
                self._begun.pop(start, None)
            self._changed.notify_all()

    def held(self) -> tuple[wire.HeldRun, ...]:
        """What was begun and whose end is not acknowledged."""
        with self._changed:
            return tuple(wire.HeldRun(*each, each in self._ends, alone) for each, alone in self._begun.items())

    def look_up(self) -> None:
        """Have readers ask whether they are still wanted."""
        with self._changed:
            self._changed.notify_all()

    def _close_message(self) -> None:
        events = tuple(map(self._dated, self._pending))
        self._kept.add(wire.encode(wire.Events(self._kept.last + 1, events)))
        self._pending, self._n_entries, self._due = [], 0, None
        self._spans.clear()

    def _dated(self, event: Event) -> Event:
        """Gathered, a run seems to take no time at all: its beginning says how long ago that was."""
        if not isinstance(event.payload, Started):
            return event
        began, ended = self._spans[event.run_id, event.start]
        ago = (time.monotonic() if ended is None else ended) - began
        return replace(event, payload=replace(event.payload, ago=ago))

    def _append(self, start: RunStart, payload: Payload) -> int:
        before = self._pending[-1] if self._pending else None
        if before is not None and (before.run_id, before.start) == start:
            joined = _joined(before.payload, payload)
            if joined is not None:
                self._pending[-1] = replace(before, payload=joined)
                return before.seq
        seq = self._next_seq.get(start, 0)
        self._next_seq[start] = seq + 1
        self._pending.append(Event(*start, seq, payload))
        return seq


def _joined(before: Payload, payload: Payload) -> Payload | None:
    """Both in one, where neighbors become one event; one that awaits its answer stays as it is."""
    match before, payload:
        case Metrics(rows, awaits=False), Metrics(more, awaits):
            return Metrics(rows + more, awaits)
        case Log(text), Log(more):
            return Log(text + more)
    return None
