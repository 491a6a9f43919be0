"""The client has what REST has: each operation of the document a method, and each parameter an argument."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.client.client import Studyhall

DOCUMENT = json.loads((Path(__file__).parents[3] / "service" / "openapi.json").read_text())
OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
TRIAL = {"study": "s", "trial": 3, "ask": "a"}
GROUPED = {
    "run": ["r"],
    "filter": "lr < 1",
    "x": "step",
    "group_by": ["lr"],
    "center": "mean",
    "band": "sd",
    "survivors": "as_is",
    "reached": 1.0,
    "best_so_far": "minimize",
    "x_from": 0.0,
    "x_to": 1.0,
    "max_points": 9,
    "max_groups": 9,
    "groups": {},
}
CALLS: dict[str, Callable[[Studyhall, Path], Any]] = {
    "create_study": lambda hall, _: hall.submit({"name": "s"}, idempotency_key="k"),
    "list_studies": lambda hall, _: hall.studies("tags = a", states=["RUNNING"], confirms="s"),
    "validate_study": lambda hall, _: hall.validate({"name": "s"}),
    "get_study": lambda hall, _: hall.study("s"),
    "change_study": lambda hall, _: hall.update("s", max_trials=3),
    "delete_study": lambda hall, _: hall.delete("s", wait=1),
    "clone_study": lambda hall, _: hall.clone("s", seed=3),
    "get_ranking": lambda hall, _: hall.ranking("s", limit=3),
    "get_best": lambda hall, _: hall.best("s"),
    "confirm_study": lambda hall, _: hall.confirm("s", k=2, trials=[3, 4], over="folds"),
    "get_confirmation": lambda hall, _: hall.confirmation("s", over="seeds", margin=0.1),
    "pause_study": lambda hall, _: hall.pause("s", wait=1, running="checkpoint"),
    "resume_study": lambda hall, _: hall.resume("s", wait=1),
    "stop_study": lambda hall, _: hall.stop("s", wait=1, running="checkpoint"),
    "get_importances": lambda hall, _: hall.importances("s", "val_loss"),
    "compare": lambda hall, _: hall.compare(
        "s", by="optimizer", trials=[1], reference="adam", margin=0.1, over="seeds"
    ),
    "get_effects": lambda hall, _: hall.effects("s", "val_loss"),
    "get_contour": lambda hall, _: hall.contour("s", "a", "b", "val_loss"),
    "get_parallel": lambda hall, _: hall.parallel("s", 3, "val_loss"),
    "get_history": lambda hall, _: hall.history("s", "val_loss"),
    "get_pareto": lambda hall, _: hall.pareto("s", [1.0]),
    "export_study": lambda hall, folder: hall.export("s", folder / "f.csv", table="runs"),
    "get_report": lambda hall, folder: hall.report_file("s", folder / "r.html", by="optimizer", reference="sgd"),
    "list_trials": lambda hall, _: hall.trials(
        "s", states=["RUNNING"], filter="lr < 1", numbers=[3], distributions=True
    ),
    "queue_trials": lambda hall, _: hall.queue("s", [{"lr": 0.1}], idempotency_key="k"),
    "list_trial_numbers": lambda hall, _: hall.trial_numbers("s", "lr < 1"),
    "list_improvements": lambda hall, _: hall.improvements("s"),
    "get_trial": lambda hall, _: hall.trial("s", 3),
    "change_trial": lambda hall, _: hall.update_trial("s", 3, notes="n"),
    "cancel_trial": lambda hall, _: hall.cancel_trial("s", 3, wait=1),
    "retry_trial": lambda hall, _: hall.retry_trial("s", 3, wait=1),
    "exclude_trial": lambda hall, _: hall.exclude_trial("s", 3),
    "include_trial": lambda hall, _: hall.include_trial("s", 3),
    "ask_trial": lambda hall, _: hall.ask("s", wait=0),
    "report_trial": lambda hall, _: hall.report(TRIAL, {"loss": 0.1}, 1),
    "tell_trial": lambda hall, _: hall.tell(TRIAL, 0.1),
    "stream_events": lambda hall, _: list(hall.events("s", after=3)),
    "stream_events_of_several": lambda hall, _: list(hall.events_of({"s": 3, "t": 0})),
    "get_run": lambda hall, _: hall.run("r"),
    "get_run_curves": lambda hall, _: hall.run_curves("r"),
    "get_run_log": lambda hall, _: hall.log("r", after=3),
    "list_attempts": lambda hall, _: hall.attempts("r"),
    "get_artifact": lambda hall, folder: hall.download("r", "a/b.txt", folder),
    "get_curves": lambda hall, _: hall.curves("s", "val_loss", filter="lr < 1"),
    "get_selected_curves": lambda hall, _: hall.to_optuna("s"),
    "aggregate_selected_curves": lambda hall, _: hall.curve_groups("s", metric="val_loss", **GROUPED),
    "get_summaries": lambda hall, _: hall.summaries("s", "val_loss", runs=["r"]),
    "list_views": lambda hall, _: hall.views("s"),
    "save_view": lambda hall, _: hall.save_view("s", "v", "y=log", tab="trials"),
    "change_view": lambda hall, _: hall.change_view("s", "vw", name="w", tab="curves", query=""),
    "delete_view": lambda hall, _: hall.delete_view("s", "vw"),
    "get_catalog": lambda hall, _: hall.catalog(),
    "get_kind": lambda hall, _: hall.catalog("schedule"),
    "get_component": lambda hall, _: hall.component("schedule", "cosine"),
    "preview_schedule": lambda hall, _: hall.preview_schedule(
        "cosine", epochs=2, steps_per_epoch=3, points=4, history=[]
    ),
    "list_experiments": lambda hall, _: hall.experiments(),
    "get_experiment": lambda hall, _: hall.experiment("digits-mlp"),
    "list_search_spaces": lambda hall, _: hall.search_spaces(),
    "get_search_space": lambda hall, _: hall.search_space("optimizers"),
    "get_ready_made_study": lambda hall, _: hall.ready_made_study("digits"),
    "list_workers": lambda hall, _: hall.waiting(),
    "get_timeline": lambda hall, _: hall.timeline(hours=2.0, limit=3),
    "get_study_timeline": lambda hall, _: hall.timeline("s", limit=3),
    "get_health": lambda hall, _: hall.health(),
    "get_readiness": lambda hall, _: hall.readiness(),
}
"""Operation: a call of its method with every argument."""
WITHOUT = {
    "list_artifacts": "`run` has them",
    "aggregate_curves": "`curve_groups` sends what it asks for in a body",
    "sign_in": "a browser needs the cookie; the client sends the token itself",
}
"""Operation without a method, and why."""
UNSENT = {
    "list_studies": {"cursor"},  # whole lists come
    "list_trials": {"cursor"},
    "report_trial": {"wait"},  # as long as the service waits unless it is told otherwise
    "tell_trial": {"wait"},
    "get_curves": {"run", "x", "x_from", "x_to", "max_points", "width", "max_runs", "after"},  # a frame has all points
}
"""Parameters of an address that no argument stands for."""

ANSWER = {
    **{"name": "s", "state": "COMPLETED", "kinds": [], "metrics": ["val_loss"], "metric": "val_loss"},
    **{"objective": {"metric": "val_loss"}, "objectives": [{"metric": "val_loss", "direction": "minimize"}]},
    **{"answer": None, "decision": "continue", "ask": None, "next_cursor": None},
    **{"series": [], "n_runs_left_out": 0, "columns": None},
}
"""Whatever a method looks for in an answer."""


def asked_by(call: Callable[[Studyhall, Path], Any], folder: Path) -> list[httpx.Request]:
    """The requests of a call, each answered by a little of everything."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        if request.url.path.endswith("/events"):
            return httpx.Response(200, text="")
        listed = [{**BLANK_TRIAL, "number": 3}] if request.url.path.endswith("/trials") else []
        return httpx.Response(200, json={**ANSWER, "items": listed})

    with Studyhall("http://hall.example") as hall:
        hall._http = httpx.Client(transport=httpx.MockTransport(answer), base_url=hall._http.base_url)
        call(hall, folder)
    return sent


