"""Learning curves over REST."""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from experiments.reporting import Report
from service.study.states import RunState
from tests.support.api import Bench

CURVES = "/api/v1/curves"
PACKED = {"Accept": "application/octet-stream"}


def unpacked(body: bytes) -> dict[str, Any]:
    """The packed form, read as the OpenAPI document describes it."""
    assert body[:4] == b"SHS1"
    (length,) = struct.unpack("<I", body[4:8])
    at = 8 + length
    assert at % 8 == 0
    document: dict[str, Any] = json.loads(body[8:at])
    for series in document["series"]:
        n = series.pop("n")
        for name in ("step", "epoch", "wall_time", "training_time", "y"):
            series[name] = np.frombuffer(body, "<f8", n, at).tolist()
            at += 8 * n
    assert at == len(body)
    return document


def test_every_run_of_a_study_has_its_curve(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    first = lab.trial(study, 0, [0.5, 0.4, 0.45])
    lab.trial(study, 1, [0.7], RunState.RUNNING)
    lab.trial(study, 2, state=RunState.WAITING)

    answer = api.get(CURVES, params={"study": "digits", "metric": "val_loss"}).json()

    assert (answer["metric"], answer["n_runs"], answer["n_runs_left_out"]) == ("val_loss", 2, 0)
    assert answer["series"][0] == {
        "run_id": first.id,
        "study": study.id,
        "trial": 0,
        "replicate": 0,
        "fold": None,
        "state": "COMPLETED",
        "value": 0.4,
        "n_points": 3,
        "attempts": [[1, 0]],
        "step": [10, 20, 30],
        "epoch": [1, 2, 3],
        "wall_time": [1001.0, 1002.0, 1003.0],
        "training_time": [0.5, 1.0, 1.5],
        "y": [0.5, 0.4, 0.45],
    }
    assert (answer["series"][1]["state"], answer["series"][1]["y"]) == ("RUNNING", [0.7])


def test_both_forms_say_the_same(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    for number in range(3):
        lab.trial(study, number, [1.0 / (number + 1)] * (number + 1))
    query = {"study": "digits", "metric": "val_loss"}

    packed = api.get(CURVES, params=query, headers=PACKED)

    assert packed.headers["content-type"] == "application/octet-stream"
    assert unpacked(packed.content) == api.get(CURVES, params=query).json()


def test_studies_and_runs_can_be_mixed_and_each_run_comes_once(api: TestClient, lab: Bench) -> None:
    one, two = lab.study(), lab.study(name="other")
    first, second = lab.trial(one, 0, [0.5]), lab.trial(two, 0, [0.6])
    lab.trial(two, 1, [0.7])

    answer = api.get(CURVES, params={"study": ["digits"], "run": [first.id, second.id], "metric": "val_loss"}).json()

    assert [series["run_id"] for series in answer["series"]] == [first.id, second.id]


def test_a_value_that_is_not_finite_is_a_null_at_its_place(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    run = lab.trial(study, 0, [0.5, math.nan, math.inf, 0.25])
    lab.trial(study, 1, [math.nan], RunState.RUNNING)

    answer = api.get(CURVES, params={"study": "digits", "metric": "val_loss"}).json()
    whole = api.get(f"/api/v1/runs/{run.id}/curves").json()

    assert [series["y"] for series in answer["series"]] == [[0.5, None, None, 0.25], [None]]
    assert (answer["series"][0]["epoch"], answer["series"][0]["n_points"]) == ([1, 2, 3, 4], 4)
    assert whole["metrics"]["val_loss"] == [0.5, None, None, 0.25]
    assert whole["not_finite"] == {"val_loss": [1, 2], "train_loss": [1, 2]}


def test_what_was_not_measured_is_no_point(api: TestClient, lab: Bench) -> None:
    run = lab.trial(lab.study(), 0, [0.5], RunState.RUNNING)
    with lab.store.transaction(lab.epoch) as tx:
        tx.append_points(run.id, 1, [Report(20, 2, 1002.0, 1.0, {"train_loss": 0.1})])
        tx.append_points(run.id, 1, [Report(30, 3, 1003.0, 1.5, {"val_loss": math.nan})])

    (series,) = api.get(CURVES, params={"study": "digits", "metric": "val_loss"}).json()["series"]
    whole = api.get(f"/api/v1/runs/{run.id}/curves").json()

    assert (series["epoch"], series["y"]) == ([1, 3], [0.5, None])
    assert whole["metrics"] == {"val_loss": [0.5, None, None], "train_loss": [0.25, 0.1, None]}
    assert whole["not_finite"] == {"val_loss": [2]}


def test_long_curves_are_reduced_and_say_so(api: TestClient, lab: Bench) -> None:
    values = [1.0] * 200
    values[120] = 77.0
    lab.trial(lab.study(), 0, values)

    (series,) = api.get(CURVES, params={"study": "digits", "metric": "val_loss", "max_points": 10}).json()["series"]

    assert series["n_points"] == 200
    assert len(series["y"]) <= 10
    assert 77.0 in series["y"]
    assert (series["epoch"][0], series["epoch"][-1]) == (1, 200)


def test_runs_beyond_the_limit_are_counted(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    for number in range(4):
        lab.trial(study, number, [0.5])

    answer = api.get(CURVES, params={"study": "digits", "metric": "val_loss", "max_runs": 3}).json()

    assert (len(answer["series"]), answer["n_runs"], answer["n_runs_left_out"]) == (3, 4, 1)


def test_an_unknown_metric_has_no_curves(api: TestClient, lab: Bench) -> None:
    lab.trial(lab.study(), 0, [0.5])

    assert api.get(CURVES, params={"study": "digits", "metric": "val_los"}).json()["series"] == []


def test_an_etag_saves_the_answer_until_a_point_is_added(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    lab.trial(study, 0, [0.5])
    query = {"study": "digits", "metric": "val_loss"}
    first = api.get(CURVES, params=query)
    known = {"If-None-Match": first.headers["etag"]}

    again = api.get(CURVES, params=query, headers=known)
    packed = api.get(CURVES, params=query, headers={**known, **PACKED})
    lab.trial(study, 1, [0.4])
    grown = api.get(CURVES, params=query, headers=known)

    assert (again.status_code, again.content) == (304, b"")
    assert (packed.status_code, grown.status_code) == (200, 200)
    assert len({first.headers["etag"], packed.headers["etag"], grown.headers["etag"]}) == 3


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ({"metric": "val_loss"}, "name at least one study or run"),
        ({"study": "digits"}, "metric: Field required"),
        ({"study": "digits", "metric": "m", "max_points": "3"}, "max_points"),
        ({"study": "digits", "metric": "m", "max_points": "10001"}, "max_points"),
        ({"study": "digits", "metric": "m", "max_runs": "0"}, "max_runs"),
    ],
)
def test_bad_queries_name_the_place(api: TestClient, lab: Bench, query: dict[str, str], place: str) -> None:
    lab.study()

    answer = api.get(CURVES, params=query)

    assert answer.status_code == 422
    assert place in answer.json()["detail"]


def test_a_study_or_run_that_is_not_there_is_not_found(api: TestClient) -> None:
    assert api.get(CURVES, params={"study": "nope", "metric": "m"}).json()["type"] == "urn:studyhall:study-not-found"
    assert api.get(CURVES, params={"run": "nope", "metric": "m"}).json()["type"] == "urn:studyhall:run-not-found"
