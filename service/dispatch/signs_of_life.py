"""What the pool knows of a worker's life from what it hears, and when that is too little."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_LOOK = 10.0
"""Seconds that count between two looks at all workers, however long it really was."""
START_SECONDS = 300.0
"""Seconds after which a worker that has said nothing yet will not come up; torch from a slow disk takes a minute."""


@dataclass
class SignsOfLife:
    """Of one worker. Seconds count only while the pool itself ran and looked."""

    is_warm: bool = False
    silent: float = 0.0
    """Seconds since it said anything, or since it was started."""
    n_batches: int = 0
    """Of the run that it trains, when it last said so."""

    def heard(self) -> None:
        """The worker has said something, so it is warm, and lives."""
        self.is_warm, self.silent = True, 0.0

    def miss(self, seconds: float, patience: float) -> str:
        """It has said nothing for so much longer; why it is to be ended, if it is.

        C code that does not let go of the interpreter keeps a worker from speaking too, so ``patience`` is long.
        """
        self.silent += seconds
        if not self.is_warm:
            return f"it did not come up within {START_SECONDS:g} s" if self.silent > START_SECONDS else ""
        if self.silent <= patience:
            return ""
        return f"it said nothing for {patience:g} s, since it had trained {self.n_batches:,} batches"
