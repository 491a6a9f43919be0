"""Configurations to be tried first: with the definition, and while the study lives."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.study.states import StudyState
from tests.support.api import STUDY, Bench
from tests.support.rows import waiting_trial

JSON = "/api/v1/studies"
TRIALS = f"{JSON}/digits/trials"
LR = "optimizer.sgd.lr"
NESTED = {"optimizer": {"name": "sgd", "lr": 0.02}}


def errors(answer: Any) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {error["path"]: error["message"] for error in answer.json()["errors"]}


def test_the_queue_of_a_definition_is_checked_and_stored(api: TestClient, lab: Bench) -> None:
    wrong = [NESTED, {"optimizer": {"name": "sgd", "lr": 7}}, {"optimizer.sgd.lrr": 0.1}]
    found = errors(api.post(JSON, json={**STUDY, "queue": wrong}))
    assert found["queue.1.optimizer.lr"] == "7 lies outside of log_uniform [0.001, 1]"
    assert found.keys() == {"queue.1.optimizer.lr", "queue.2.optimizer.sgd.lrr"}
    assert "did you mean 'optimizer.sgd.lr'?" in found["queue.2.optimizer.sgd.lrr"]
    too_many = errors(api.post(JSON, json={**STUDY, "max_trials": 1, "queue": [NESTED, {LR: 0.1}]}))
    assert too_many == {"max_trials": "the queue holds 2 configurations; give at least 2"}

    shown = api.post(JSON, json={**STUDY, "queue": [NESTED, {LR: 0.1}]}).json()
    assert (shown["queue_waiting"], shown["definition"]["queue"]) == (2, [NESTED, {LR: 0.1}])
    assert lab.store.queue.of_study(shown["id"]) == [{LR: 0.02}, {LR: 0.1}]


def test_more_is_queued_while_the_study_lives_once_for_a_key(api: TestClient, lab: Bench) -> None:
    study = api.post(JSON, json={**STUDY, "queue": [NESTED]}).json()
    before = lab.store.studies.get("digits")
    for _ in range(2):
        answer = api.post(TRIALS, json={"queue": [{LR: 0.1}, NESTED]}, headers={"Idempotency-Key": "k"})
        assert (answer.status_code, answer.json()) == (201, {"waiting": 3})
    other = api.post(TRIALS, json={"queue": [{LR: 0.2}]}, headers={"Idempotency-Key": "k"})
    assert other.json()["type"] == "urn:studyhall:idempotency-key-reused"
    api.post(JSON, json={**STUDY, "name": "second"})
    same = {"json": {"queue": [{LR: 0.1}, NESTED]}, "headers": {"Idempotency-Key": "k"}}
    assert api.post(f"{JSON}/second/trials", **same).status_code == 409, "the same request to another study is another"
    assert lab.store.queue.of_study(study["id"], 1) == [{LR: 0.1}, {LR: 0.02}]
    after = lab.store.studies.get("digits")
    assert after.asked_for != before.asked_for, "the engine hears of it"
    with lab.store.transaction(lab.epoch) as tx:
        tx.insert_trial(waiting_trial(after, 0, queue_position=0), [])
    assert api.get(f"{JSON}/digits").json()["queue_waiting"] == 2
    assert [trial["queued"] for trial in api.get(TRIALS).json()["items"]] == [True]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"queue": [{LR: 0.1}, {"optimizer": {"name": "sgd", "lr": 7}}]}, "queue.1.optimizer.lr"),
        ({"queue": []}, "queue"),
        ({"queue": [3]}, "queue.0"),
        ({"configurations": []}, "configurations"),
    ],
)
def test_one_that_is_wrong_refuses_all(api: TestClient, lab: Bench, body: Any, path: str) -> None:
    study = api.post(JSON, json=STUDY).json()
    assert path in errors(api.post(TRIALS, json=body))
    assert lab.store.queue.of_study(study["id"]) == []


def test_what_would_never_be_tried_is_a_conflict_with_its_remedy(api: TestClient, lab: Bench) -> None:
    api.post(JSON, json={**STUDY, "max_trials": 2, "queue": [NESTED]})
    answer = api.post(TRIALS, json={"queue": [{LR: 0.1}, {LR: 0.2}]})
    assert answer.status_code == 409
    assert "max_trials is 2, which leaves no room for 2 more; raise max_trials to 3 at least" in answer.json()["detail"]
    lab.set_state(lab.store.studies.get("digits"), StudyState.STOPPED, "stopped by request")
    answer = api.post(TRIALS, json={"queue": [{LR: 0.1}]})
    assert answer.status_code == 409
    assert answer.json()["detail"] == (
        "study 'digits' is STOPPED (stopped by request), and tries nothing any more; submit a study with a `queue` of "
        "its own"
    )
    assert api.post(f"{JSON}/nobody/trials", json={"queue": [{LR: 0.1}]}).status_code == 404


def test_a_grid_counts_the_queued_points_that_are_not_its_own(api: TestClient) -> None:
    space = {"optimizer": {"name": "sgd", "lr": {"log_uniform": [0.001, 1.0], "points": 4}}}
    queue = [{LR: 0.01}, {LR: 0.02}]
    shown = api.post(JSON, json={**STUDY, "sampler": "grid", "max_trials": None, "space": space, "queue": queue}).json()
    assert shown["progress"]["total"] == 5
