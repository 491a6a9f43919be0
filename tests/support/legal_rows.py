"""What must hold of a study's rows at any moment, whatever was done to it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from service.study.records import Run, Study, Trial
from service.study.states import Desired, RunState, StudyState

NEVER_CHANGES = {
    "state", "reason", "value", "metrics", "failure", "parameters", "config", "started_at", "ended_at",
    "attempt", "starts", "epochs", "training_time", "metrics_epoch", "seed", "fold",
}  # fmt: skip


@dataclass
class Followed:
    """What the model knows of a study: the least that nobody may exceed, and what has ended."""

    id: str
    n_at_once: int
    max_trials: float
    epochs: float
    seconds: float
    finished: dict[str, dict[str, Any]] = field(default_factory=dict)


class Errors(logging.Handler):
    """What went wrong in a study that nobody foresaw."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.found.append(f"{record.getMessage()}: {record.exc_info[1] if record.exc_info else ''!r}")


def rests(study: Study) -> bool:
    match study.desired:
        case Desired.DELETED:
            return False
        case Desired.PAUSED:
            return study.state is StudyState.PAUSED or study.state.ended
        case Desired.STOPPED:
            return study.state.ended
    return study.state in {StudyState.COMPLETED, StudyState.FAILED}


def check_finished(followed: Followed, records: Sequence[Trial | Run]) -> None:
    """What has ended never changes, nor does it go."""
    ended = {
        each.id: {name: value for name, value in vars(each).items() if name in NEVER_CHANGES}
        for each in records
        if each.state.ended
    }
    for record_id, was in followed.finished.items():
        assert ended.get(record_id) == was, "what has ended has changed"
    followed.finished = ended


def check_trial(trial: Trial, runs: Sequence[Run]) -> None:
    states = {run.state for run in runs}
    if trial.state.ended:
        assert all(state.ended for state in states), f"trial {trial.number} is {trial.state}, its runs {states}"
    else:
        assert any(not state.ended for state in states), f"trial {trial.number} is {trial.state}, its runs {states}"
    if trial.state is RunState.WAITING:
        assert states <= {RunState.WAITING, RunState.CANCELLED}, f"trial {trial.number} waits, its runs {states}"
    assert trial.reason or trial.state in {RunState.WAITING, RunState.RUNNING, RunState.COMPLETED}


def check_best(study: Study, trials: Sequence[Trial]) -> None:
    ranked = [
        (-trial.value, trial.number)
        for trial in trials
        if trial.state is RunState.COMPLETED and trial.value is not None and not trial.excluded
    ]
    best = min(ranked, default=None)
    assert study.best == (None if best is None else (best[1], -best[0])), "the best is another one"
