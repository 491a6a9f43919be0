"""What the API says of a trial with several runs."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.study.jobs import Placement
from service.study.ports import Outcome
from service.study.records import Study
from service.study.states import RunState, StudyState
from tests.support.api import Bench

COLLAPSED = [0.1, 0.1, 0.1, 0.1, 0.89]
CHANCE = "at chance: 0.1, and always answering the most frequent class gives 0.104"


def study_of_five(lab: Bench, **changes: Any) -> Study:
    return lab.study(objective="val_accuracy", replicates={"seeds": 5}, max_trials=12, **changes)


def test_a_value_comes_with_number_spread_and_each_run_wherever_it_is_shown(api: TestClient, lab: Bench) -> None:
    runs = lab.trial_of_runs(study_of_five(lab), 0, COLLAPSED)

    trial = api.get("/api/v1/studies/digits/trials/0").json()

    found = trial["replicates"]
    assert trial["value"] == pytest.approx(0.258)
    assert (found["n"], found["n_runs"], found["n_collapsed"], found["aggregate"]) == (5, 5, 4, "mean")
    assert found["std"] == pytest.approx(0.3533, abs=1e-4)
    mark = {"word": "collapsed", "kind": "at_chance", "reason": CHANCE}
    marks = [mark] * 4 + [None]
    expected = [
        {"run": run.id, "seed": run.seed, "fold": None, "state": "COMPLETED", "value": value, "mark": mark}
        for run, value, mark in zip(runs, COLLAPSED, marks, strict=True)
    ]
    assert found["runs"] == expected
    assert [run["mark"] for run in trial["runs"]] == marks
    assert [api.get(f"/api/v1/runs/{run.id}").json()["mark"] for run in runs] == marks
    elsewhere = [
        api.get("/api/v1/studies/digits/trials").json()["items"][0],
        api.get("/api/v1/studies/digits/ranking").json()["items"][0],
        api.get("/api/v1/studies/digits/best").json(),
        api.get("/api/v1/studies/digits").json()["best"],
        api.get("/api/v1/studies").json()["items"][0]["best"],
    ]
    assert [one["replicates"] for one in elsewhere] == [found] * 5


def test_a_trial_of_one_run_has_no_spread(api: TestClient, lab: Bench) -> None:
    run = lab.trial(lab.study(), 0, [0.5])

    assert api.get("/api/v1/studies/digits").json()["best"] == {"trial": 0, "value": 0.5, "replicates": None}
    assert api.get("/api/v1/studies/digits/trials/0").json()["replicates"] is None
    assert api.get(f"/api/v1/runs/{run.id}").json()["mark"] is None


def test_a_trial_that_failed_says_of_how_many_runs_its_value_is(api: TestClient, lab: Bench) -> None:
    lab.trial_of_runs(study_of_five(lab), 0, [0.8, 0.9, None, 0.85, 0.95], RunState.FAILED)

    trial = api.get("/api/v1/studies/digits/trials/0").json()

    assert trial["value"] == pytest.approx(0.875)
    assert (trial["replicates"]["n"], trial["replicates"]["n_runs"]) == (4, 5)
    assert trial["replicates"]["runs"][2]["mark"]["reason"] == "non-finite: train_loss became nan in epoch 2"


def test_progress_counts_runs_and_keeps_the_trials(api: TestClient, lab: Bench) -> None:
    study = study_of_five(lab)
    lab.set_state(study, StudyState.RUNNING)
    lab.trial_of_runs(study, 0, COLLAPSED)
    lab.trial_of_runs(study, 1, COLLAPSED, RunState.RUNNING)

    progress = api.get("/api/v1/studies/digits").json()["progress"]

    del progress["eta_seconds"]
    assert progress == {
        "done": 1,
        "total": 12,
        "total_is_estimate": False,
        "runs_done": 9,
        "runs_total": 60,
        "runs_per_trial": 5,
    }
    assert api.get("/api/v1/studies").json()["items"][0]["progress"]["runs_done"] == 9


def test_the_time_left_is_told_once_a_run_has_ended(api: TestClient, lab: Bench) -> None:
    study = study_of_five(lab)
    lab.set_state(study, StudyState.RUNNING)
    runs = lab.trial_of_runs(study, 0, [0.5, 0.5], RunState.RUNNING)
    with lab.store.transaction(lab.epoch) as tx:
        tx.assign_run(runs[1].id, 1, Placement("worker-1"))
    assert api.get("/api/v1/studies/digits").json()["progress"]["eta_seconds"] is None
    with lab.store.transaction(lab.epoch) as tx:
        tx.end_run(runs[1].id, 1, Outcome(RunState.COMPLETED, "", 0.5))

    assert api.get("/api/v1/studies/digits").json()["progress"]["eta_seconds"] is not None


def test_the_test_result_says_of_how_many_runs_it_is(api: TestClient, lab: Bench) -> None:
    study = study_of_five(lab)
    runs, metrics = lab.trial_of_runs(study, 0, [0.5, 0.6]), {"test_accuracy": 0.5}
    own = [
        {"run": run.id, "seed": run.seed, "fold": None, "metrics": metrics, "reason": "", "data_hash": "d1"}
        for run in runs
    ]
    result = {"trial": 0, "n": 2, "metrics": metrics, "std": {"test_accuracy": 0.0}, "reason": ""}
    with lab.store.transaction(lab.epoch) as tx:
        tx.set_test_result(study.id, {**result, "runs": own})

    assert api.get("/api/v1/studies/digits").json()["test_result"] == {**result, "look": 1, "runs": own}
