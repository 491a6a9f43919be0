"""How the best value came about: each trial that was better than all that had ended before it."""

from __future__ import annotations

from typing import Any

from service.analysis.judged import judged
from service.analysis.rows import Rows


def history(rows: Rows, study_id: str, *, objective: str | None = None) -> dict[str, Any]:
    """The improvements, in the order in which they ended."""
    known = judged(rows, study_id, objective)
    begun = known.study.started_at or known.study.created_at
    ended = sorted(
        (trial.ended_at, trial.number, trial.value)
        for trial in known.measured
        if trial.ended_at is not None and trial.value is not None
    )
    improvements: list[dict[str, Any]] = []
    for n_ended, (at, number, value) in enumerate(ended, 1):
        if not improvements or known.sign * value < known.sign * improvements[-1]["value"]:
            seconds = (at - begun).total_seconds()
            improvements.append({"trial": number, "value": value, "n_completed": n_ended, "at": at, "seconds": seconds})
    return {"objective": known.by, "trials": known.used, "items": improvements}
