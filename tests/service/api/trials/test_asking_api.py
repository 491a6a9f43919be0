"""Trials that are trained elsewhere, over REST and by the client, with an engine that answers."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from fastapi.testclient import TestClient

from service.client.client import Studyhall
from service.dispatch.elsewhere.askers import Askers
from service.dispatch.elsewhere.pool import PoolWithAskers
from service.engine.engine import Engine
from service.errors import Conflict, Invalid, NotFound
from service.settings import Settings
from service.storage.db.database import open_database
from service.storage.db.watcher import Watcher
from service.storage.store import Store
from service.study.states import RunState, StudyState
from tests.support.api import STUDY
from tests.support.scripted_pool import ScriptedPool, accuracy

STUDIES = "/api/v1/studies"
ELSEWHERE: dict[str, Any] = {
    "name": "mine",
    "experiment": "elsewhere",
    "objective": {"metric": "score", "direction": "maximize"},
    "pruner": {"name": "median", "n_startup_trials": 1, "warmup_epochs": 0},
    "space": {"lr": {"log_uniform": [1e-4, 1e-1]}, "optimizer": {"choice": ["adam", "sgd"]}, "width": 64},
    "max_trials": 3,
    "seed": 7,
}


@pytest_asyncio.fixture
async def engine(settings: Settings) -> AsyncIterator[Store]:
    """An engine at work on the database of the API, whose workers follow a script; its store."""
    database = open_database(settings.database)
    store, watcher, stopped = Store(database), Watcher(database), asyncio.Event()
    pool = PoolWithAskers(ScriptedPool(accuracy), Askers(store, watcher.subscribe()))
    task = asyncio.create_task(Engine(store, pool, watcher, "test", stop_grace=5).run(stopped))
    yield store
    stopped.set()
    await task
    database.dispose()


def train(url: str) -> list[str]:
    """A user's loop; the decisions of every report."""
    decisions = []
    with Studyhall(url) as hall:
        hall.submit(ELSEWHERE)
        while (trial := hall.ask("mine")) is not None:
            assert trial["configuration"] == {**trial["parameters"], "width": 64}
            level = 0.9 - trial["trial"] / 10
            for step in (1, 2, 3):
                decisions.append(hall.report(trial, {"score": level * step, "loss": math.nan}, step))
                if decisions[-1] != "continue":
                    break
            else:
                told = hall.tell(trial)
                assert told == hall.tell(trial, 17.0)
    return decisions


async def test_a_user_s_loop_trains_a_study_to_its_end(engine: Store, url: str) -> None:
    decisions = await asyncio.to_thread(train, url)
    with Studyhall(url) as hall:
        study = await asyncio.to_thread(hall.study, "mine")
        trials = await asyncio.to_thread(hall.trials, "mine")
        curves = await asyncio.to_thread(hall.curves, "mine", "score")
        best = await asyncio.to_thread(hall.best, "mine")
        optuna = await asyncio.to_thread(hall.to_optuna, "mine")
    assert decisions == ["continue"] * 3 + ["prune"] * 2
    assert [(trial["state"], trial["value"]) for trial in trials] == [
        ("COMPLETED", pytest.approx(2.7)),
        ("PRUNED", pytest.approx(0.8)),
        ("PRUNED", pytest.approx(0.7)),
    ]
    assert curves["step"].tolist() == [1, 2, 3, 1, 1]
    assert (study["state"], study["experiment"], study["metrics"]) == ("COMPLETED", "elsewhere", ["loss", "score"])
    assert best["rerun"]["experiment"] == "elsewhere"
    assert best["rerun"]["space"] == {**best["parameters"], "width": 64}
    assert [trial.value for trial in optuna.trials] == [pytest.approx(2.7), None, None]


async def test_an_ask_that_is_repeated_with_its_key_gives_the_same_trial(engine: Store, api: TestClient) -> None:
    api.post(STUDIES, json=ELSEWHERE)

    def ask() -> Any:
        return api.post(f"{STUDIES}/mine:ask", headers={"Idempotency-Key": "k"}).json()

    first = await asyncio.to_thread(ask)
    assert first["trial"] == 0
    assert await asyncio.to_thread(ask) == first


