"""Trials that are trained elsewhere: asked for, reported and told through the database, engines or not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import update

from service.dispatch.elsewhere import askers
from service.dispatch.elsewhere.askers import Askers
from service.dispatch.elsewhere.pool import PoolWithAskers
from service.engine.sharing import turns
from service.storage.db.asking_tables import asks
from service.storage.db.database import writing
from service.storage.db.watcher import Watcher
from service.study.asks import Ask, Said
from service.study.records import Study
from service.study.states import Desired, RunState, StudyState
from tests.service.engine.conftest import Bench, states
from tests.support.scripted_pool import ScriptedPool, accuracy

SPACE = {"lr": {"log_uniform": [1e-4, 1e-1]}, "net": {"width": {"int": [8, 64]}, "act": "relu"}}
DEFINITION = {
    "experiment": "elsewhere",
    "objective": {"metric": "score", "direction": "maximize"},
    "space": SPACE,
    "max_trials": 2,
    "max_concurrent_trials": 2,
}


class Trainer:
    """Somebody who asks, over the rows as the API does."""

    def __init__(self, bench: Bench, study: Study) -> None:
        self.bench, self.study = bench, study
        self.asks = bench.store.asks

    @asynccontextmanager
    async def engine(self, *, crash: bool = False) -> Any:
        pool = PoolWithAskers(
            ScriptedPool(accuracy), Askers(self.bench.store, Watcher(self.bench.database).subscribe())
        )
        async with self.bench.engine(pool, crash=crash) as engine:
            yield engine

    async def take(self, lease: float = 600, key: str | None = None) -> Ask:
        """An ask that has its run, which has begun."""
        ask = self.asks.open(self.study.id, lease, key)
        await self.bench.until(lambda: self.run_state(ask) is RunState.RUNNING)
        self.asks.beat(ask.id)
        return self.asks.get(ask.id)

    def run_state(self, ask: Ask) -> RunState | None:
        run_id = self.asks.get(ask.id).run_id
        return self.bench.store.runs.get(run_id).state if run_id else None

    async def report(self, ask: Ask, step: int, value: float) -> str | None:
        """The decision, once it is there."""
        points = [{"step": step, "metrics": {"score": value}}]
        message = self.asks.say(ask.id, Said.REPORT, {"points": points})
        await self.bench.until(lambda: self.asks.answer_to(message) is not None)
        return self.asks.answer_to(message)

    async def tell(self, ask: Ask, **result: Any) -> None:
        self.asks.say(ask.id, Said.TELL, result)
        run_id = ask.run_id or ""
        await self.bench.until(lambda: self.bench.store.runs.get(run_id).state.ended)


def end_lease(bench: Bench, ask: Ask) -> None:
    """From now on every look finds that it has been silent for too long."""
    with writing(bench.database) as connection:
        connection.execute(update(asks).where(asks.c.id == ask.id).values(lease=0.0))


@pytest.fixture
def trainer(bench: Bench) -> Callable[..., Trainer]:
    def make(**changes: Any) -> Trainer:
        return Trainer(bench, bench.submit(**{**DEFINITION, **changes}))

    return make


async def test_trials_are_asked_for_reported_and_told(bench: Bench, trainer: Callable[..., Trainer]) -> None:
    one = trainer()
    async with one.engine():
        first = await one.take()
        assert [await one.report(first, step, step / 10) for step in (1, 2)] == ["continue", "continue"]
        await one.tell(first, value=None, metrics={"loss": 0.5})
        second = await one.take()
        await one.tell(second, value=0.9)
        ended = await bench.ended(one.study)
    a, b = bench.store.trials.of_study(one.study.id)
    assert (a.state, a.value, a.metrics) == (RunState.COMPLETED, 0.2, {"score": 0.2, "loss": 0.5})
    assert (b.state, b.value) == (RunState.COMPLETED, 0.9)
    assert set(a.parameters) == {"lr", "net.width"}
    assert a.config["parameters"]["net"] == {"width": a.parameters["net.width"], "act": "relu"}
    assert bench.store.curves.get(first.run_id or "").step.tolist() == [1, 2]
    assert (ended.state, ended.reason, ended.best) == (StudyState.COMPLETED, "all 2 trials are done", (1, 0.9))


async def test_nothing_starts_that_nobody_asks_for(bench: Bench, trainer: Callable[..., Trainer]) -> None:
    one = trainer(sampler="tpe")
    other = bench.submit(name="workers")
    async with one.engine():
        await bench.ended(other)
        assert RunState.RUNNING not in states(bench, one.study.id)
        await one.take()
        assert RunState.RUNNING in states(bench, one.study.id)


async def test_a_study_says_that_nobody_asks(
    bench: Bench, trainer: Callable[..., Trainer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "SHOWN_AFTER", (0.0, 3600.0))
    one = trainer()

    def reason() -> str:
        return bench.store.studies.get(one.study.id).reason

    async with one.engine():
        await bench.until(lambda: reason() == "nobody has asked for a trial for 0 s")
        await one.take()
        await bench.until(lambda: reason() == "")


async def test_a_trial_that_is_not_worth_it_ends_with_the_report(bench: Bench, trainer: Callable[..., Trainer]) -> None:
    pruner = {"name": "median", "n_startup_trials": 1, "warmup_epochs": 0}
    one = trainer(pruner=pruner, training={"epochs": 5})
    async with one.engine():
        good = await one.take()
        for step in (1, 2):
            await one.report(good, step, 0.9)
        await one.tell(good, value=0.9)
        bad = await one.take()
        assert await one.report(bad, 1, 0.1) == "prune"
        await bench.ended(one.study)
    trial = bench.store.trials.of_study(one.study.id)[1]
    assert (trial.state, trial.value) == (RunState.PRUNED, 0.1)
    assert trial.reason == "pruned at epoch 1: 0.1, below the median 0.9 of 1 trials"
    assert one.asks.get(bad.id).run_id == bad.run_id


async def test_a_repeated_report_or_result_changes_nothing(bench: Bench, trainer: Callable[..., Trainer]) -> None:
    one = trainer()
    async with one.engine():
        ask = await one.take()
        repeated = [(2, 0.3), (2, 0.7), (1, 0.9)]
        assert [await one.report(ask, *point) for point in repeated] == ["continue"] * 3
        await one.tell(ask, value=None)
        await one.tell(ask, value=0.8)
        assert await one.report(ask, 3, 0.8) == "stop"
    trial = bench.store.trials.of_study(one.study.id)[0]
    assert (trial.state, trial.value) == (RunState.COMPLETED, 0.3)
    assert bench.store.curves.get(ask.run_id or "").metrics["score"].tolist() == [0.3]


async def test_a_key_is_one_ask(bench: Bench, trainer: Callable[..., Trainer]) -> None:
    one = trainer()
    async with one.engine():
        assert (await one.take(key="k")).run_id == (await one.take(key="k")).run_id
        assert (await one.take(key="other")).run_id != (await one.take(key="k")).run_id


async def test_who_falls_silent_loses_the_trial_and_can_change_nothing(
    bench: Bench, trainer: Callable[..., Trainer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(askers, "LOOK", 0.05)
    one = trainer(max_trials=1)
    async with one.engine():
        silent = await one.take()
        end_lease(bench, silent)
        await bench.until(
            lambda: states(bench, one.study.id) == [RunState.RUNNING] and one.run_state(silent) is RunState.WAITING
        )
        assert bench.store.runs.get(silent.run_id or "").reason == "nothing was heard for 0 s from who trained it"
        other = await one.take()
        assert (other.run_id, other.start) == (silent.run_id, 2)
        assert await one.report(silent, 1, 0.9) == "stop"
        one.asks.say(silent.id, Said.TELL, {"value": 0.9})
        await one.tell(other, value=0.4)
        await bench.ended(one.study)
    assert [trial.value for trial in bench.store.trials.of_study(one.study.id)] == [0.4]


async def test_the_value_of_a_run_that_is_given_out_again_is_that_of_its_whole_curve(
    bench: Bench, trainer: Callable[..., Trainer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(askers, "LOOK", 0.05)
    one = trainer(max_trials=1)
    async with one.engine():
        silent = await one.take()
        await one.report(silent, 1, 0.9)
        end_lease(bench, silent)
        await bench.until(lambda: one.run_state(silent) is RunState.WAITING)
        other = await one.take()
        await one.report(other, 2, 0.4)
        await one.tell(other, value=None)
    run = bench.store.runs.get(other.run_id or "")
    assert (run.value, run.metrics_epoch, run.attempt) == (0.9, 1, 2)
    assert bench.store.curves.get(run.id).metrics["score"].tolist() == [0.9, 0.4]


async def test_an_asker_outlives_the_engine(bench: Bench, trainer: Callable[..., Trainer]) -> None:
    one = trainer()
    async with one.engine() as engine:
        ask = await one.take()
        engine._runners[one.study.id].release_runs()  # as at a stop
        assert await one.report(ask, 1, 0.1) == "continue"
    assert one.run_state(ask) is RunState.RUNNING
    one.asks.say(ask.id, Said.REPORT, {"points": [{"step": 2, "metrics": {"score": 0.8}}]})
    async with one.engine(crash=True):
        await one.report(ask, 3, 0.3)
    one.asks.say(ask.id, Said.TELL, {"value": None})
    async with one.engine():
        await bench.until(lambda: one.run_state(ask) is RunState.COMPLETED)
    run = bench.store.runs.get(ask.run_id or "")
    assert (run.value, run.metrics_epoch, run.attempt) == (0.8, 2, 1)
    assert bench.store.curves.get(run.id).metrics["score"].tolist() == [0.1, 0.8, 0.3]


@pytest.mark.parametrize(
    ("result", "state", "reason"),
    [
        ({"failure": "no data"}, RunState.FAILED, "no data"),
        ({"failure": "the value is nan", "diverged": True}, RunState.FAILED, "the value is nan"),
        ({"value": None, "metrics": {"loss": 1.0}}, RunState.FAILED, "the metric 'score' has no finite value"),
    ],
)
async def test_a_failure_is_told_with_its_reason(
    bench: Bench, trainer: Callable[..., Trainer], result: dict[str, Any], state: RunState, reason: str
) -> None:
    one = trainer()
    async with one.engine():
        ask = await one.take()
        await one.tell(ask, **result)
    trial = bench.store.trials.of_study(one.study.id)[0]
    assert (trial.state, trial.reason) == (state, reason)


async def test_a_cancelled_trial_ends_at_once(bench: Bench, trainer: Callable[..., Trainer]) -> None:
    one = trainer()
    async with one.engine():
        ask = await one.take()
        await one.report(ask, 1, 0.5)
        bench.store.trial_actions.cancel(one.study.id, 0)
        await bench.until(lambda: one.run_state(ask) is RunState.CANCELLED)
        assert await one.report(ask, 2, 0.6) == "stop"
        bench.store.desired_state.set(one.study.id, Desired.STOPPED, "checkpoint")
        assert (await bench.ended(one.study)).state is StudyState.STOPPED


async def test_what_was_asked_and_withdrawn_is_given_to_nobody(bench: Bench, trainer: Callable[..., Trainer]) -> None:
    one = trainer()
    gone = one.asks.open(one.study.id, 600)
    one.asks.withdraw(gone.id)
    async with one.engine():
        ask = await one.take()
        assert one.asks.get(gone.id).run_id is None
        await asyncio.sleep(0)
        assert one.asks.withdraw(ask.id).run_id == ask.run_id
