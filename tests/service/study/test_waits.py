"""Why something waits, in words: by the rows alone, or as the engine says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from service.study.records import Run, Study, Trial
from service.study.states import Desired, RunState, StudyState
from service.study.waits import NEXT, NO_WORKER_YET, run_waits_for, study_waits_for, trial_waits_for
from tests.support.rows import waiting_run, waiting_trial

FULL = "max_concurrent_trials 2 reached"


def study_in(state: StudyState, desired: Desired = Desired.RUNNING, reason: str = "") -> Study:
    now = datetime.now(UTC)
    return Study("st_1", "digits", {}, desired, state, reason, 0, 6, 2, "", 1, now)


def rows(state: RunState, *runs: dict[str, Any]) -> tuple[Trial, list[Run]]:
    trial = waiting_trial(study_in(StudyState.RUNNING), 0, state=state)
    return trial, [waiting_run(trial, replicate, **each) for replicate, each in enumerate(runs)]


@pytest.mark.parametrize(
    ("study", "reason", "words"),
    [
        (study_in(StudyState.RUNNING), FULL, FULL),
        (study_in(StudyState.RUNNING), "", NEXT),
        (
            study_in(StudyState.PAUSED, Desired.PAUSED, "paused by request"),
            "",
            "its study is PAUSED: paused by request",
        ),
        (study_in(StudyState.RUNNING, Desired.PAUSED), FULL, "its study is pausing"),
        (study_in(StudyState.FAILED, reason="quarantined: KeyError"), "", "its study is FAILED: quarantined: KeyError"),
        (study_in(StudyState.QUEUED, reason="checking"), "", "its study is QUEUED: checking"),
    ],
)
def test_a_run_that_waits_waits_for_its_study_or_for_room(study: Study, reason: str, words: str) -> None:
    trial, (run,) = rows(RunState.WAITING, {})
    assert run_waits_for(study, run, reason) == words
    assert trial_waits_for(study, trial, [run], reason) == words


def test_a_run_without_a_worker_waits_for_one_and_with_it_for_nothing() -> None:
    study = study_in(StudyState.RUNNING)
    _, runs = rows(RunState.RUNNING, {"state": RunState.RUNNING}, {"state": RunState.RUNNING, "worker": "w1"})
    assert [run_waits_for(study, run, FULL) for run in runs] == [NO_WORKER_YET, ""]


def test_a_trial_waits_while_none_of_its_runs_trains() -> None:
    study = study_in(StudyState.RUNNING)
    trial, (ended, waiting) = rows(RunState.RUNNING, {"state": RunState.COMPLETED}, {})
    assert trial_waits_for(study, trial, [ended, waiting], FULL) == FULL
    _, (training, other) = rows(RunState.RUNNING, {"state": RunState.RUNNING, "worker": "w1"}, {})
    assert trial_waits_for(study, trial, [training, other], FULL) == ""
    assert trial_waits_for(study, trial, [ended], FULL) == ""


def test_what_has_ended_or_is_to_be_cancelled_waits_for_nothing() -> None:
    study = study_in(StudyState.RUNNING)
    ended, runs = rows(RunState.COMPLETED, {"state": RunState.COMPLETED})
    assert (trial_waits_for(study, ended, runs, FULL), run_waits_for(study, runs[0], FULL)) == ("", "")
    cancelled = waiting_trial(study, 0, cancel_wanted=True)
    assert trial_waits_for(study, cancelled, [waiting_run(cancelled)], FULL) == ""


def test_a_study_waits_only_while_it_is_to_run() -> None:
    assert study_waits_for(study_in(StudyState.RUNNING), FULL) == FULL
    assert study_waits_for(study_in(StudyState.RUNNING, Desired.STOPPED), FULL) == ""
    assert study_waits_for(study_in(StudyState.COMPLETED), FULL) == ""
    assert study_waits_for(study_in(StudyState.QUEUED), "no engine is running") == "no engine is running"