BLANK_TRIAL = {
    **{"state": "RUNNING", "excluded": False, "values": [None], "parameters": {}, "distributions": {}, "metrics": {}},
    **{"reason": "", "notes": "", "tags": [], "replicates": None, "run_ids": ["r"]},
    **{"started_at": None, "ended_at": None},
}


def fits(request: httpx.Request, method: str, path: str) -> bool:
    """Whether a request is of the operation at a path, in which each name in braces stands for one part or more."""
    pattern = re.sub(r"\\\{path\\\}", ".+", re.escape(path))
    return request.method == method and bool(re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/:]+", pattern), request.url.path))


def test_every_operation_has_a_method_or_a_reason() -> None:
    assert {*CALLS, *WITHOUT} == {*OPERATIONS}
    assert not {*CALLS} & {*WITHOUT}


@pytest.mark.parametrize("name", CALLS)
def test_a_method_asks_for_its_operation_with_all_that_it_takes(name: str, tmp_path: Path) -> None:
    method, path, operation = OPERATIONS[name]
    asked = [request for request in asked_by(CALLS[name], tmp_path) if fits(request, method, path)]
    assert asked, f"no request is {method} {path}"
    known = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
    assert {*asked[0].url.params} == known - UNSENT.get(name, set())
    assert body_of(asked[0]) <= fields_of(operation) or name == "clone_study"  # whose body has the fields that differ


def body_of(request: httpx.Request) -> set[str]:
    """The fields of a request's body."""
    return {*json.loads(request.content)} if request.content else set()


def fields_of(operation: dict[str, Any]) -> set[str]:
    """The fields that the body of an operation may have."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        named = content["schema"].get("$ref", "").rpartition("/")[2]
        schema = DOCUMENT["components"]["schemas"].get(named, content["schema"])
        return {*schema.get("properties", {})}
    return set()


def test_curves_can_be_grouped_in_every_way() -> None:
    """What ``curve_groups`` hands over unread are the fields of the document."""
    *_, operation = OPERATIONS["aggregate_selected_curves"]
    assert {*GROUPED, "study", "metric"} == fields_of(operation)
