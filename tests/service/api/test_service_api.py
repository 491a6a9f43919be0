"""The service itself: health, readiness, workers, catalog, pages, and the frozen OpenAPI document."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

import service
from experiments.catalog import KINDS
from experiments.registry import EXPERIMENTS
from search_spaces.language.notation import KEYWORDS
from search_spaces.presets import named_spaces, studies
from service.api.app import create_app
from service.api.routes import dashboard
from service.settings import Settings
from service.study.jobs import PoolKey, Resources, WorkerInfo
from service.study.records import SamplerProcess, Submission
from service.study.states import RunState, StudyState
from service.study.waits import Wait
from tests.support.api import Bench

FROZEN = Path(service.__file__).parent / "openapi.json"


def test_the_openapi_document_is_the_frozen_one(api: TestClient) -> None:
    """A difference is a decision: `studyhall openapi > service/openapi.json` freezes the new one."""
    assert api.get("/api/v1/openapi.json").json() == json.loads(FROZEN.read_text(encoding="utf-8"))


def test_every_reference_of_the_document_resolves_and_every_body_has_an_example() -> None:
    document = json.loads(FROZEN.read_text(encoding="utf-8"))
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))

    assert references <= document["components"]["schemas"].keys()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert operation["description"], (method, path)
            bodies = operation.get("requestBody", {}).get("content", {}).values()
            assert all(body["example"] for body in bodies), (method, path)


def test_the_example_of_the_document_can_be_submitted(api: TestClient) -> None:
    document = json.loads(FROZEN.read_text(encoding="utf-8"))
    content = document["paths"]["/api/v1/studies"]["post"]["requestBody"]["content"]

    assert api.post("/api/v1/studies", json=content["application/json"]["example"]).status_code == 201


def test_health_needs_nobody_else(api: TestClient, lab: Bench) -> None:
    assert api.get("/healthz").json()["status"] == "ok"


def test_readiness_is_the_engine_s(api: TestClient, lab: Bench) -> None:
    lab.study()
    ready = api.get("/readyz")
    lab.store.leadership.resign(lab.epoch)
    gone = api.get("/readyz")
    epoch = lab.store.leadership.lead("next", 5.0)
    assert epoch is not None
    lab.store.leadership.set_trouble(epoch, "Ray at 10.0.0.1:6379 does not answer")
    alone = api.get("/readyz")

    assert (ready.status_code, ready.json()["status"], ready.json()["mlflow_pending"]) == (200, "ready", 1)
    assert (gone.status_code, gone.json()["reason"]) == (503, "no engine is running")
    assert (alone.status_code, alone.json()["reason"]) == (503, "Ray at 10.0.0.1:6379 does not answer")


def test_what_mlflow_refuses_degrades_the_service_and_stands_on_study_and_trial(api: TestClient, lab: Bench) -> None:
    study = lab.study()
    lab.trial(study, 0, [0.5])
    lab.refuse(lab.trial(study, 1, [0.4]), "MLflow refuses it: too long")
    ready = api.get("/readyz")
    listed = api.get("/api/v1/studies").json()["items"][0]
    trials = api.get("/api/v1/studies/digits/trials").json()["items"]

    assert (ready.status_code, ready.json()["status"], ready.json()["mlflow_rejected"]) == (200, "degraded", 1)
    assert ready.json()["reason"] == "MLflow does not show 1 trial of study 'digits': MLflow refuses it: too long"
    assert (listed["mlflow_rejected"], listed["mlflow_error"]) == (1, "MLflow refuses it: too long")
    assert api.get("/api/v1/studies/digits").json()["mlflow_rejected"] == 1
    assert [trial["mlflow_error"] for trial in trials] == [None, "MLflow refuses it: too long"]
    assert api.get("/api/v1/studies/digits/trials/1").json()["mlflow_error"] == "MLflow refuses it: too long"


def test_workers_are_those_that_the_engine_wrote_and_tell_what_they_train(api: TestClient, lab: Bench) -> None:
    run = lab.trial(lab.study(), 3, [0.5], RunState.RUNNING)
    busy = WorkerInfo("w1", PoolKey(Resources(1, 0.5)), "busy", 42, "here", run.id)
    lab.store.workers.set(lab.epoch, [busy, replace(busy, id="w2", run_id="ru-gone")])

    first, second = api.get("/api/v1/workers").json()["items"]

    begun = first.pop("since")
    assert begun is not None
    assert first == {
        **{"id": "w1", "state": "busy", "cpus": 1.0, "gpus": 0.5, "pid": 42, "host": "here", "run_id": run.id},
        **{"study": "digits", "trial": 3},
    }
    assert (second["study"], second["trial"], second["since"]) == (None, None, None)


def test_what_ran_where_when(api: TestClient, lab: Bench) -> None:
    run, other = lab.trial(lab.study(), 3, [0.5]), lab.trial(lab.study(name="other"), 0, state=RunState.RUNNING)
    both = api.get("/api/v1/workers/timeline").json()
    assert [(each["study"], each["trial"]) for each in both["items"]] == [("other", 0), ("digits", 3)]
    assert (both["items"][1]["run_id"], both["items"][1]["left_run"]) == (run.id, "COMPLETED")
    assert (both["items"][0]["run_id"], both["items"][0]["ended_at"]) == (other.id, None)
    first = api.get("/api/v1/workers/timeline", params={"limit": 1}).json()
    assert (len(first["items"]), first["has_more"], both["has_more"]) == (1, True, False)
    (own,) = api.get("/api/v1/studies/digits/timeline").json()["items"]
    assert own == both["items"][1]


def test_the_processes_that_ask_samplers_are_shown(api: TestClient, lab: Bench) -> None:
    lab.store.workers.set(lab.epoch, [], [], [SamplerProcess(4712, "tpe", 250), SamplerProcess(None)])
    busy, unused = api.get("/api/v1/workers").json()["samplers"]
    assert busy == {"pid": 4712, "sampler": "tpe", "n_past": 250, "since": None}
    assert (unused["pid"], unused["sampler"]) == (None, "")


def test_what_waits_says_why_on_study_trial_run_and_in_the_queue(api: TestClient, lab: Bench) -> None:
    study, other = lab.study(), lab.study(name="other")
    lab.trial(study, 0, state=RunState.WAITING)
    for each in (study, other):
        lab.set_state(each, StudyState.RUNNING)
    why = "needs 1 GPU, none is free for 3 min"
    wait = Wait(study.id, "digits", 2, why, Resources(1.0, 1.0), "node-7")
    lab.store.workers.set(lab.epoch, [], [wait, Wait(other.id, "other", 0, "asks its sampler", Resources())])
    shown = api.get("/api/v1/studies/digits").json()
    listed = {each["name"]: each["waits_for"] for each in api.get("/api/v1/studies").json()["items"]}
    trial = api.get("/api/v1/studies/digits/trials/0").json()
    (in_list,) = api.get("/api/v1/studies/digits/trials").json()["items"]
    run = api.get(f"/api/v1/runs/{trial['run_ids'][0]}").json()
    queue = api.get("/api/v1/workers").json()

    assert {each["waits_for"] for each in (shown, trial, in_list, run, trial["runs"][0])} == {why}
    assert listed == {"digits": why, "other": "asks its sampler"}
    wants = {"study": "digits", "cpus": 1.0, "gpus": 1.0}
    assert queue["waiting"][0] == {**wants, "priority": 2, "reason": why}
    assert [each["study"] for each in queue["waiting"]] == ["digits", "other"]
    assert queue["reserved"] == [{**wants, "node": "node-7", "alone": False}]
    lab.store.leadership.resign(lab.epoch)
    assert api.get("/api/v1/studies/digits/trials/0").json()["waits_for"] == "no engine is running"


def test_the_catalog_shows_every_component_with_its_fields(api: TestClient) -> None:
    kinds = {kind["name"]: kind for kind in api.get("/api/v1/catalog").json()["kinds"]}

    assert {name: [one["name"] for one in kind["components"]] for name, kind in kinds.items()} == {
        name: list(kind.names()) for name, kind in KINDS.items()
    }
    adamw = api.get("/api/v1/catalog/optimizer/adamw").json()
    (lr,) = [field for field in adamw["fields"] if field["name"] == "lr"]
    assert adamw["target"] == "torch.optim:AdamW"
    assert (lr["type"], lr["bounds"], lr["search"]) == (
        "number",
        {"exclusiveMinimum": 0},
        {"log_uniform": [1e-5, 0.1]},
    )


@pytest.mark.parametrize(
    ("path", "word"), [("optimiser", "'optimizer'"), ("optimizer/adamww", "'adamw'"), ("optimizer/zzz", "one of: ")]
)
def test_a_near_miss_in_the_catalog_gets_the_likely_word(api: TestClient, path: str, word: str) -> None:
    answer = api.get(f"/api/v1/catalog/{path}")

    assert answer.status_code == 404
    assert word in answer.json()["detail"]


def test_experiments_spaces_and_ready_made_studies_are_listed(api: TestClient) -> None:
    library = api.get("/api/v1/search-spaces").json()

    assert {entry["name"] for entry in api.get("/api/v1/experiments").json()["items"]} == set(EXPERIMENTS)
    assert {entry["name"] for entry in library["spaces"]} == set(named_spaces())
    assert {entry["name"] for entry in library["studies"]} == set(studies())
    assert all(entry["summary"] for entry in library["spaces"] + library["studies"])


def test_the_reference_page_needs_no_other_server(api: TestClient) -> None:
    page = api.get("/api/docs").text

    elsewhere = page.replace("http://127.0.0.1/api/v1/", "")  # where curl is told to send a file
    assert "http:" not in elsewhere
    assert "https:" not in elsewhere
    assert "<script" not in page
    for path in ("/api/v1/studies:validate", "/api/v1/curves"):
        assert path in page
    headings = re.findall("<h2.*?>(.*?)</h2>", page)
    assert len(headings) == len(set(headings)) > 3
    assert "`" not in re.sub("<pre>.*?</pre>", "", page, flags=re.DOTALL)
    assert "<code>next_cursor</code>" in page


def test_the_reference_page_describes_every_range_and_how_a_file_is_sent(api: TestClient) -> None:
    page = unescape(api.get("/api/docs").text)

    for keyword in KEYWORDS:
        assert f"<code>{{{keyword}: [" in page
    assert "<code>{optional: {log_uniform: [LOW, HIGH]}}</code>" in page
    line = "curl --data-binary @mine.yaml -H 'Content-Type: application/yaml' http://127.0.0.1/api/v1/studies"
    assert f"{line}</pre>" in page and f"{line}:validate</pre>" in page


def test_the_bundle_is_served_for_every_client_side_route(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("the page")
    (tmp_path / "assets" / "app.js").write_text("the script")
    app = FastAPI()
    dashboard.install(app, tmp_path)
    client = TestClient(app)
    browser = {"Accept": "text/html,application/xhtml+xml"}

    for path in ("/", "/studies", "/studies/which-optimizer.2?run=ru_1"):
        assert client.get(path, headers=browser).text == "the page"
    assert client.get("/assets/app.js").text == "the script"
    assert client.get("/assets/none.js").status_code == 404


def test_scripts_come_compressed_and_are_kept(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("the page")
    (tmp_path / "assets" / "app.js").write_text("the script " * 1000)
    app = FastAPI()
    dashboard.install(app, tmp_path)

    script = TestClient(app).get("/assets/app.js", headers={"Accept-Encoding": "gzip"})

    assert script.headers["Content-Encoding"] == "gzip"
    assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert script.text == "the script " * 1000


def test_without_a_bundle_a_page_says_how_to_build_it(tmp_path: Path) -> None:
    app = FastAPI()
    dashboard.install(app, tmp_path / "dist")

    assert "make install" in TestClient(app).get("/").text


def test_a_grid_of_a_component_that_is_gone_does_not_hide_the_list(api: TestClient, lab: Bench) -> None:
    study = lab.study(sampler={"name": "grid", "points": 2}, max_trials=None)
    space = {**lab.store.studies.expanded_space(study.id), "optimizer": {"name": "was_mine"}}
    lab.store.studies.create(Submission({**study.definition, "name": "gone"}, space))

    found = {one["name"]: one["progress"]["total"] for one in api.get("/api/v1/studies").json()["items"]}

    assert found == {"digits": 2, "gone": None}


@pytest.mark.parametrize(
    ("changes", "base"),
    [
        ({}, "/mlflow"),
        ({"mlflow_tracking_uri": "https://mlflow.example/base/"}, "https://mlflow.example/base"),
        ({"mlflow_enabled": False}, None),
    ],
)
def test_links_lead_to_mlflow_s_training_view(
    settings: Settings, lab: Bench, changes: dict[str, object], base: str | None
) -> None:
    study = lab.study()
    run = lab.trial(study, 0, [0.5])
    with TestClient(create_app(settings.model_copy(update=changes)), base_url="http://localhost") as api:
        assert api.get("/api/v1/studies/digits").json()["links"]["mlflow"] is None
        lab.store.sync_items.projected("study", study.id, 1, mlflow_id="17")
        lab.store.sync_items.projected("trial", run.trial_id, 1, mlflow_id="abc")

        of_study = api.get("/api/v1/studies/digits").json()["links"]["mlflow"]
        of_run = api.get(f"/api/v1/runs/{run.id}").json()["links"]["mlflow"]

    assert of_study == (base and f"{base}/#/experiments/17/runs?workflowType=machine_learning")
    assert of_run == (base and f"{base}/#/experiments/17/runs/abc?workflowType=machine_learning")


@pytest.mark.parametrize(("metric", "ascending"), [("val_loss", "true"), ("val_accuracy", "false")])
def test_mlflow_lists_the_runs_of_replicated_trials_best_first(
    settings: Settings, lab: Bench, metric: str, ascending: str
) -> None:
    study = lab.study(objective=metric, replicates={"seeds": 2})
    lab.store.sync_items.projected("study", study.id, 1, mlflow_id="17")
    with TestClient(create_app(settings), base_url="http://localhost") as api:
        link = api.get("/api/v1/studies/digits").json()["links"]["mlflow"]

    assert link.endswith(f"machine_learning&orderByKey=metrics.%60objective%60&orderByAsc={ascending}")
