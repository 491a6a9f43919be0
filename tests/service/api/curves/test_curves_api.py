"""Learning curves over REST."""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from experiments.reporting import Report
from service.api.curves import bodies
from service.storage.curves.reading import CurveStore
from service.storage.db.tables import runs
from service.storage.runs import RunStore
from service.study.states import RunState
from tests.support.api import Bench

CURVES = "/api/v1/curves"
ASKED = {"study": "digits", "metric": "val_loss"}
PACKED = {"Accept": "application/octet-stream"}


def unpacked(body: bytes) -> dict[str, Any]:
    """The packed form, read as the OpenAPI document describes it, as if it were the JSON."""
    assert body[:4] == b"SHS2"
    (length,) = struct.unpack("<I", body[4:8])
    at = 8 + length
    assert at % 8 == 0
    document: dict[str, Any] = json.loads(body[8:at])
    distinct: dict[str, list[Any]] = {"whole": [], "other": []}
    for kind, lengths in document.pop("lengths").items():
        for n in lengths:
            distinct[kind].append(np.frombuffer(body, "<f8" if kind == "whole" else "<f4", n, at))
            at += distinct[kind][-1].nbytes
    for series in document["series"]:
        n = series.pop("n")
        x = {axis: distinct["whole" if axis in {"step", "epoch"} else "other"][i] for axis, i in series["x"].items()}
        series["x"] = {axis: column.tolist() for axis, column in x.items()}
        series["y"] = np.frombuffer(body, "<f4", n, at).tolist()
        at += 4 * n
    assert at == len(body)
    return document


def series_of(api: TestClient, **changes: Any) -> list[dict[str, Any]]:
    """The series of the standard question with changes."""
    answer = api.get(CURVES, params={**ASKED, **changes})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["series"]
    return found


