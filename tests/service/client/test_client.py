"""The Python client against the real API on a port."""

from __future__ import annotations

import json
import tempfile
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from pydantic import SecretStr

from service.client.client import Studyhall
from service.client.errors import error_of
from service.errors import (
    ArtifactNotFound,
    Conflict,
    Invalid,
    NameTaken,
    NoBestTrial,
    NotFound,
    ServiceError,
    StudyNotFound,
    TokenRequired,
    Unavailable,
)
from service.settings import Settings
from service.study.states import RunState, StudyState
from tests.support.api import STUDY, Bench, listening


def test_a_service_that_wants_a_token_is_sent_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    wanting = settings.model_copy(update={"token": SecretStr("b9d1c2e0f4a35768")})
    with listening(wanting) as url:
        with Studyhall(url) as stranger:
            assert stranger.readiness()["status"] == "not ready"
            with pytest.raises(TokenRequired, match="set STUDYHALL_TOKEN"):
                stranger.studies()
        with Studyhall(url, token="b9d1c2e0f4a35768") as told:
            assert told.studies() == []
        monkeypatch.setenv("STUDYHALL_TOKEN", "b9d1c2e0f4a35768")
        with Studyhall(url) as finds_it:
            assert finds_it.studies() == []
    with pytest.raises(Invalid, match="STUDYHALL_TOKEN"):
        Studyhall(url, token="two words")


