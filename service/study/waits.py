"""Why something of a study does not train yet, in words a person reads: the study as a whole, a trial, a run.

What its rows tell is told from them; what only the engine knows, for lack of what room a run cannot start, it writes as
a `Wait`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.study.jobs import Resources
from service.study.pending import pending
from service.study.records import Run, Study, Trial
from service.study.states import Desired, RunState, StudyState

NO_WORKER_YET = "waits for a worker to start"
NEXT = "its turn comes next"


@dataclass(frozen=True)
class Wait:
    """Why nothing more of a study starts, though it has more to start."""

    study_id: str
    study: str
    """Its name."""
    priority: int
    reason: str
    resources: Resources
    """What its next run will hold."""
    node: str = ""
    """Which node is kept for that run, if one is."""
    alone: bool = False
    """Whether it must be alone there."""


def study_waits_for(study: Study, reason: str) -> str:
    """Why nothing more of it starts, where there is more; ``reason`` is what the engine says."""
    if study.desired is not Desired.RUNNING or study.state.ended or study.state is StudyState.PAUSED:
        return ""
    return reason


def trial_waits_for(study: Study, trial: Trial, runs: Sequence[Run], reason: str) -> str:
    """Why nothing of the trial trains; empty while something does, and once it has ended."""
    if trial.state.ended or trial.cancel_wanted:
        return ""
    waiting = [run_waits_for(study, run, reason) for run in runs if not run.state.ended]
    return waiting[0] if waiting and all(waiting) else ""


def run_waits_for(study: Study, run: Run, reason: str) -> str:
    """Why the run does not train; empty while it does, and once it has ended."""
    if run.state is RunState.RUNNING:
        return "" if run.worker else NO_WORKER_YET
    if run.state is not RunState.WAITING:
        return ""
    if said := pending(study):
        return f"its study is {said}"
    if study.state is not StudyState.RUNNING:
        why = f": {study.reason}" if study.reason else ""
        return f"its study is {study.state}{why}"
    return reason or NEXT
