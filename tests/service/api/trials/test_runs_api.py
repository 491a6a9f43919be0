"""Trials, runs and what runs leave, over REST."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from service.engine.sampling.seeds import run_seeds
from service.storage.blobs.artifact_store import ArtifactStore
from service.study.definitions.definition import StudyDefinition
from service.study.states import RunState
from tests.support.api import Bench
from tests.support.rows import waiting_run, waiting_trial


def test_trials_come_by_number_in_pages(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    for number in range(3):
        lab.trial(study, number, [0.5], lr=0.1 * (number + 1))

    first = api.get("/api/v1/studies/digits/trials", params={"limit": 2}).json()
    last = api.get("/api/v1/studies/digits/trials", params={"limit": 2, "cursor": first["next_cursor"]}).json()

    assert [trial["number"] for trial in first["items"] + last["items"]] == [0, 1, 2]
    assert last["next_cursor"] is None
    assert first["items"][1]["parameters"] == {"optimizer.sgd.lr": 0.2}
    assert first["items"][1]["distributions"] is None
    assert len(first["items"][1]["run_ids"]) == 1


def test_distributions_come_when_they_are_asked_for(api: TestClient, lab: Bench) -> None:
    lab.trial(lab.study(), 0, [0.5])

    (trial,) = api.get("/api/v1/studies/digits/trials", params={"distributions": True}).json()["items"]

    assert "FloatDistribution" in trial["distributions"]["optimizer.sgd.lr"]


def test_trials_can_be_chosen_by_state(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    lab.trial(study, 0, [0.5])
    lab.trial(study, 1, [0.9], RunState.PRUNED)

    found = api.get("/api/v1/studies/digits/trials", params={"state": "PRUNED"}).json()["items"]

    assert [trial["number"] for trial in found] == [1]


def test_trials_can_be_asked_for_by_their_numbers(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    for number in range(4):
        lab.trial(study, number, [0.5])

    found = api.get("/api/v1/studies/digits/trials", params={"number": [3, 1, 9]}).json()["items"]

    assert [trial["number"] for trial in found] == [1, 3]


def test_a_filter_answers_with_numbers_alone(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    lab.trial(study, 0, [0.5], lr=0.01)
    lab.trial(study, 1, [0.9], RunState.PRUNED, lr=0.02)
    lab.trial(study, 2, [0.9], lr=0.5)

    def numbers(filter_: str) -> object:
        return api.get("/api/v1/studies/digits/trial-numbers", params={"filter": filter_}).json()["items"]

    assert api.get("/api/v1/studies/digits/trial-numbers").json() == {"items": [0, 1, 2]}
    assert numbers("optimizer.sgd.lr < 0.1") == [0, 1]
    assert numbers("state = COMPLETED and optimizer.sgd.lr < 0.1") == [0]
    refused = api.get("/api/v1/studies/digits/trial-numbers", params={"filter": "state ="})
    assert "at character 8" in refused.json()["errors"][0]["message"]


@pytest.mark.parametrize(("direction", "value"), [("minimize", [0.5, 0.4]), ("maximize", [0.5, 0.9])])
def test_improvements_are_where_the_best_became_better(
    api: TestClient, lab: Bench, direction: str, value: list[float]
) -> None:
    study = lab.study(objective={"metric": "val_loss", "direction": direction})
    for number, loss in enumerate((0.5, 0.9, 0.4, 0.6)):
        lab.trial(study, number, [loss])
    lab.trial(study, 4, [0.1], RunState.PRUNED)

    found = api.get("/api/v1/studies/digits/improvements").json()

    assert found["value"] == value
    assert found["n_completed"] == [1, 3 if direction == "minimize" else 2]
    assert found["n"] == 4


def test_summaries_are_the_least_greatest_and_last_of_each_curve(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    first = lab.trial(study, 0, [0.5, 0.2, float("nan"), 0.4])
    second = lab.trial(study, 1, [0.9, 0.7])
    lab.trial(study, 2, [float("nan")], RunState.FAILED)

    found = api.get("/api/v1/studies/digits/summaries", params={"metric": "val_loss"}).json()

    assert (found["run_id"], found["trial"]) == ([first.id, second.id], [0, 1])
    assert (found["low"], found["low_step"]) == ([0.2, 0.7], [20, 20])
    assert (found["high"], found["high_step"]) == ([0.5, 0.9], [10, 10])
    assert (found["last"], found["last_step"]) == ([0.4, 0.7], [40, 20])
    one = api.get("/api/v1/studies/digits/summaries", params={"metric": "val_loss", "run": second.id}).json()
    assert one["trial"] == [1]
    assert api.get("/api/v1/studies/digits/summaries", params={"metric": "nope"}).json()["trial"] == []


def test_the_end_of_a_log_can_be_asked_for(api: TestClient, lab: Bench) -> None:
    run = lab.trial(lab.study(), 0, [0.5])
    with lab.store.transaction(lab.epoch) as tx:
        tx.append_log(run.id, "größer\n")
    shown = api.get(f"/api/v1/runs/{run.id}/log").content
    with lab.store.transaction(lab.epoch) as tx:
        tx.append_log(run.id, "später\n")

    answer = api.get(f"/api/v1/runs/{run.id}/log", params={"after": len(shown)})

    assert answer.text == "später\n"
    assert api.get(f"/api/v1/runs/{run.id}/log", params={"after": 10_000}).text == ""


def test_a_run_tells_its_starts_on_workers(api: TestClient, lab: Bench) -> None:
    run = lab.trial(lab.study(), 0, [0.5])

    (attempt,) = api.get(f"/api/v1/runs/{run.id}/attempts").json()["items"]

    assert (attempt["attempt"], attempt["worker"], attempt["parent_checkpoint"]) == (1, "worker-1", None)
    assert attempt["left_run"] == "COMPLETED"


def test_a_trial_has_its_configuration_and_runs(api: TestClient, lab: Bench) -> None:
    run = lab.trial(lab.study(), 0, [0.5])

    trial = api.get("/api/v1/studies/digits/trials/0").json()

    assert trial["config"]["optimizer"]["lr"] == 0.1
    assert (trial["config"]["seed"], trial["config"]["fold"]) == (run.seed, None)
    assert [one["id"] for one in trial["runs"]] == [run.id]
    assert api.get("/api/v1/studies/digits/trials/1").json()["type"] == "urn:studyhall:trial-not-found"
    assert api.get("/api/v1/studies/digits/trials/-1").status_code == 422


def test_a_trial_tells_the_study_that_repeats_it(api: TestClient, lab: Bench) -> None:
    run = lab.trial(lab.study(), 0, [0.5])

    again = api.get("/api/v1/studies/digits/trials/0").json()["rerun"]

    definition = StudyDefinition.parse(again)
    assert (definition.name, definition.max_trials) == ("digits-trial-0", 1)
    assert definition.search_space().parameters == ()
    assert list(run_seeds(definition, 0)) == [run.seed]
    assert definition.objective.metric == "val_loss"


@pytest.mark.parametrize("config", [{"data": {"name": "digits"}}, {}])
def test_a_trial_whose_configuration_says_little_repeats_with_that(
    api: TestClient, lab: Bench, config: dict[str, dict[str, str]]
) -> None:
    trial = waiting_trial(lab.study(), 0, config=config)
    with lab.store.transaction(lab.epoch) as tx:
        tx.insert_trial(trial, [waiting_run(trial)])

    seen = api.get("/api/v1/studies/digits/trials/0")

    assert (seen.status_code, seen.json()["rerun"]["space"]) == (200, config)
    assert StudyDefinition.parse(seen.json()["rerun"]).search_space().parameters == ()


@pytest.mark.parametrize(("reduce", "epoch"), [("best", 2), ("last", 3)])
def test_a_run_tells_the_epoch_of_its_metrics(api: TestClient, lab: Bench, reduce: str, epoch: int) -> None:
    study = lab.study(objective={"metric": "val_loss", "reduce": reduce})
    run, waiting = lab.trial(study, 0, [0.5, 0.25, 0.75]), lab.trial(study, 1, state=RunState.WAITING)

    assert api.get(f"/api/v1/runs/{run.id}").json()["metrics_epoch"] == epoch
    assert api.get(f"/api/v1/runs/{waiting.id}").json()["metrics_epoch"] is None


def test_a_run_has_its_curves_log_and_artifacts(api: TestClient, lab: Bench) -> None:
    run = lab.trial(lab.study(), 0, [0.5, 0.25])
    lab.log(run, "one\n")
    lab.log(run, "two\n")
    lab.artifact(run, "pictures/confusion matrix.png", b"\x89PNG", "image/png")

    seen = api.get(f"/api/v1/runs/{run.id}").json()
    curves = api.get(seen["links"]["curves"]).json()
    (artifact,) = api.get(f"/api/v1/runs/{run.id}/artifacts").json()["items"]

    assert (seen["state"], seen["attempt"], seen["artifacts"]) == ("COMPLETED", 1, [artifact])
    assert curves["metrics"] == {"train_loss": [0.25, 0.125], "val_loss": [0.5, 0.25]}
    assert (curves["step"], curves["epoch"], curves["attempts"]) == ([10, 20], [1, 2], [[1, 0]])
    assert api.get(seen["links"]["log"]).text == "one\ntwo\n"
    file = api.get(artifact["url"])
    assert (file.content, file.headers["content-type"], file.headers["content-length"]) == (
        b"\x89PNG",
        "image/png",
        "4",
    )
    assert file.headers["content-disposition"] == "inline; filename*=UTF-8''confusion%20matrix.png"


def test_a_file_whose_store_does_not_answer_is_asked_for_again(
    api: TestClient, lab: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = lab.trial(lab.study(), 0, [0.5])
    lab.artifact(run, "log.txt", b"text", "text/plain")

    def refuse(*_: object) -> None:
        raise OSError("slow down")

    monkeypatch.setattr(ArtifactStore, "open", refuse)
    answer = api.get(f"/api/v1/runs/{run.id}/artifacts/log.txt")

    assert (answer.status_code, "slow down" in answer.json()["detail"]) == (503, True)


def test_a_page_that_a_run_left_is_never_shown_as_ours(api: TestClient, lab: Bench) -> None:
    run = lab.trial(lab.study(), 0, [0.5])
    for path, media_type in (
        ("a.html", "text/html"),
        ("b.svg", "image/svg+xml"),
        ("b.xml", "text/xml"),
        ("b.xsl", "text/xsl"),
        ("b.htm", "text/HTML"),
        ("c.pt2", "application/octet-stream"),
    ):
        lab.artifact(run, path, b"<script>", media_type)

        headers = api.get(f"/api/v1/runs/{run.id}/artifacts/{path}").headers

        assert headers["content-disposition"].startswith("attachment")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "sandbox"


def test_what_is_not_there_is_not_found(api: TestClient, lab: Bench) -> None:
    run = lab.trial(lab.study(), 0, [0.5])

    for path in ("/runs/nope", "/runs/nope/curves", "/runs/nope/log", f"/runs/{run.id}/artifacts/none.txt"):
        answer = api.get(f"/api/v1{path}")

        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
