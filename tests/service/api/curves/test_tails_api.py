"""What has changed since an answer: new points alone, so that a live page fetches nothing twice."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from experiments.reporting import Report
from service.api.curves import selection
from service.study.ports import Outcome
from service.study.records import Run
from service.study.states import RunState
from tests.support.api import Bench

CURVES = "/api/v1/curves"
Shown = dict[str, dict[str, Any]]


class Reader:
    """Shows curves as a page does: the first answer whole, then what is new behind what it has."""

    def __init__(self, api: TestClient, **asked: Any) -> None:
        self._api, self._asked = api, {"metric": "val_loss", "x": "epoch", **asked}
        self.shown: Shown = {}
        self.cursor: str | None = None

    def read(self) -> dict[str, Any]:
        """The next answer, taken in."""
        after = {} if self.cursor is None else {"after": self.cursor}
        answer: dict[str, Any] = self._api.get(CURVES, params={**self._asked, **after}).json()
        if answer["complete"]:
            self.shown.clear()
        for series in answer["series"]:
            known = self.shown.setdefault(series["run_id"], {"epoch": [], "y": []})
            known["epoch"][series["begin"] :] = series["x"]["epoch"]
            known["y"][series["begin"] :] = series["y"]
            known["state"] = series["state"]
        for run_id in answer["gone"]:
            self.shown.pop(run_id, None)
        self.cursor = answer["cursor"]
        return answer


def report(lab: Bench, run: Run, *epochs: int) -> None:
    """Points of a run that trains, all in one commit."""
    with lab.store.transaction(lab.epoch) as tx:
        rows = [Report(10 * epoch, epoch, 1000.0 + epoch, 0.5 * epoch, {"val_loss": 1.0 / epoch}) for epoch in epochs]
        tx.append_points(run.id, 1, rows)


def end(lab: Bench, run: Run) -> None:
    """The run's end."""
    with lab.store.transaction(lab.epoch) as tx:
        tx.end_run(run.id, 1, Outcome(RunState.COMPLETED, "", 0.1, {"val_loss": 0.1}))


def test_only_new_points_come_and_together_they_are_what_a_whole_answer_has(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    for number in range(3):
        lab.trial(study, number, [0.5] * 50)
    run = lab.trial(study, 3, [0.9, 0.8], RunState.RUNNING)
    reader = Reader(api, study="digits")
    assert reader.read()["complete"]

    report(lab, run, 3)
    report(lab, run, 4, 5)
    tail = reader.read()
    end(lab, run)
    ended = reader.read()
    lab.trial(study, 4, [0.3])
    reader.read()

    assert [(series["trial"], series["begin"], series["y"]) for series in tail["series"]] == [
        (3, 2, [1 / 3, 0.25, 0.2])
    ]
    assert [(series["state"], series["begin"], series["y"]) for series in ended["series"]] == [("COMPLETED", 5, [])]
    assert reader.read()["series"] == []
    whole = Reader(api, study="digits")
    whole.read()
    assert reader.shown == whole.shown
    assert len(whole.shown) == 5


def test_of_named_runs_only_those_are_told(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    one, other = (lab.trial(study, number, [0.9], RunState.RUNNING) for number in range(2))
    reader = Reader(api, run=one.id)
    reader.read()

    report(lab, one, 2)
    report(lab, other, 2)

    assert [series["trial"] for series in reader.read()["series"]] == [0]


def test_what_a_filter_does_not_choose_any_more_is_gone(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    run = lab.trial(study, 0, [0.9], RunState.RUNNING)
    reader = Reader(api, study="digits", filter="state = RUNNING")
    reader.read()
    assert list(reader.shown) == [run.id]

    end(lab, run)
    assert reader.read()["gone"] == []
    with lab.store.transaction(lab.epoch) as tx:
        tx.end_trial(run.trial_id, Outcome(RunState.COMPLETED, "", 0.1, {}), {})

    assert reader.read()["gone"] == [run.id]
    assert reader.shown == {}


def test_who_is_too_far_behind_is_sent_everything(api: TestClient, lab: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    study = lab.study()
    lab.trial(study, 0, [0.9])
    reader = Reader(api, study="digits")
    reader.read()
    run = lab.trial(study, 1, [0.8], RunState.RUNNING)
    monkeypatch.setattr(selection, "MOST_EVENTS", 3)

    answer = reader.read()
    report(lab, run, 2)
    tail = reader.read()

    assert (answer["complete"], len(answer["series"])) == (True, 2)
    assert (tail["complete"], len(tail["series"])) == (False, 1)


@pytest.mark.parametrize("version", ["9" * 30, str(2**63), "-1"])
def test_a_cursor_beyond_all_versions_is_refused(api: TestClient, lab: Bench, version: str) -> None:
    study = lab.study()
    refused = api.get(CURVES, params={"study": "digits", "metric": "val_loss", "after": f"{study.id}:{version}"})
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "after")


def test_trimmed_events_are_not_taken_for_no_events(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    run = lab.trial(study, 0, [0.9], RunState.RUNNING)
    changes = lab.store.events.changes(study.id, 0, 1000)
    assert changes is not None
    assert (changes.runs, changes.trials) == ({run.id: 10}, {0})
    with lab.database.begin() as connection:
        connection.exec_driver_sql("DELETE FROM events WHERE seq <= 2")
    assert lab.store.events.changes(study.id, 0, 1000) is None
