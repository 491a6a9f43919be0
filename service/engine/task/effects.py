"""What an event of a run comes to, which `study_task` carries out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from experiments.reporting import Decision
from service.engine.transitions import Transition
from service.engine.trials.active_trial import ActiveRun
from service.study.ports import Transaction
from service.study.records import Trial

Operation = Callable[[Transaction], None]

HOW_IT_ENDED = -1
"""The number of the engine's line about the end of a start, of which there is one; events count from 0."""


@dataclass(frozen=True)
class EndedTrial:
    """A trial whose last run has ended, and the last epoch and value of its curve."""

    record: Trial
    last: tuple[int, float] | None


@dataclass
class Effects:
    """What is to be done about an event, in this order."""

    operations: list[Operation] = field(default_factory=list)
    """Writes, whose order the writer keeps."""
    transitions: list[Transition] = field(default_factory=list)
    stops: list[tuple[ActiveRun, str]] = field(default_factory=list)
    """Runs to be stopped for good, and why."""
    upload: tuple[ActiveRun, bool] | None = None
    """A run whose worker has begun to store a checkpoint, or has ended doing so."""
    answer: Decision | None = None
    """What the worker that sent the event is told."""
    hold: str = ""
    """Why the study cannot go on as things are."""
    ended: EndedTrial | None = None
    """What the search is to learn."""

    def post(self, operation: Operation) -> None:
        """One write more."""
        self.operations.append(operation)

    def log(self, run_id: str, start: int, text: str, seq: int = HOW_IT_ENDED) -> None:
        """A text of the run's log, stored once however often it comes: what an event says, or how its start ended."""
        self.post(lambda tx: tx.append_log(run_id, text, (start, seq)))
