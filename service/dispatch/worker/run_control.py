"""The answers a run waits for: decisions, and the wish that it ends."""

from __future__ import annotations

import threading

from experiments.reporting import Decision


class RunControl:
    """What a run has heard so far in one of its starts. Safe from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._decisions: dict[int, Decision] = {}
        self._wish: Decision | None = None
        self._wants_checkpoint = False

    def decide(self, seq: int, decision: Decision) -> None:
        """Hand in the answer to the event ``seq``."""
        with self._changed:
            self._decisions[seq] = decision
            self._changed.notify_all()

    def stop(self, *, checkpoint: bool) -> None:
        """Hand in the wish that the run ends at its next batch, with a resume checkpoint first if wanted."""
        self._hear(Decision.STOP, checkpoint=checkpoint)

    def end(self) -> None:
        """Hand in the wish that the run ends at its next batch, with what it has come to."""
        self._hear(Decision.END, checkpoint=False)

    def _hear(self, wish: Decision, *, checkpoint: bool) -> None:
        with self._changed:
            self._wish, self._wants_checkpoint = wish, checkpoint
            self._changed.notify_all()

    @property
    def wish(self) -> Decision | None:
        """STOP or END, as the run was asked to last; nothing while nobody did."""
        return self._wish

    @property
    def wants_checkpoint(self) -> bool:
        """Whether the run was asked to end with a resume checkpoint."""
        return self._wants_checkpoint

    def await_decision(self, seq: int) -> Decision:
        """Wait until the event ``seq`` is answered, however long it takes: a run that hears nothing does not go on."""
        with self._changed:
            self._changed.wait_for(lambda: seq in self._decisions)
            return self._decisions.pop(seq)

    def await_decision_or_stop(self, seq: int) -> Decision:
        """The same, but a run that is asked to end while it waits hears that: STOP, or END."""
        with self._changed:
            self._changed.wait_for(lambda: seq in self._decisions or self._wish is not None)
            return self._decisions.pop(seq, self._wish or Decision.STOP)