async def test_what_is_not_the_asker_s_is_refused(engine: Store, url: str) -> None:
    def act() -> None:
        with Studyhall(url) as hall:
            hall.submit(ELSEWHERE)
            hall.submit({**STUDY, "max_trials": 1})
            trial = hall.ask("mine")
            assert trial is not None
            with pytest.raises(Conflict, match="workers train the trials of study 'digits'; only a study that says"):
                hall.ask("digits")
            with pytest.raises(NotFound, match="nobody was given a trial as 'as_none'"):
                hall.report({**trial, "ask": "as_none"}, {"score": 1.0}, 1)
            with pytest.raises(Conflict, match="was not given trial 1 of study 'mine'"):
                hall.tell({**trial, "trial": 1}, 1.0)
            with pytest.raises(Invalid, match="give the trial's value, or report its curve before"):
                hall.tell(trial)
            assert hall.heartbeat(trial) == "continue"
            assert hall.tell(trial, math.inf)["reason"] == "the value is inf"

    await asyncio.to_thread(act)
    assert engine.trials.of_study(engine.studies.get("mine").id)[0].state is RunState.FAILED


@pytest.mark.parametrize(
    ("counting", "last"),
    [({"limits": {"trial_epochs": 3}, "budget": {"epochs": 20}}, 3), ({"budget": {"epochs": 20}}, 5)],
)
async def test_epochs_that_are_counted_are_taken_no_further_than_was_reserved(
    engine: Store, url: str, counting: dict[str, Any], last: int
) -> None:
    def act() -> None:
        with Studyhall(url) as hall:
            hall.submit({**ELSEWHERE, **counting, "training": {"epochs": 5}})
            trial = hall.ask("mine")
            assert trial is not None
            with pytest.raises(Invalid, match=f"1000 is beyond epoch {last}, its last"):
                hall.report(trial, {"score": 0.5}, 1000)
            hall.report(trial, {"score": 0.5}, last)
            hall.tell(trial)

    await asyncio.to_thread(act)
    assert engine.studies.get("mine").spent.epochs == last


def test_no_budget_of_epochs_is_given_where_no_run_says_how_many_it_takes(api: TestClient) -> None:
    api.post(STUDIES, json=ELSEWHERE)
    answer = api.patch(f"{STUDIES}/mine", json={"budget": {"epochs": 20}})
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "budget.epochs")
    assert "clone it with a `training.epochs`" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"ask": "a", "points": [{"step": 2, "metrics": {}}, {"step": 2, "metrics": {}}]}, ""),
        ({"ask": "a", "points": [{"step": -1, "metrics": {}}]}, "points.0.step"),
        ({"ask": "a", "points": [{"step": 1, "metrics": {"x": "1"}}]}, "points.0.metrics.x"),
        ({"points": []}, "ask"),
    ],
)
def test_a_report_that_is_none_is_refused_at_its_place(api: TestClient, body: Any, place: str) -> None:
    api.post(STUDIES, json=ELSEWHERE)
    answer = api.post(f"{STUDIES}/mine/trials/0/report", json=body)
    assert answer.status_code == 422
    assert [error["path"] for error in answer.json()["errors"]] == [place]


def test_without_an_engine_an_ask_comes_to_nothing_and_is_withdrawn(api: TestClient) -> None:
    api.post(STUDIES, json=ELSEWHERE)
    answer = api.post(f"{STUDIES}/mine:ask", params={"wait": 0.1}).json()
    assert (answer["ask"], answer["trial"], answer["state"]) == (None, None, StudyState.QUEUED)
    assert answer["reason"] == "waiting for the engine"


def test_a_value_and_a_failure_exclude_each_other(api: TestClient) -> None:
    api.post(STUDIES, json=ELSEWHERE)
    answer = api.post(f"{STUDIES}/mine/trials/0:tell", json={"ask": "a", "value": 1.0, "failure": "x"})
    assert answer.status_code == 422
    assert "a trial has a value or a failure" in answer.json()["detail"]
