"""One log line for each transition of a study, a trial or a run, and why."""

from __future__ import annotations

import logging
from dataclasses import dataclass

log = logging.getLogger("service.engine")


@dataclass(frozen=True)
class Transition:
    """What became of a trial or a run, or of the study itself."""

    action: str
    trial: int | None = None
    run: str = ""
    reason: str = ""

    def log(self, study: str) -> None:
        """Say so."""
        trial = "-" if self.trial is None else self.trial
        log.info(
            "action=%r study=%s trial=%s run=%s reason=%r", self.action, study, trial, self.run or "-", self.reason
        )
