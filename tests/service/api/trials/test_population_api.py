"""A member of a population over REST: what it took over, and the study that trains its schedule of values again."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from experiments.parsing import parse_config
from service.study.definitions.definition import StudyDefinition
from service.study.states import RunState, StudyState
from tests.support.api import STUDY, Bench
from tests.support.population import POPULATION, two_members

TRIALS = "/api/v1/studies/digits/trials"


def test_a_member_tells_what_it_took_over_and_the_study_that_trains_it_again(api: TestClient, lab: Bench) -> None:
    _, _, other = two_members(lab)

    member, root = (api.get(f"{TRIALS}/{number}").json() for number in (0, 1))

    (taken,) = member["history"]
    assert (taken["from_trial"], taken["takes_over"], taken["values"]) == (1, True, {"optimizer.lr": 0.125})
    assert not root["history"][0]["takes_over"]
    changes = [
        {"after_epoch": 0, "values": {"optimizer.lr": 0.1}},
        {"after_epoch": 1, "values": {"optimizer.lr": 0.125}},
    ]
    assert member["config"]["training"]["changes"] == member["rerun"]["training"]["changes"] == changes
    assert (member["config"]["seed"], member["rerun"]["replicates"]["seeds"]) == (other.seed, [other.seed])
    assert parse_config(member["config"]).after(1).to_json()["optimizer"]["lr"] == 0.125
    assert StudyDefinition.parse(member["rerun"]).search_space().parameters == ()
    assert root["rerun"]["training"]["changes"] == changes[:1]


def test_no_member_joins_a_population_later(api: TestClient, lab: Bench) -> None:
    study = lab.study(**POPULATION)
    lab.set_state(study, StudyState.RUNNING)
    lab.trial(study, 0, [], RunState.FAILED)
    refused = api.post(f"{TRIALS}/0:retry")
    assert (refused.status_code, "which no other joins later" in refused.json()["detail"]) == (409, True)
    queued = api.post(TRIALS, json={"queue": [{"optimizer.sgd.lr": 0.1}]})
    assert (queued.status_code, "clone the study with a `queue`" in queued.json()["detail"]) == (409, True)
    extended = api.patch("/api/v1/studies/digits", json={"max_trials": 9})
    assert extended.status_code == 422
    assert "the trials of a population are its members" in extended.json()["detail"]


@pytest.mark.parametrize("state", [StudyState.STOPPED, StudyState.FAILED])
def test_a_population_goes_on_as_long_as_a_member_has_not_ended(api: TestClient, lab: Bench, state: StudyState) -> None:
    for name, member in (("over", RunState.CANCELLED), ("waits", RunState.WAITING)):
        study = lab.study(**{**POPULATION, "name": name})
        lab.set_state(study, StudyState.RUNNING)
        lab.trial(study, 0, [], RunState.CANCELLED)
        lab.trial(study, 1, [], member)
        lab.set_state(study, state, "it went wrong")
    refused = api.post("/api/v1/studies/over:resume")
    assert (refused.status_code, "clone it to train a population anew" in refused.json()["detail"]) == (409, True)
    assert api.post("/api/v1/studies/waits:resume").status_code == 202


def test_other_trials_have_no_history(api: TestClient, lab: Bench) -> None:
    lab.trial(lab.study(), 0, [0.5])
    seen = api.get(f"{TRIALS}/0").json()
    assert seen["history"] == []
    assert "changes" not in seen["rerun"]["training"]


def test_what_would_take_a_member_for_its_first_values_is_refused(api: TestClient, lab: Bench) -> None:
    two_members(lab)
    confirmed = api.post("/api/v1/studies/digits:confirm", json={})
    assert confirmed.status_code == 409
    assert "`studyhall best digits` prints what one trained" in confirmed.json()["detail"]
    begun = api.post(
        "/api/v1/studies", json={**STUDY, "name": "next", "warm_start": {"studies": ["digits"], "best": 1}}
    )
    assert begun.status_code == 422
    assert "digits is a population, whose values change" in begun.json()["detail"]
