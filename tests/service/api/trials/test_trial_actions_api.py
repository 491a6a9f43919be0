"""Trials over REST: cancel, retry, exclude, annotate; and studies: clone, tag."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.study.states import RunState, StudyState
from tests.support.api import STUDY, Bench

JSON = "/api/v1/studies"
TRIALS = f"{JSON}/digits/trials"


@pytest.fixture
def study(lab: Bench) -> Any:
    """Trials of every kind, in a study that runs."""
    made = lab.study()
    lab.set_state(made, StudyState.RUNNING)
    lab.trial(made, 0, [0.3])
    lab.trial(made, 1, [0.2])
    lab.trial(made, 2, [], RunState.FAILED)
    lab.trial(made, 3, [0.9], RunState.RUNNING)
    lab.trial(made, 4, [], RunState.CANCELLED)
    lab.trial(made, 5, [], RunState.WAITING)
    return made


def test_cancelling_writes_the_wish_and_says_what_is_awaited(api: TestClient, lab: Bench, study: Any) -> None:
    for _ in range(2):
        answer = api.post(f"{TRIALS}/3:cancel")
        assert answer.status_code == 202
        assert answer.json()["reason"] == "being cancelled: its runs end at their next batch"
    assert api.post(f"{TRIALS}/5:cancel").json()["reason"] == "being cancelled"
    assert api.get(f"{TRIALS}/3").json()["reason"] == "being cancelled: its runs end at their next batch"
    assert lab.store.studies.get(study.id).trial_actions == 2
    assert api.post(f"{TRIALS}/4:cancel").json()["state"] == "CANCELLED"


@pytest.mark.parametrize(
    ("number", "action", "words"),
    [
        (0, "cancel", "trial 0 is COMPLETED already; only one that waits or runs can be cancelled"),
        (0, "retry", "trial 0 is COMPLETED; only what did not complete is retried"),
        (3, "retry", "trial 3 is RUNNING; it can be retried once it has ended, so cancel it first"),
        (5, "exclude", "trial 5 is WAITING; only what has ended can be excluded, so cancel it first"),
    ],
)
def test_what_makes_no_sense_is_a_conflict(
    api: TestClient, lab: Bench, study: Any, number: int, action: str, words: str
) -> None:
    answer = api.post(f"{TRIALS}/{number}:{action}")

    assert answer.status_code == 409
    assert answer.json()["detail"].startswith(words)
    assert lab.store.studies.get(study.id).trial_actions == 0
    assert api.post(f"{TRIALS}/99:{action}").status_code == 404


def test_a_retry_is_wanted_once_and_lets_a_completed_study_run_again(api: TestClient, lab: Bench, study: Any) -> None:
    lab.set_state(study, StudyState.COMPLETED, "all 6 trials are done")

    answers = [api.post(f"{TRIALS}/2:retry").json() for _ in range(2)]

    assert [answer["retried_as"] for answer in answers] == [None, None]
    assert [trial.retries_wanted for trial in lab.store.trials.marked(study.id)] == [1]
    assert [waiting.id for waiting in lab.store.studies.to_reconcile()] == [study.id]


def test_a_retry_in_a_study_that_is_not_to_run_is_refused_with_the_remedy(
    api: TestClient, lab: Bench, study: Any
) -> None:
    lab.set_state(study, StudyState.FAILED, "its first 5 trials all failed")

    answer = api.post(f"{TRIALS}/2:retry")

    assert (answer.status_code, "resume it first" in answer.json()["detail"]) == (409, True)


def test_an_excluded_trial_is_not_the_best_until_it_is_included(api: TestClient, lab: Bench, study: Any) -> None:
    def best() -> tuple[int, list[int]]:
        ranking = api.get(f"{JSON}/digits/ranking").json()["items"]
        return api.get(f"{JSON}/digits").json()["best"]["trial"], [trial["number"] for trial in ranking]

    assert best() == (1, [1, 0])
    for _ in range(2):
        assert api.post(f"{TRIALS}/1:exclude").json()["excluded"] is True
    assert best() == (0, [0])
    assert api.post(f"{TRIALS}/1:include").json()["excluded"] is False
    assert best() == (1, [1, 0])
    told = [event.payload.get("change") for event in lab.store.events.read(study.id)]
    assert told.count("excluded") == 2  # which pages of the study hear, and of that which it confirms


def test_notes_and_tags_of_a_trial_change_and_nothing_else(api: TestClient, study: Any) -> None:
    changed = api.patch(f"{TRIALS}/0", json={"tags": ["baseline", "baseline", "a/b"], "notes": "so"}).json()
    refused = api.patch(f"{TRIALS}/0", json={"tags": "baseline", "value": 1})
    emptied = api.patch(f"{TRIALS}/0", json={"notes": None})

    assert (changed["tags"], changed["notes"]) == (["baseline", "a/b"], "so")
    assert [error["path"] for error in refused.json()["errors"]] == ["tags", "value"]
    assert "cannot be null" in emptied.json()["detail"]
    assert api.get(f"{TRIALS}/0").json()["tags"] == ["baseline", "a/b"]


def test_a_study_has_tags_that_can_be_changed(api: TestClient) -> None:
    made = api.post(JSON, json={**STUDY, "tags": ["a"]}).json()
    changed = api.patch(f"{JSON}/digits", json={"tags": ["b", "c"], "priority": -10}).json()
    refused = api.patch(f"{JSON}/digits", json={"tags": ["two words"], "priority": 11})

    assert (made["tags"], changed["tags"], changed["priority"]) == (["a"], ["b", "c"], -10)
    assert [error["path"] for error in refused.json()["errors"]] == ["priority", "tags.0"]


def test_a_clone_has_what_was_changed_since_and_the_changes(api: TestClient, lab: Bench, study: Any) -> None:
    api.patch(f"{JSON}/digits", json={"max_trials": 9, "notes": "longer"})

    answer = api.post(f"{JSON}/digits:clone", json={"seed": 8, "notes": None})
    again = api.post(f"{JSON}/digits:clone", json={"name": "other", "sampler": "tpe"})
    taken = api.post(f"{JSON}/digits:clone", json={"name": "digits"})
    wrong = api.post(f"{JSON}/digits:clone", json={"sampler": "tpee"})

    made = answer.json()
    assert (answer.status_code, made["name"], made["state"]) == (201, "digits-2", "QUEUED")
    assert (made["max_trials"], made["notes"], made["definition"]["seed"]) == (9, "", 8)
    assert made["expanded_space"] == api.get(f"{JSON}/digits").json()["expanded_space"]
    assert made["warnings"] == []
    assert (again.json()["name"], again.json()["sampler"]["name"]) == ("other", "tpe")
    assert (taken.status_code, taken.json()["free_name"]) == (409, "digits-3")
    assert wrong.json()["errors"][0]["path"] == "sampler"
    assert api.post(f"{JSON}/nobody:clone", json={}).status_code == 404


def test_a_clone_with_an_idempotency_key_is_made_once(api: TestClient, study: Any) -> None:
    key = {"Idempotency-Key": "k1"}
    made = [api.post(f"{JSON}/digits:clone", json={}, headers=key) for _ in range(2)]

    assert [answer.status_code for answer in made] == [201, 200]
    assert made[0].json()["id"] == made[1].json()["id"]


def test_lists_are_filtered_and_a_filter_that_is_wrong_says_where(api: TestClient, study: Any) -> None:
    chosen = api.get(TRIALS, params={"filter": "state = COMPLETED and value < 0.25"}).json()["items"]
    studies = api.get(JSON, params={"filter": "sampler = random"}).json()["items"]
    wrong = api.get(TRIALS, params={"filter": "state ="})

    assert [trial["number"] for trial in chosen] == [1]
    assert [each["name"] for each in studies] == ["digits"]
    assert wrong.status_code == 422
    assert wrong.json()["errors"] == [
        {"path": "filter", "message": "at character 8: a value is expected, not 'the end'"}
    ]
    assert api.get(JSON, params={"filter": "samplr = x"}).json()["errors"][0]["message"].endswith("'sampler'?)")
