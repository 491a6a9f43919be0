"""The states of studies, trials and runs, and the only legal transitions between them."""

from __future__ import annotations

from enum import StrEnum


class Desired(StrEnum):
    """What the user wants of a study; the API writes it."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DELETED = "deleted"


class RunningTrials(StrEnum):
    """What becomes of running trials when their study is paused or stopped; the API writes it."""

    FINISH = "finish"
    """They train to their end."""
    CHECKPOINT = "checkpoint"
    """They end at their next batch: after a pause they go on from there, after a stop they are CANCELLED."""


class StudyState(StrEnum):
    """What is true of a study; the engine writes it."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    STOPPED = "STOPPED"
    FAILED = "FAILED"

    @property
    def ended(self) -> bool:
        """Whether the study does nothing more unless somebody asks for more."""
        return self in {StudyState.COMPLETED, StudyState.STOPPED, StudyState.FAILED}


class RunState(StrEnum):
    """The state of a trial, and of a run."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    PRUNED = "PRUNED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def ended(self) -> bool:
        """Whether nothing about it changes any more."""
        return self not in {RunState.WAITING, RunState.RUNNING}


class FailureKind(StrEnum):
    """Why a run failed; it decides whether the run is tried again."""

    USER_ERROR = "user_error"
    DIVERGED = "diverged"
    OUT_OF_MEMORY = "out_of_memory"
    WORKER_LOST = "worker_lost"
    """Its worker's process ended on a node that lives, so the run itself may have ended it."""
    NODE_LOST = "node_lost"
    """The node that it trained on is gone, or can no longer be reached."""
    NOT_PLACED = "not_placed"
    """The worker that was to train it never came to be ready."""
    TIMEOUT = "timeout"


INFRASTRUCTURE = frozenset({FailureKind.NODE_LOST, FailureKind.NOT_PLACED})
"""No fault of the run's: it is placed anew and uses no attempt; how often it may end its node, `node_losses` says."""


RETRIES: dict[FailureKind, int] = {
    FailureKind.USER_ERROR: 0,
    FailureKind.DIVERGED: 0,
    FailureKind.OUT_OF_MEMORY: 1,
    FailureKind.WORKER_LOST: 3,
    FailureKind.TIMEOUT: 0,
}
"""How often a run is started again after each kind of failure."""

_Q, _R, _P = StudyState.QUEUED, StudyState.RUNNING, StudyState.PAUSED
_C, _S, _F = StudyState.COMPLETED, StudyState.STOPPED, StudyState.FAILED

STUDY_TRANSITIONS: dict[StudyState, frozenset[StudyState]] = {
    _Q: frozenset({_R, _P, _S, _F}),
    _R: frozenset({_P, _C, _S, _F}),
    # A study whose code is still to be checked is QUEUED for it; one whose definition cannot be used any more fails.
    _P: frozenset({_Q, _R, _S, _F}),
    _C: frozenset({_R, _F}),  # extended: max_trials was raised
    _S: frozenset({_Q, _R, _F}),  # resumed
    _F: frozenset({_Q, _R}),  # resumed
}

TRIAL_TRANSITIONS: dict[RunState, frozenset[RunState]] = {
    RunState.WAITING: frozenset({RunState.RUNNING, RunState.CANCELLED}),
    RunState.RUNNING: frozenset({RunState.COMPLETED, RunState.PRUNED, RunState.FAILED, RunState.CANCELLED}),
    **{state: frozenset() for state in RunState if state.ended},
}

RUN_TRANSITIONS: dict[RunState, frozenset[RunState]] = {
    **TRIAL_TRANSITIONS,
    RunState.RUNNING: TRIAL_TRANSITIONS[RunState.RUNNING]
    | {RunState.WAITING},  # its worker was lost, or it was released
}


def told_state(state: RunState, failure: FailureKind | None) -> RunState:
    """Diverged or too slow is told as pruned: told as failed, TPE forgets it and keeps returning to such a region."""
    return RunState.PRUNED if failure in {FailureKind.DIVERGED, FailureKind.TIMEOUT} else state
