"""A study begins from earlier ones: from their best configurations, or from what their trials came to."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.engine.task.loading import load
from service.study.states import RunState
from tests.support.api import STUDY, Bench

JSON = "/api/v1/studies"
LR = "optimizer.sgd.lr"
VALUES = {0.1: 0.5, 0.2: 0.2, 0.3: 0.4, 0.9: 0.1}


@pytest.fixture
def earlier(lab: Bench) -> None:
    """Two studies of which each has two trials, and a better one that diverged."""
    for name, rates in (("first", [0.1, 0.2]), ("second", [0.3, 0.9])):
        study = lab.study(name=name)
        for number, rate in enumerate(rates):
            lab.trial(study, number, [VALUES[rate]], lr=rate)
        lab.trial(study, 2, [0.01], RunState.FAILED, lr=0.5)


def begun(**warm_start: Any) -> dict[str, Any]:
    return {**STUDY, "name": "warm", "sampler": "tpe", "warm_start": {"studies": ["first", "second"], **warm_start}}


@pytest.mark.usefixtures("earlier")
def test_their_best_configurations_come_behind_the_queue_each_once(api: TestClient, lab: Bench) -> None:
    document = {**begun(best=2), "queue": [{LR: 0.9}, {LR: 0.05}]}
    study = api.post(JSON, json=document).json()
    assert lab.store.queue.of_study(study["id"]) == [{LR: rate} for rate in (0.9, 0.05, 0.2, 0.3)]
    assert study["queue_waiting"] == 4


@pytest.mark.usefixtures("earlier")
def test_their_trials_are_told_to_the_sampler_where_the_space_has_them(api: TestClient, lab: Bench) -> None:
    narrow = {"optimizer": {"name": "sgd", "lr": {"log_uniform": [0.001, 0.5]}}}
    study = api.post(JSON, json={**begun(trials="all"), "space": narrow}).json()
    api.delete(f"{JSON}/first")
    _, search = load(lab.store, lab.store.studies.get(study["id"]))
    known = search.question(0, 1).past
    assert {trial.parameters[LR]: trial.value for trial in known} == {0.1: 0.5, 0.2: 0.2, 0.3: 0.4}
    assert [trial.number for trial in known] == [0, 1, 2]
    assert search.ask(0).sampler_number == 3


@pytest.mark.usefixtures("earlier")
@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        (
            {"warm_start": {"studies": ["first", "nobody"], "best": 1}},
            "warm_start.studies.1",
            "there is no study 'nobody'",
        ),
        ({"warm_start": {"studies": ["first"]}}, "warm_start", "say either `best: k` or `trials: all`"),
        ({"warm_start": {"studies": ["first"], "best": 1, "trials": "all"}}, "warm_start", "say either"),
        ({"space": {"optimizer": "adam"}}, "warm_start.studies", "the space has no such parameter"),
        ({"objective": "val_accuracy"}, "warm_start.studies.0", "first minimizes val_loss, and this study maximizes"),
        ({**begun(trials="all"), "sampler": "random"}, "warm_start.trials", "the sampler random learns nothing from"),
        ({"max_trials": 1}, "max_trials", "2 configurations are queued; give at least 2"),
    ],
)
def test_what_cannot_be_taken_over_is_refused_before_anything_is_created(
    api: TestClient, changes: dict[str, Any], path: str, message: str
) -> None:
    for where in (JSON, f"{JSON}:validate"):
        answer = api.post(where, json={**begun(best=2), **changes})
        assert answer.status_code == 422, answer.text
        assert any(e["path"] == path and message in e["message"] for e in answer.json()["errors"]), answer.text
    assert len(api.get(JSON).json()["items"]) == 2
