"""Groups of curves over REST, beside what numpy makes of the same runs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from scipy import stats

from service.study.states import RunState
from tests.support.api import Bench

PATH = "/api/v1/curves:aggregate"
ASKED = {"study": "digits", "metric": "val_loss"}
RATE = "optimizer.sgd.lr"
CURVES = {0: [0.9, 0.8, 0.7], 1: [0.7, 0.5], 2: [0.5, math.nan, 0.2], 3: [0.3, 0.2, 0.1]}


def filled(lab: Bench) -> None:
    """Two trials of each of two learning rates, one of them pruned, one that waits and one that diverged at once."""
    study = lab.study()
    for number, curve in CURVES.items():
        state = RunState.PRUNED if number == 1 else RunState.COMPLETED
        lab.trial(study, number, curve, state, lr=0.1 if number < 2 else 0.01)
    lab.trial(study, 4, state=RunState.WAITING)
    lab.trial(study, 5, [math.nan], RunState.RUNNING)


def test_groups_are_over_all_their_runs_and_every_run_is_accounted_for(api: TestClient, lab: Bench) -> None:
    filled(lab)

    answer = api.get(PATH, params={**ASKED, "group_by": RATE}).json()

    first, second = answer["groups"]
    assert (first["key"], second["key"]) == ({RATE: 0.1}, {RATE: 0.01})
    assert (first["x"], first["n"], second["n"]) == ([1, 2, 3], [2, 2, 1], [2, 1, 2])
    for group, (one, other) in ((first, (0, 1)), (second, (2, 3))):
        values = np.array([CURVES[one][0], CURVES[other][0]])
        low, high = stats.t.interval(0.95, 1, values.mean(), stats.sem(values))
        assert [group[name][0] for name in ("mid", "low", "high")] == pytest.approx([values.mean(), low, high])
    assert (first["mid"][2], first["low"][2]) == (0.7, None)
    assert first["runs"] == [run["run_id"] for run in _series(api)[:2]]
    assert answer["runs"] == {
        "total": 6,
        "aggregated": 4,
        "filtered": 0,
        "unmeasured": 1,
        "never_finite": 1,
        "not_reached": 0,
        "in_further_groups": 0,
    }
    assert (answer["n_groups"], answer["n_points_not_finite"]) == (2, 1)
    assert answer["bounds"] is None


def test_a_filter_survivors_and_a_limit_of_groups_leave_out_what_they_say(api: TestClient, lab: Bench) -> None:
    filled(lab)
    asked = {**ASKED, "group_by": [RATE], "filter": "number <= 3 and number != 2", "survivors": "reached_x"}

    both = api.post(PATH, json={**_body(asked), "reached": 3}).json()
    one = api.post(PATH, json={**_body(asked), "max_groups": 1}).json()

    assert [(group["key"][RATE], group["n"]) for group in both["groups"]] == [(0.1, [1, 1, 1]), (0.01, [1, 1, 1])]
    assert both["runs"] == {**_zero(), "total": 6, "aggregated": 2, "filtered": 3, "not_reached": 1}
    assert one["runs"] == {**both["runs"], "aggregated": 1, "in_further_groups": 1}
    assert (len(one["groups"]), one["n_groups"]) == (1, 2)


def test_what_was_pruned_can_count_on_and_what_trains_counts_as_far_as_it_is(api: TestClient, lab: Bench) -> None:
    filled(lab)
    lab.trial(lab.store.studies.get("digits"), 6, [0.8], RunState.RUNNING)

    answer = api.get(PATH, params={**ASKED, "group_by": RATE, "survivors": "carry_last", "band": "minmax"}).json()

    first = answer["groups"][0]
    assert (first["n"], first["n_carried"], first["mid"]) == ([3, 2, 2], [0, 0, 1], pytest.approx([0.8, 0.65, 0.6]))


def test_groups_of_ones_own_are_what_they_name(api: TestClient, lab: Bench) -> None:
    filled(lab)
    runs = [run["run_id"] for run in _series(api)]
    groups = {"odd": [runs[1], runs[3]], "even": [runs[0], runs[2], runs[4]]}

    answer = api.post(PATH, json={"metric": "val_loss", "groups": groups, "max_groups": 1}).json()

    assert [(group["key"], group["runs"]) for group in answer["groups"]] == [
        ({"group": "odd"}, [runs[1], runs[3]]),
        ({"group": "even"}, [runs[0], runs[2]]),
    ]
    assert answer["runs"] == {**_zero(), "total": 5, "aggregated": 4, "never_finite": 1}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"study": ["digits"]}, "groups: they say which runs are meant"),
        ({"groups": {"a": ["r"], "b": ["r"]}}, "'r' is"),
    ],
)
def test_groups_that_contradict_themselves_are_refused(api: TestClient, changes: dict[str, Any], place: str) -> None:
    answer = api.post(PATH, json={"metric": "val_loss", "groups": {"a": ["r"]}, **changes})

    assert answer.status_code == 422
    assert place in answer.json()["detail"]


def test_each_run_can_count_with_its_best_so_far(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    for number, curve in enumerate(([0.5, 0.9, math.nan, 0.4], [0.7, 0.3, 0.2, 0.6])):
        lab.trial(study, number, curve, RunState.COMPLETED, lr=0.1)

    answer = api.get(PATH, params={**ASKED, "best_so_far": "minimize"}).json()

    (group,) = answer["groups"]
    assert group["mid"] == pytest.approx([0.6, 0.4, 0.2, 0.3])


def test_left_out_the_group_is_everything_but_the_seed(api: TestClient, lab: Bench) -> None:
    filled(lab)
    lab.trial(lab.study(name="other"), 0, [0.4], lr=0.1)

    of_one = api.get(PATH, params=ASKED).json()
    of_both = api.get(PATH, params={**ASKED, "study": ["digits", "other"]}).json()

    assert [len(group["runs"]) for group in of_one["groups"]] == [2, 2]
    assert [sorted(group["key"]) for group in of_both["groups"]] == [[RATE, "study"]] * 3


def test_what_did_not_vary_is_in_the_configuration(api: TestClient, lab: Bench) -> None:
    filled(lab)
    asked = {**ASKED, "group_by": ["optimizer", RATE], "center": "median"}

    answer = api.get(PATH, params=asked).json()

    assert [group["key"] for group in answer["groups"]] == [
        {"optimizer": "sgd", RATE: 0.1},
        {"optimizer": "sgd", RATE: 0.01},
    ]
    assert answer["band"] == "quartiles"
    assert answer["groups"][0]["low"] == pytest.approx([0.75, 0.575, 0.7])


@pytest.mark.parametrize(("axis", "x"), [("step", [10, 20, 30]), ("training_time", [0.5, 1.0, 1.5])])
def test_groups_stand_on_the_axis_that_is_asked_for(api: TestClient, lab: Bench, axis: str, x: list[float]) -> None:
    filled(lab)

    answer = api.get(PATH, params={**ASKED, "group_by": RATE, "x": axis, "max_points": 3}).json()

    assert answer["groups"][0]["x"] == x


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ({"metric": "val_loss"}, "name at least one study or run"),
        ({**ASKED, "group_by": "optimizer.sgd.lrr"}, "group_by: no trial has a parameter 'optimizer.sgd.lrr' (did you"),
        ({**ASKED, "center": "median", "band": "sd"}, "band: sd lies around a mean; with center=median take quartiles"),
        ({**ASKED, "filter": "value <"}, "filter: at character 8"),
        ({**ASKED, "x": "time"}, "x: "),
        ({**ASKED, "maxgroups": "3"}, "maxgroups: there is no such parameter here (did you mean 'max_groups'?)"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(
    api: TestClient, lab: Bench, asked: dict[str, Any], place: str
) -> None:
    filled(lab)

    answer = api.get(PATH, params=asked)

    assert answer.status_code == 422
    assert place in answer.json()["detail"]


def test_a_run_that_is_not_there_is_not_found(api: TestClient, lab: Bench) -> None:
    filled(lab)

    answer = api.post(PATH, json={"run": ["nope"], "metric": "val_loss"})

    assert answer.json()["type"] == "urn:studyhall:run-not-found"


def _series(api: TestClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/api/v1/curves", params=ASKED).json()["series"]
    return found


def _body(asked: dict[str, Any]) -> dict[str, Any]:
    return {**asked, "study": [asked["study"]]}


def _zero() -> dict[str, int]:
    names = ("total", "aggregated", "filtered", "unmeasured", "never_finite", "not_reached", "in_further_groups")
    return dict.fromkeys(names, 0)


def test_a_stretch_has_its_own_values_of_x_and_best_values_from_before_it(api: TestClient, lab: Bench) -> None:
    filled(lab)
    asked = {**ASKED, "group_by": RATE, "best_so_far": "minimize", "x_from": 2, "x_to": 2.5, "max_points": 2}

    first, second = api.get(PATH, params=asked).json()["groups"]

    assert (first["x"], first["n"], second["x"]) == ([2], [2], [2])
    assert first["mid"] == pytest.approx([(0.8 + 0.5) / 2])
    for group in api.get(PATH, params={**asked, "x_from": 7, "x_to": 9}).json()["groups"]:
        assert (group["x"], group["mid"]) == ([], [])
