"""How a training run talks to whoever started it, and what it hears back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

BEST, MODEL, CARD = "best.ckpt", "model.pt2", "model.md"
"""Names under which a run hands over its best weights, its exported model and the text beside that."""
TRAINED = "epoch"
"""The metric of rows within an epoch: how many epochs were trained by then, the part of the last one among them."""
NOT_EXPORTED = "the model is not exported: "
"""How a run's log begins the reason where a user's own module could not be exported."""


class Decision(StrEnum):
    """The answer to a report: go on, or end; at the end, keep the artifacts or drop them.

    A run ends PRUNEd; it STOPs, perhaps to go on later; or it is to END here with what it has come to, as one does that
    has trained all its epochs.
    """

    CONTINUE = "continue"
    PRUNE = "prune"
    STOP = "stop"
    END = "end"
    KEEP = "keep"
    DROP = "drop"


@dataclass(frozen=True)
class Report:
    """One row of a run's curves: where the run stands, and the values of the metrics that were measured there.

    A metric that was measured as NaN or infinite stands here so; one that was not measured does not stand here.
    ``step`` counts optimizer steps, and an epoch in which none was seen as one; ``epoch`` counts finished epochs (of a
    row within an epoch the metric `epoch` says how many are trained), ``wall_time`` is seconds since 1970 and
    ``training_time`` seconds spent in training so far, without the time a decision was waited for.
    """

    step: int
    epoch: int
    wall_time: float
    training_time: float
    metrics: Mapping[str, float]

    @property
    def begun_epochs(self) -> int:
        """How many epochs were computed, the one under way among them."""
        return self.epoch + (self.metrics.get(TRAINED, 0.0) > self.epoch)


@dataclass(frozen=True)
class Result:
    """What a finished run leaves: its metrics at the epoch that counts, and the reason when it did not run to its end.

    ``metrics_epoch`` is that epoch, of which the weights of all artifacts are too; None when no epoch was judged.
    ``data_hash`` is of the test data that were measured; empty where none were, or where they cannot be recognized.
    """

    metrics: Mapping[str, float]
    metrics_epoch: int | None
    epochs: int
    steps: int
    training_time: float
    ended: Decision = Decision.CONTINUE
    reason: str = ""
    n_parameters: int = 0
    data_hash: str = ""
    artifacts: Mapping[str, Path] = field(default_factory=dict)


class Reporter(Protocol):
    """Receives what a run has to say. Every call may block; none may raise because of the receiver."""

    def report(self, report: Report) -> Decision:
        """Hand over one row of the curves; CONTINUE, PRUNE, STOP or END comes back."""
        ...

    def finishing(self, metrics: Mapping[str, float]) -> Decision:
        """Ask, once, before checkpoint, picture and exported model of the judged epoch are made: KEEP or DROP."""
        ...

    def checkpoint(self, path: Path, step: int) -> None:
        """Hand over a resume checkpoint that is complete on disk; ``step`` is the last reported step it contains."""
        ...

    def artifact(self, name: str, path: Path) -> None:
        """Hand over a finished file, under the name users will see."""
        ...

    def log(self, text: str) -> None:
        """Hand over a line of the run's log."""
        ...

    def stop_requested(self) -> Decision | None:
        """STOP or END once somebody asked this run to; polled after every batch, so it must be cheap."""
        ...


class Silence:
    """A reporter that lets a run go on and keeps nothing of it; others say what they hear beside that."""

    def report(self, report: Report) -> Decision:
        """Go on."""
        return Decision.CONTINUE

    def finishing(self, metrics: Mapping[str, float]) -> Decision:
        """Keep nothing."""
        return Decision.DROP

    def checkpoint(self, path: Path, step: int) -> None:
        """Nobody goes on from it."""

    def artifact(self, name: str, path: Path) -> None:
        """Nobody wants it."""

    def log(self, text: str) -> None:
        """Nobody reads it."""

    def stop_requested(self) -> Decision | None:
        """Nobody asks."""
        return None
