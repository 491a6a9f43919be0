"""Studies over REST: create, look, change, delete, act."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient

from service.study.states import Desired, RunState, StudyState
from tests.support.api import STUDY, Bench

JSON = "/api/v1/studies"


def test_a_study_is_created_from_json_and_found_at_its_location(api: TestClient, lab: Bench) -> None:
    answer = api.post(JSON, json=STUDY)

    assert answer.status_code == 201
    assert answer.headers["location"] == "/api/v1/studies/digits"
    found = api.get(answer.headers["location"]).json()
    assert found == answer.json()
    assert (found["state"], found["desired"], found["progress"]["total"]) == ("QUEUED", "running", 6)
    assert found["definition"]["space"] == STUDY["space"]
    assert lab.store.studies.get(found["id"]).name == "digits"


def test_a_study_shows_its_space_as_written_and_as_it_is_drawn(api: TestClient) -> None:
    written = {"use": "optimizers"}

    found = api.post(JSON, json={**STUDY, "space": written}).json()

    assert found["definition"]["space"] == written
    expanded = found["expanded_space"]
    adam = next(one for one in expanded["optimizer"]["choice"] if one["name"] == "adam")
    assert (adam["lr"], adam["beta2"]) == ({"log_uniform": [1e-4, 3e-2]}, 0.999)
    assert (expanded["activation"], expanded["training"]["accumulate"]) == ({"name": "relu"}, 1)
    assert "use" not in expanded


@pytest.mark.parametrize("media_type", ["application/yaml", "application/x-yaml; charset=utf-8", "text/yaml"])
def test_yaml_says_the_same_as_json(api: TestClient, media_type: str) -> None:
    text = yaml.safe_dump(STUDY).replace("0.001", "1e-3")

    answer = api.post(JSON, content=text, headers={"Content-Type": media_type})

    assert answer.status_code == 201
    assert answer.json()["definition"]["space"] == STUDY["space"]


def test_a_direction_against_the_table_is_warned_of_wherever_the_study_is_shown(api: TestClient) -> None:
    against = {**STUDY, "objective": {"metric": "val_accuracy", "direction": "minimize"}}
    warnings = ["minimize val_accuracy: of that metric more is better, so that the worst would be called the best"]

    assert api.post(f"{JSON}:validate", json=against).json()["warnings"] == warnings
    assert api.post(JSON, json=against).json()["warnings"] == warnings
    assert api.get(f"{JSON}/digits").json()["warnings"] == warnings
    assert [study["warnings"] for study in api.get(JSON).json()["items"]] == [warnings]
    assert api.post(JSON, json={**STUDY, "name": "other"}).json()["warnings"] == []


def test_a_taken_name_is_a_conflict_that_proposes_a_free_one(api: TestClient) -> None:
    api.post(JSON, json=STUDY)

    answer = api.post(JSON, json=STUDY)

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["type"], problem["taken_name"], problem["free_name"]) == (
        "urn:studyhall:name-taken",
        "digits",
        "digits-2",
    )
    assert len(api.get(JSON).json()["items"]) == 1


def test_a_preview_warns_of_a_taken_name_and_proposes_a_free_one(api: TestClient) -> None:
    before = api.post(f"{JSON}:validate", json=STUDY).json()
    api.post(JSON, json=STUDY)

    found = api.post(f"{JSON}:validate", json=STUDY).json()

    assert (before["free_name"], before["warnings"]) == (None, [])
    assert (found["free_name"], found["warnings"]) == (
        "digits-2",
        ["a study named 'digits' exists; 'digits-2' is free"],
    )


def test_an_idempotency_key_acts_once(api: TestClient) -> None:
    key = {"Idempotency-Key": "k1"}
    first = api.post(JSON, json=STUDY, headers=key)

    again = api.post(JSON, json=STUDY, headers=key)
    other = api.post(JSON, json={**STUDY, "name": "other"}, headers=key)

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert again.json()["id"] == first.json()["id"]
    assert other.json()["type"] == "urn:studyhall:idempotency-key-reused"
    assert len(api.get(JSON).json()["items"]) == 1


def test_validation_samples_and_creates_nothing(api: TestClient) -> None:
    answer = api.post(f"{JSON}:validate", json={**STUDY, "sampler": "grid", "max_trials": None} | {"space": GRID})

    assert answer.status_code == 200
    preview = answer.json()
    assert (preview["n_parameters"], preview["grid_size"], len(preview["samples"])) == (1, 4, 10)
    assert preview["samples"][0]["optimizer"]["name"] == "sgd"
    assert (preview["max_trials"], preview["max_concurrent_trials"], preview["runs_per_trial"]) == (None, 4, 1)
    assert preview["resources"] == {"cpus": 1.0, "gpus": 0.0}
    assert api.get(JSON).json()["items"] == []


@pytest.mark.parametrize(
    ("sampler", "read_as", "fields"),
    [
        ("grid", "defaults", {"lr": 0.1}),
        ("random", "ranges", {"lr": {"log_uniform": [0.001, 1.0]}}),
        ("tpe", "ranges", {"lr": {"log_uniform": [0.001, 1.0]}}),
    ],
)
def test_validation_says_how_names_without_fields_were_read(
    api: TestClient, sampler: str, read_as: str, fields: dict[str, Any]
) -> None:
    space = {"optimizer": "sgd", "activation": "relu", "schedule": {"name": "cosine", "warmup": 0}}
    preview = api.post(f"{JSON}:validate", json={**STUDY, "sampler": sampler, "space": space}).json()

    assert preview["names"] == [{"component": "optimizer.sgd", "read_as": read_as, "fields": fields}]
    assert preview["n_parameters"] == (0 if sampler == "grid" else 1)


GRID = {"optimizer": {"name": "sgd", "lr": {"log_uniform": [0.001, 1.0], "points": 4}}}


def test_a_grid_without_max_trials_knows_its_total(api: TestClient) -> None:
    answer = api.post(JSON, json={**STUDY, "sampler": "grid", "max_trials": None, "space": GRID})

    runs = {"runs_done": 0, "runs_total": 4, "runs_per_trial": 1}
    total = {"total": 4, "total_is_estimate": False}
    assert answer.json()["progress"] == {"done": 0, **total, **runs, "eta_seconds": None}


def test_points_of_a_grid_with_a_conflict_are_no_trials_to_wait_for(api: TestClient) -> None:
    space = {
        "optimizer": {"choice": [{"name": "adam", "lr": 0.1}, {"name": "adamw", "lr": 0.1, "weight_decay": 0.1}]},
        "regularizers": {"weight_decay": {"optional": {"strength": 0.1}}},
    }
    grid = {**STUDY, "sampler": "grid", "max_trials": None, "space": space}

    assert api.post(f"{JSON}:validate", json=grid).json()["grid_size"] == 3
    assert api.post(JSON, json=grid).json()["progress"]["total"] == 3


def test_pages_of_studies_hold_each_once_newest_first(api: TestClient, lab: Bench) -> None:
    for number in range(5):
        lab.study(name=f"s{number}")

    names, cursor = [], None
    while True:
        page = api.get(JSON, params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        names += [study["name"] for study in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert names == ["s4", "s3", "s2", "s1", "s0"]
    assert api.get(JSON, params={"cursor": "nonsense"}).status_code == 422


def test_studies_can_be_chosen_by_state(api: TestClient, lab: Bench) -> None:
    lab.study(name="idle")
    lab.set_state(lab.study(name="busy"), StudyState.RUNNING)

    found = api.get(JSON, params={"state": ["RUNNING", "PAUSED"]}).json()["items"]

    assert [study["name"] for study in found] == ["busy"]


def test_progress_counts_and_the_best_are_told(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    lab.set_state(study, StudyState.RUNNING)
    lab.trial(study, 0, [0.5, 0.4])
    lab.trial(study, 1, [0.3, 0.2])
    lab.trial(study, 2, [0.9], RunState.PRUNED)
    lab.trial(study, 3, [0.7], RunState.RUNNING)

    seen = api.get(f"{JSON}/digits").json()

    assert seen["counts"] == {
        "WAITING": 0,
        "RUNNING": 1,
        "COMPLETED": 2,
        "PRUNED": 1,
        "FAILED": 0,
        "CANCELLED": 0,
    }
    assert seen["best"] == {"trial": 1, "value": 0.2, "replicates": None}
    assert seen["progress"]["done"] == 3
    assert seen["progress"]["eta_seconds"] > 0
    assert seen["metrics"] == ["train_loss", "val_loss"]


def test_the_ranking_and_the_best_follow_the_objective(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    assert api.get(f"{JSON}/digits/best").json()["type"] == "urn:studyhall:no-best-trial"
    for number, value in enumerate([0.3, 0.1, 0.2]):
        lab.trial(study, number, [value])

    ranking = api.get(f"{JSON}/digits/ranking", params={"limit": 2}).json()["items"]
    best = api.get(f"{JSON}/digits/best").json()

    assert [(trial["number"], trial["best"]) for trial in ranking] == [(1, True), (2, False)]
    assert (best["number"], best["runs"][0]["trial"], best["config"]["optimizer"]["name"]) == (1, 1, "sgd")


def test_what_may_change_changes_and_nothing_else(api: TestClient, lab: Bench) -> None:
    lab.study()

    changed = api.patch(f"{JSON}/digits", json={"max_trials": 9, "notes": "longer"})
    refused = api.patch(f"{JSON}/digits", json={"max_trails": 3})
    wrong = api.patch(f"{JSON}/digits", json={"max_trials": 0, "priority": "high"})
    fixed = api.patch(f"{JSON}/digits", json={"max_trials": 8, "resources": {"cpus": 2}, "seed": 3})
    untaggable = api.patch(f"{JSON}/digits", json={"tags": ["good", "odd one"]})

    assert (changed.json()["max_trials"], changed.json()["notes"]) == (9, "longer")
    assert refused.status_code == 422
    assert refused.json()["errors"] == [{"path": "max_trails", "message": "unknown field (did you mean 'max_trials'?)"}]
    assert [error["path"] for error in wrong.json()["errors"]] == ["max_trials", "priority"]
    assert [error["path"] for error in fixed.json()["errors"]] == ["resources", "seed"]
    assert (
        "never changes in a study, only max_trials, max_concurrent_trials, prio" in fixed.json()["errors"][0]["message"]
    )
    (fault,) = untaggable.json()["errors"]
    assert (fault["path"], fault["message"][:23]) == ("tags.1", "a tag is one word of le")
    assert lab.store.studies.get("digits").max_trials == 9


@pytest.mark.parametrize(
    ("action", "desired", "reason"),
    [("pause", Desired.PAUSED, "pausing"), ("resume", Desired.RUNNING, ""), ("stop", Desired.STOPPED, "stopping")],
)
def test_actions_write_the_wish_and_answer_at_once(
    api: TestClient, lab: Bench, action: str, desired: Desired, reason: str
) -> None:
    study = lab.study()
    lab.set_state(study, StudyState.RUNNING)

    answer = api.post(f"{JSON}/digits:{action}")

    assert answer.status_code == 202
    assert answer.json() == {"state": "RUNNING", "desired": desired, "reason": reason}
    assert lab.store.studies.get(study.id).desired is desired


def test_stopping_tells_what_becomes_of_running_trials_and_can_be_hastened(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    lab.set_state(study, StudyState.RUNNING)
    lab.trial(study, 0, [0.5])
    for number in range(1, 4):
        lab.trial(study, number, [0.5], RunState.RUNNING)
    assert api.get(f"{JSON}/digits").json()["progress"]["eta_seconds"] > 0

    first = api.post(f"{JSON}/digits:stop").json()
    seen = api.get(f"{JSON}/digits").json()
    second = api.post(f"{JSON}/digits:stop?running=checkpoint").json()
    refused = api.post(f"{JSON}/digits:stop?running=later")

    assert first == {"state": "RUNNING", "desired": "stopped", "reason": "stopping: 3 trials train to their end"}
    assert (seen["reason"], seen["stop_running"]) == (first["reason"], "finish")
    assert seen["progress"]["eta_seconds"] is None
    assert second["reason"] == "stopping: 3 trials end at their next batch"
    assert api.get(JSON).json()["items"][0]["reason"] == second["reason"]
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "running")


def test_an_action_waits_until_the_engine_has_acted(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    lab.set_state(study, StudyState.RUNNING)
    answers = []
    asking = threading.Thread(target=lambda: answers.append(api.post(f"{JSON}/digits:pause?wait=30").json()))
    asking.start()
    while lab.store.studies.get(study.id).desired is not Desired.PAUSED:
        asking.join(0.01)

    lab.set_state(study, StudyState.PAUSED, "paused by request")
    asking.join(10)

    assert answers == [{"state": "PAUSED", "desired": "paused", "reason": "paused by request"}]


def test_waiting_ends_after_the_time_that_was_asked_for(api: TestClient, lab: Bench) -> None:
    lab.set_state(lab.study(), StudyState.RUNNING)

    assert api.post(f"{JSON}/digits:stop?wait=0.05").json()["state"] == "RUNNING"


def test_what_makes_no_sense_is_a_conflict_that_says_what_does(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    lab.set_state(study, StudyState.RUNNING)
    lab.set_state(study, StudyState.COMPLETED, "all 6 trials are done")

    answer = api.post(f"{JSON}/digits:resume")

    assert answer.status_code == 409
    assert "raise max_trials" in answer.json()["detail"]


def test_of_a_study_that_is_being_deleted_nothing_else_is_wanted(api: TestClient, lab: Bench) -> None:
    """Its name is free by then, so it is named by its id."""
    place = f"{JSON}/{lab.study().id}"
    api.delete(place)

    paused, changed = api.post(f"{place}:pause"), api.patch(place, json={"max_trials": 9})

    for answer in (paused, changed):
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:studyhall:study-is-deleted")
        assert "submit another one" in answer.json()["detail"]


def test_a_study_in_quarantine_says_why_and_is_tried_again_when_it_is_resumed(api: TestClient, lab: Bench) -> None:
    study, reason = lab.study(), "quarantined: its sampler raised 3 times: ValueError: no distribution"
    lab.set_state(study, StudyState.RUNNING)
    lab.set_state(study, StudyState.FAILED, reason)
    assert lab.store.studies.to_reconcile() == []

    seen, listed = api.get(f"{JSON}/digits").json(), api.get(JSON).json()["items"][0]
    resumed = api.post(f"{JSON}/digits:resume")

    assert (seen["state"], seen["reason"]) == (listed["state"], listed["reason"]) == ("FAILED", reason)
    assert (resumed.status_code, resumed.json()["desired"]) == (202, "running")
    assert [waiting.id for waiting in lab.store.studies.to_reconcile()] == [study.id]


def test_a_deleted_study_is_gone_when_the_engine_has_deleted_it(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    answers = []
    asking = threading.Thread(target=lambda: answers.append(api.delete(f"{JSON}/digits?wait=30")))
    asking.start()
    while lab.store.studies.get(study.id).desired is not Desired.DELETED:
        asking.join(0.01)
    with lab.store.transaction(lab.epoch) as tx:
        tx.delete_study(study.id)
    asking.join(10)

    assert (answers[0].status_code, answers[0].json()["reason"]) == (202, "deleted")
    assert api.get(f"{JSON}/digits").status_code == 404
