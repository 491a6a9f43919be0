"""Whether a run may be what ends its nodes: it is told by the nodes that it ended while it was alone there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from service.study.records import Attempt

ALONE_FROM = 2
"""After so many losses in a row the run has a node for itself: it may be the one that ends them."""
POISON = 3
"""So many nodes that it had for itself, and it is no accident."""


@dataclass(frozen=True)
class NodeLosses:
    """How often a run lost its node, or its engine, since it last left a new checkpoint."""

    times: int = 0
    alone: int = 0
    """Of these, how often it had the node for itself."""

    @classmethod
    def of(cls, lost: Iterable[Attempt], newest_checkpoint: str | None) -> NodeLosses:
        """What a run's starts that ended so tell; those that began at an older checkpoint got on since."""
        stuck = [attempt for attempt in lost if attempt.parent_checkpoint == newest_checkpoint]
        return cls(len(stuck), sum(attempt.alone for attempt in stuck))

    @property
    def must_be_alone(self) -> bool:
        """Whether its next start has a node for itself."""
        return self.times >= ALONE_FROM

    @property
    def is_poison(self) -> bool:
        """Whether it is not started any more."""
        return self.alone >= POISON

    def once_more(self, *, alone: bool) -> NodeLosses:
        """Another loss, of a start that had its node for itself or had not."""
        return NodeLosses(self.times + 1, self.alone + alone)
