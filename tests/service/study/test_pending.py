"""What is said of a study that is not yet as it is desired."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service.study.pending import pending
from service.study.records import Study
from service.study.states import Desired, RunningTrials, RunState, StudyState

FINISH, CHECKPOINT = RunningTrials.FINISH, RunningTrials.CHECKPOINT


def study(desired: Desired, state: StudyState, running: RunningTrials = FINISH, n_running: int = 0) -> Study:
    return Study(
        id="st_1",
        name="study",
        definition={},
        desired=desired,
        state=state,
        reason="",
        priority=0,
        max_trials=5,
        max_concurrent_trials=1,
        notes="",
        version=1,
        created_at=datetime.now(UTC),
        stop_running=running,
        counts={RunState.RUNNING: n_running, RunState.WAITING: 4},
    )


@pytest.mark.parametrize(
    ("desired", "state", "running", "n_running", "words"),
    [
        (Desired.STOPPED, StudyState.RUNNING, FINISH, 3, "stopping: 3 trials train to their end"),
        (Desired.STOPPED, StudyState.RUNNING, FINISH, 1, "stopping: 1 trial trains to its end"),
        (Desired.STOPPED, StudyState.RUNNING, CHECKPOINT, 2, "stopping: 2 trials end at their next batch"),
        (Desired.STOPPED, StudyState.RUNNING, FINISH, 0, "stopping"),
        (Desired.STOPPED, StudyState.PAUSED, FINISH, 2, "stopping"),
        (Desired.STOPPED, StudyState.STOPPED, FINISH, 0, ""),
        (Desired.STOPPED, StudyState.COMPLETED, FINISH, 0, ""),
        (Desired.PAUSED, StudyState.RUNNING, FINISH, 3, "pausing: the runs under way train to their end"),
        (Desired.PAUSED, StudyState.RUNNING, CHECKPOINT, 3, "pausing: the runs under way end at their next batch"),
        (Desired.PAUSED, StudyState.QUEUED, FINISH, 0, "pausing"),
        (Desired.PAUSED, StudyState.PAUSED, CHECKPOINT, 3, ""),
        (Desired.RUNNING, StudyState.PAUSED, FINISH, 0, "resuming"),
        (Desired.RUNNING, StudyState.RUNNING, FINISH, 2, ""),
        (Desired.RUNNING, StudyState.FAILED, FINISH, 0, ""),
        (Desired.DELETED, StudyState.RUNNING, FINISH, 2, "being deleted: 2 trials end first"),
        (Desired.DELETED, StudyState.COMPLETED, FINISH, 0, "being deleted"),
    ],
)
def test_what_is_on_its_way_is_told(
    desired: Desired, state: StudyState, running: RunningTrials, n_running: int, words: str
) -> None:
    assert pending(study(desired, state, running, n_running)) == words