def test_every_run_of_a_study_has_its_curve(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    first = lab.trial(study, 0, [0.5, 0.4, 0.45])
    lab.trial(study, 1, [0.7], RunState.RUNNING)
    lab.trial(study, 2, state=RunState.WAITING)

    answer = api.get(CURVES, params={"study": "digits", "metric": "val_loss"}).json()

    assert (answer["metric"], answer["n_runs"], answer["n_runs_left_out"]) == ("val_loss", 2, 0)
    assert (answer["n_points"], answer["columns"], answer["complete"], answer["gone"]) == (4, None, True, [])
    assert first.started_at is not None
    began_at = first.started_at.timestamp()
    assert answer["series"][0] == {
        "run_id": first.id,
        "study": study.id,
        "trial": 0,
        "replicate": 0,
        "seed": 1,
        "fold": None,
        "state": "COMPLETED",
        "value": 0.4,
        "began_at": began_at,
        "n_points": 3,
        "begin": 0,
        "attempts": [[1, 0]],
        "x": {
            "step": [10, 20, 30],
            "epoch": [1, 2, 3],
            "wall_time": [1001.0 - began_at, 1002.0 - began_at, 1003.0 - began_at],
            "training_time": [0.5, 1.0, 1.5],
        },
        "y": [0.5, 0.4, 0.45],
    }
    assert (answer["series"][1]["state"], answer["series"][1]["y"]) == ("RUNNING", [0.7])


def test_both_forms_say_the_same(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    for number in range(3):
        lab.trial(study, number, [1.0 / 2**number] * (number + 1))
    lab.trial(study, 3, [0.25, math.nan, math.inf, 1e300])
    query = {**ASKED, "x": ["epoch", "training_time", "step"]}

    packed = unpacked(api.get(CURVES, params=query, headers=PACKED).content)

    told = api.get(CURVES, params=query).json()
    assert packed["series"][3]["y"] == [0.25, *[pytest.approx(math.nan, nan_ok=True)] * 2, float(np.finfo("f4").max)]
    for document in (told, packed):
        del document["series"][3]["y"]
    assert packed == told


def test_a_column_that_many_runs_share_is_sent_once(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    for number in range(50):
        lab.trial(study, number, [0.5] * 100)
    query = {**ASKED, "x": ["epoch", "training_time"]}

    answer = api.get(CURVES, params=query, headers=PACKED)
    header = json.loads(answer.content[8 : 8 + struct.unpack("<I", answer.content[4:8])[0]])

    assert answer.headers["content-type"] == "application/octet-stream"
    assert header["lengths"] == {"whole": [100], "other": [100]}
    assert len(answer.content) == 8 + struct.unpack("<I", answer.content[4:8])[0] + 8 * 100 + 4 * 100 + 4 * 50 * 100
    assert len(unpacked(answer.content)["series"]) == 50


def test_only_the_axes_that_are_asked_for_are_sent(api: TestClient, lab: Bench) -> None:
    run = lab.trial(lab.study(), 0, [0.5, 0.4])
    planned = 3
    with lab.database.begin() as connection:
        connection.execute(update(runs).where(runs.c.id == run.id).values(planned_epochs=planned))

    (series,) = series_of(api, x=["budget_share", "epoch"])

    assert series["x"] == {"budget_share": [1 / planned, 2 / planned], "epoch": [1, 2]}


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
    assert (answer["series"][0]["x"]["epoch"], answer["series"][0]["n_points"]) == ([1, 2, 3, 4], 4)
    assert whole["metrics"]["val_loss"] == [0.5, None, None, 0.25]
    assert whole["not_finite"] == {"val_loss": [1, 2], "train_loss": [1, 2]}


def test_what_was_not_measured_is_no_point(api: TestClient, lab: Bench) -> None:
    run = lab.trial(lab.study(), 0, [0.5], RunState.RUNNING)
    with lab.store.transaction(lab.epoch) as tx:
        tx.append_points(run.id, 1, [Report(20, 2, 1002.0, 1.0, {"train_loss": 0.1})])
        tx.append_points(run.id, 1, [Report(30, 3, 1003.0, 1.5, {"val_loss": math.nan})])

    (series,) = series_of(api)
    whole = api.get(f"/api/v1/runs/{run.id}/curves").json()

    assert (series["x"]["epoch"], series["y"]) == ([1, 3], [0.5, None])
    assert whole["metrics"] == {"val_loss": [0.5, None, None], "train_loss": [0.25, 0.1, None]}
    assert whole["not_finite"] == {"val_loss": [2]}


def test_beyond_so_many_points_each_run_keeps_its_extremes_and_the_answer_says_so(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    for number in range(2):
        values = [1.0] * 200
        values[120 + number] = 77.0
        lab.trial(study, number, values)
    few = {"x": "epoch", "max_points": 399, "width": 10}

    whole = api.get(CURVES, params={**ASKED, **few, "max_points": 400}).json()
    thinned = api.get(CURVES, params={**ASKED, **few}).json()
    shared = api.get(CURVES, params={**ASKED, **few, "max_points": 16}).json()

    assert (whole["columns"], [len(series["y"]) for series in whole["series"]]) == (None, [200, 200])
    assert (thinned["columns"], shared["columns"], thinned["n_points"]) == (10, 4, 400)
    for number, series in enumerate(thinned["series"]):
        epochs = series["x"]["epoch"]
        assert (epochs[0], epochs[-1], series["y"][epochs.index(121 + number)]) == (1, 200, 77.0)
        assert (len(epochs), series["n_points"]) == (12, 200)


def test_a_stretch_is_sent_with_one_point_on_each_side(api: TestClient, lab: Bench) -> None:
    lab.trial(lab.study(), 0, [float(epoch) for epoch in range(1, 101)])

    (series,) = series_of(api, x="epoch", x_from=40, x_to=42.5)
    (beyond,) = series_of(api, x="epoch", x_from=200)

    assert (series["y"], series["begin"], series["n_points"]) == ([39, 40, 41, 42, 43], 38, 100)
    assert (beyond["y"], beyond["begin"]) == ([100], 99)


def test_runs_beyond_the_limit_are_counted(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    for number in range(4):
        lab.trial(study, number, [0.5])

    answer = api.get(CURVES, params={"study": "digits", "metric": "val_loss", "max_runs": 3}).json()

    assert (len(answer["series"]), answer["n_runs"], answer["n_runs_left_out"]) == (3, 4, 1)


def test_an_unknown_metric_has_no_curves(api: TestClient, lab: Bench) -> None:
    lab.trial(lab.study(), 0, [0.5])

    assert api.get(CURVES, params={"study": "digits", "metric": "val_los"}).json()["series"] == []


def test_an_etag_saves_the_answer_until_a_point_is_added_or_our_code_is_another(
    api: TestClient, lab: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = lab.study()
    lab.trial(study, 0, [0.5])
    first = api.get(CURVES, params=ASKED)
    known = {"If-None-Match": first.headers["etag"]}

    again = api.get(CURVES, params=ASKED, headers=known)
    packed = api.get(CURVES, params=ASKED, headers={**known, **PACKED})
    other = api.get(CURVES, params={**ASKED, "metric": "train_loss"}, headers=known)
    lab.trial(study, 1, [0.4])
    grown = api.get(CURVES, params=ASKED, headers=known)

    monkeypatch.setattr(bodies, "build_hash", lambda: "of another version")
    upgraded = api.get(CURVES, params=ASKED, headers={"If-None-Match": grown.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert upgraded.status_code == 200
    assert (packed.status_code, other.status_code, grown.status_code) == (200, 200, 200)
    assert len({answer.headers["etag"] for answer in (first, packed, other, grown)}) == 4
    assert len(grown.json()["series"]) == 2


def test_what_has_not_changed_is_answered_without_reading_a_run(
    api: TestClient, lab: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = lab.trial(lab.study(), 0, [0.5])
    first = [
        api.get(CURVES, params={"metric": "val_loss", **of}).content for of in ({"study": "digits"}, {"run": run.id})
    ]
    monkeypatch.delattr(RunStore, "heads")
    monkeypatch.delattr(CurveStore, "points")

    again = [
        api.get(CURVES, params={"metric": "val_loss", **of}).content for of in ({"study": "digits"}, {"run": run.id})
    ]

    assert again == first


@pytest.mark.parametrize("accept", ["application/json", "application/octet-stream"])
def test_an_answer_is_compressed_for_who_can_read_that(api: TestClient, lab: Bench, accept: str) -> None:
    lab.trial(lab.study(), 0, [0.5] * 600)

    plain = api.get(CURVES, params=ASKED, headers={"Accept": accept, "Accept-Encoding": "identity"})
    packed = api.get(CURVES, params=ASKED, headers={"Accept": accept, "Accept-Encoding": "gzip, br"})

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.content == plain.content
    assert packed.headers["vary"] == "Accept, Accept-Encoding"


def test_a_selection_of_thousands_goes_into_the_body(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    ids = [lab.trial(study, number, [0.5]).id for number in range(3)]

    answer = api.post(CURVES, json={"run": [ids[2], ids[0]], "metric": "val_loss", "filter": "number > 0"})

    assert [series["trial"] for series in answer.json()["series"]] == [2]


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ({"metric": "val_loss"}, "name at least one study or run"),
        ({"study": "digits"}, "metric: Field required"),
        ({"study": "digits", "metric": "m", "max_points": "2000001"}, "max_points"),
        ({"study": "digits", "metric": "m", "x": "time"}, "x.0: "),
        ({"study": "digits", "metric": "m", "after": "nonsense"}, "after: not a cursor of curves"),
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