def test_a_study_can_be_submitted_as_a_mapping_and_as_a_file(hall: Studyhall, tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text(yaml.safe_dump({**STUDY, "name": "from-file"}))

    first, second = hall.submit(STUDY), hall.submit(file)

    assert [study["name"] for study in hall.studies()] == ["from-file", "digits"]
    assert hall.study("digits") == first
    assert second["definition"]["space"] == STUDY["space"]
    assert hall.validate(STUDY)["n_parameters"] == 1
    assert hall.submit("wine-random")["definition"]["sampler"]["name"] == "random"


def test_a_taken_name_comes_with_a_free_one(hall: Studyhall) -> None:
    hall.submit(STUDY)

    with pytest.raises(NameTaken) as caught:
        hall.submit(STUDY)

    assert (caught.value.name, caught.value.free) == ("digits", "digits-2")


def test_a_submission_with_a_key_acts_once(hall: Studyhall) -> None:
    assert hall.submit(STUDY, idempotency_key="k")["id"] == hall.submit(STUDY, idempotency_key="k")["id"]


def test_waiting_tells_the_progress_and_ends_with_the_study(hall: Studyhall, lab: Bench) -> None:
    study = lab.study()
    lab.set_state(study, StudyState.RUNNING)
    seen: list[str] = []
    first_look = threading.Event()

    def progress(now: dict[str, Any]) -> None:
        seen.append(now["state"])
        first_look.set()

    def end() -> None:
        first_look.wait(10)
        lab.set_state(study, StudyState.COMPLETED, "all 6 trials are done")

    ending = threading.Thread(target=end)
    ending.start()
    ended = hall.wait("digits", progress, interval=0.01)
    ending.join()

    assert (ended["reason"], seen[0], seen[-1]) == ("all 6 trials are done", "RUNNING", "COMPLETED")


def test_waiting_gives_up_when_it_was_told_to(hall: Studyhall, lab: Bench) -> None:
    lab.study()

    with pytest.raises(TimeoutError, match="still QUEUED"):
        hall.wait("digits", timeout=0.05, interval=0.01)


def test_the_wishes_reach_the_store(hall: Studyhall, lab: Bench) -> None:
    lab.set_state(lab.study(), StudyState.RUNNING)

    assert hall.pause("digits", running="checkpoint")["desired"] == "paused"
    assert lab.store.studies.get("digits").stop_running == "checkpoint"
    assert hall.resume("digits")["desired"] == "running"
    assert hall.update("digits", max_trials=9)["max_trials"] == 9
    assert hall.stop("digits")["reason"] == "stopping"
    assert lab.store.studies.get("digits").stop_running == "finish"
    assert hall.stop("digits", running="checkpoint")["desired"] == "stopped"
    assert lab.store.studies.get("digits").stop_running == "checkpoint"
    assert hall.delete("digits")["desired"] == "deleted"


def test_results_come_whole_however_many_pages_they_fill(
    hall: Studyhall, lab: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.client.connection.PAGE", 2)
    study = lab.study()
    for number, value in enumerate([0.3, 0.1, 0.2]):
        lab.trial(study, number, [value])

    assert [trial["number"] for trial in hall.trials("digits")] == [0, 1, 2]
    assert [trial["number"] for trial in hall.ranking("digits")] == [1, 2, 0]
    assert hall.best("digits")["number"] == 1


def test_the_best_model_is_downloaded(hall: Studyhall, lab: Bench, tmp_path: Path) -> None:
    study = lab.study()
    with pytest.raises(NoBestTrial):
        hall.best_model("digits")
    run = lab.trial(study, 0, [0.5])
    with pytest.raises(ArtifactNotFound, match="trial 0, the best, kept no model"):
        hall.best_model("digits")
    lab.artifact(run, "model.pt2", b"a model", "application/octet-stream")
    lab.artifact(run, "model.md", b"what it takes", "text/markdown")

    path = hall.best_model("digits", tmp_path / "models")

    assert path.read_bytes() == b"a model"
    assert (path.parent / "model.md").read_bytes() == b"what it takes"
    assert {file.name for file in path.parent.iterdir()} == {"model.pt2", "model.md"}


def test_a_model_that_is_missing_is_told_with_what_was_logged(hall: Studyhall, lab: Bench, tmp_path: Path) -> None:
    """Not with what the definition keeps, where that is not the reason."""
    runs = lab.trial_of_runs(lab.study(replicates={"seeds": 2}), 0, [0.5, 0.2])
    lab.log(runs[1], "epoch 1\nthe model is not exported: Net has no `forward` of its own; give it one\n")
    with pytest.raises(ArtifactNotFound) as caught:
        hall.best_model("digits", tmp_path)
    assert str(caught.value) == (
        "the model of trial 0, the best, is not exported: Net has no `forward` of its own; give it one"
    )
    lab.trial(lab.study(name="bare", artifacts="none"), 0, [0.5])
    with pytest.raises(ArtifactNotFound, match="the study keeps no models: its definition says `artifacts: none`"):
        hall.best_model("bare", tmp_path)


def test_a_study_that_ended_without_a_result_has_no_best_trial_yet_to_come(hall: Studyhall, lab: Bench) -> None:
    study = lab.study()
    with pytest.raises(NoBestTrial, match="no completed trial yet"):
        hall.best("digits")
    lab.set_state(study, StudyState.RUNNING)
    lab.set_state(study, StudyState.STOPPED, "stopped")
    with pytest.raises(NoBestTrial, match=r"^the study is STOPPED and no trial of it completed, so none is the best"):
        hall.best("digits")


def test_of_several_runs_the_best_one_s_model_is_downloaded(hall: Studyhall, lab: Bench, tmp_path: Path) -> None:
    runs = lab.trial_of_runs(lab.study(replicates={"seeds": 3}), 0, [0.5, 0.2, 0.3])
    for run in runs:
        lab.artifact(run, "model.pt2", f"seed {run.seed}".encode(), "application/octet-stream")

    assert hall.best_model("digits", tmp_path).read_bytes() == b"seed 2"


def test_number_and_spread_of_several_runs_come_with_the_trial(hall: Studyhall, lab: Bench) -> None:
    lab.trial_of_runs(lab.study(replicates={"seeds": 3}), 0, [0.5, 0.2, 0.3])

    found = hall.trial("digits", 0)["replicates"]

    assert (found["n"], found["std"]) == (3, pytest.approx(0.1528, abs=1e-4))
    assert [run["value"] for run in found["runs"]] == [0.5, 0.2, 0.3]
    assert hall.to_optuna("digits").trials[0].user_attrs["replicates"] == found


def test_curves_come_as_a_frame(hall: Studyhall, lab: Bench) -> None:
    study = lab.study()
    lab.trial(study, 0, [0.5, 0.4])
    lab.trial(study, 1, [0.9], RunState.PRUNED)

    frame = hall.curves("digits", "val_loss")

    assert frame[["trial", "state", "epoch", "val_loss"]].to_numpy().tolist() == [
        [0, "COMPLETED", 1, 0.5],
        [0, "COMPLETED", 2, 0.4],
        [1, "PRUNED", 1, 0.9],
    ]
    with pytest.raises(Invalid, match="no metric 'nothing'; it has train_loss, val_loss"):
        hall.curves("digits", "nothing")


def test_curves_of_a_study_that_has_none_yet_are_an_empty_frame(hall: Studyhall, lab: Bench) -> None:
    lab.study()
    assert hall.curves("digits", "val_loss").empty


def test_analyses_come_as_the_api_says_them(hall: Studyhall, lab: Bench) -> None:
    study = lab.study()
    for number in range(3):
        lab.trial(study, number, [0.3 - 0.1 * number], lr=0.1 * (number + 1))

    assert hall.importances("digits")["n_best"] == 1
    (effect,) = hall.effects("digits")["items"]
    assert (effect["parameter"], effect["levels"][0]["n"]) == ("optimizer.sgd.lr", 3)
    assert [item["trial"] for item in hall.history("digits")["items"]] == [0, 1, 2]
    parallel = hall.parallel("digits", limit=2)
    assert (parallel["trial"], parallel["n_left_out"]) == ([2, 1], 1)


def test_a_study_is_exported_to_a_file_whose_name_says_the_format(
    hall: Studyhall, lab: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "home" / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    lab.trial(lab.study(), 0, [0.5, 0.4])

    document = hall.export("digits", tmp_path / "new" / "digits.json")
    points = hall.export("digits", tmp_path / "points", format="csv", table="curves")

    assert json.loads(document.read_bytes())["trials"][0]["value"] == 0.4
    assert points.read_text().count("\n") == 3
    assert {file.name for file in tmp_path.iterdir()} == {"home", "new", "points"}
    with pytest.raises(Invalid, match="table: a JSON document has all of them"):
        hall.export("digits", tmp_path / "digits.json", table="runs")
    with pytest.raises(Invalid, match="format: this must be 'json', 'csv' or 'parquet'"):
        hall.export("digits", tmp_path / "digits.xlsx")
    assert not [*tmp_path.glob("*.part"), *temporary.iterdir()]


def test_runs_workers_and_the_catalog_are_there(hall: Studyhall, lab: Bench) -> None:
    run = lab.trial(lab.study(), 0, [0.5])
    lab.log(run, "a line\n")

    assert hall.log(run.id) == "a line\n"
    assert hall.run(run.id)["id"] == run.id
    assert [(each["attempt"], each["left_run"]) for each in hall.attempts(run.id)] == [(1, "COMPLETED")]
    assert hall.workers() == []
    assert [kind["name"] for kind in hall.catalog("schedule")] == ["schedule"]
    assert hall.readiness()["status"] == "ready"


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1:8765"])
def test_what_is_no_address_is_told_as_such(url: str) -> None:
    with pytest.raises(Invalid, match="no address of a service; write one such as http"):
        Studyhall(url)


def test_no_service_is_told_with_the_remedy() -> None:
    with Studyhall("http://127.0.0.1:9", timeout=2) as hall, pytest.raises(Unavailable, match="studyhall serve"):
        hall.studies()


def test_no_service_is_told_while_a_file_is_fetched_too(tmp_path: Path) -> None:
    with Studyhall("http://127.0.0.1:9", timeout=2) as hall, pytest.raises(Unavailable, match="studyhall serve"):
        hall.download("ru_0", "model.pt2", tmp_path)


def test_a_refused_name_is_quoted_not_followed(hall: Studyhall) -> None:
    with pytest.raises(NotFound):
        hall.study("../workers")
    with pytest.raises(StudyNotFound, match="'a b#c'"):
        hall.study("a b#c")


@pytest.mark.parametrize(
    ("status", "document", "kind"),
    [
        (404, {"type": "urn:studyhall:study-not-found", "detail": "d"}, StudyNotFound),
        (404, {"type": "urn:other", "detail": "d"}, NotFound),
        (409, {"detail": "d"}, Conflict),
        (413, {"type": "urn:studyhall:body-too-large", "detail": "d"}, Invalid),
        (502, {"detail": "d"}, Unavailable),
        (302, {"detail": "d"}, ServiceError),
    ],
)
def test_a_problem_becomes_the_nearest_error(status: int, document: dict[str, Any], kind: type[ServiceError]) -> None:
    error = error_of(status, document)

    assert type(error) is kind
    assert str(error) == "d"


def test_an_answer_that_is_no_problem_document_still_says_what_came(monkeypatch: pytest.MonkeyPatch) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(502, text="<h1>gateway</h1>"))
    with Studyhall("http://proxy.example") as hall:
        monkeypatch.setattr(hall, "_http", httpx.Client(transport=transport, base_url="http://proxy.example"))
        with pytest.raises(Unavailable, match="502: <h1>gateway"):
            hall.studies()


def test_configurations_are_queued_from_a_list_and_from_a_file(hall: Studyhall, tmp_path: Path) -> None:
    hall.submit(STUDY)
    file = tmp_path / "next.yaml"
    file.write_text("- optimizer: {name: sgd, lr: 0.02}\n- {optimizer.sgd.lr: 0.03}\n")
    assert hall.queue("digits", [{"optimizer.sgd.lr": 0.01}], idempotency_key="k") == {"waiting": 1}
    assert hall.queue("digits", [{"optimizer.sgd.lr": 0.01}], idempotency_key="k") == {"waiting": 1}
    assert hall.queue("digits", file) == {"waiting": 3}
    with pytest.raises(Invalid, match=r"queue\.0\.optimizer\.sgd\.lr: 7 lies outside"):
        hall.queue("digits", [{"optimizer.sgd.lr": 7}])


def test_who_asks_for_an_analysis_waits_until_its_process_has_started(
    hall: Studyhall, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def request(method: str, path: str, **given: Any) -> httpx.Response:
        asked[path.rpartition("/")[2]] = given["timeout"].read if "timeout" in given else 0
        return httpx.Response(200, json={})

    monkeypatch.setattr(hall._http, "request", request)
    for analysis in (hall.importances, hall.effects, hall.parallel, hall.history, hall.pareto):
        analysis("digits")
    hall.contour("digits", "optimizer", "model.width")
    assert len(asked) == 6
    assert min(asked.values()) >= 60
