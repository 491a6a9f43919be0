"""A study with several objectives: what its trials come to, what it keeps, and when it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from service.study.jobs import Job
from service.study.records import Study
from service.study.states import FailureKind, RunState
from tests.service.engine.conftest import Bench, states
from tests.support.scripted_pool import ScriptedPool

BOTH = ["val_accuracy", {"metric": "train_loss", "direction": "minimize"}]
Points = Sequence[tuple[float, int]]
"""The accuracy of each trial, and the epoch in which it is logged: the training loss there is 1 / epoch."""


def at(points: Points) -> Callable[[Job], Sequence[float | None]]:
    """By the rate, which says a trial's number."""

    def script(job: Job) -> Sequence[float | None]:
        accuracy, epoch = points[round(job.config["optimizer"]["lr"] * 100) - 1]
        return [*[None] * (epoch - 1), accuracy]

    return script


def rates(n: int) -> list[dict[str, Any]]:
    return [{"optimizer.sgd.lr": (number + 1) / 100} for number in range(n)]


def submitted(bench: Bench, n: int, **changes: Any) -> Study:
    space = {"optimizer": {"name": "sgd", "lr": {"uniform": [0.01, 1.0]}}}
    changes = {"objective": BOTH, "space": space, "queue": rates(n), "max_trials": n, **changes}
    return bench.submit(max_concurrent_trials=1, **changes)


FRONT: Points = [(0.7, 2), (0.9, 2), (0.8, 4), (0.6, 4), (0.5, 5)]
"""Trials 1, 2 and 4 make the front; 0 is kept while nothing is known to be better."""


@pytest.mark.parametrize("sampler", ["random", "tpe"])
async def test_values_are_of_the_epoch_that_counts_and_what_may_be_in_the_set_is_kept(
    bench: Bench, sampler: str
) -> None:
    study, pool = submitted(bench, 5, sampler=sampler), ScriptedPool(at(FRONT))
    async with bench.engine(pool):
        ended = await bench.ended(study)
    trials = bench.store.trials.of_study(study.id)
    assert [trial.objective_values for trial in trials] == [(accuracy, 1 / epoch) for accuracy, epoch in FRONT]
    assert [run.objective_values for run in bench.store.runs.of_study(study.id)] == [
        trial.objective_values for trial in trials
    ]
    kept = {run.trial_number for run in bench.store.runs.of_study(study.id) if run.id in pool.kept}
    assert kept == {0, 1, 2, 4}
    assert (ended.best, ended.test_result) == (None, None), "of three that are equally good none is the best"


async def test_the_only_one_that_is_better_than_all_is_measured_on_the_test_split(bench: Bench) -> None:
    study = submitted(bench, 2)
    async with bench.engine(ScriptedPool(at([(0.5, 1), (0.6, 2)]))):
        ended = await bench.ended(study)
    assert ended.test_result is not None
    assert ended.test_result["trial"] == 1


@pytest.mark.parametrize("crashes", [False, True])
async def test_one_trial_must_reach_all_targets(bench: Bench, crashes: bool) -> None:
    objective = [
        {"metric": "val_accuracy", "target": 0.8},
        {"metric": "train_loss", "direction": "minimize", "target": 0.3},
    ]
    points = [(0.9, 2), (0.5, 5), (0.8, 4), (0.9, 5)]
    study, pool = submitted(bench, 4, objective=objective), ScriptedPool(at(points))
    if crashes:
        pool.holds = lambda job: job.config["optimizer"]["lr"] > 0.025
        pool.gate.clear()
        async with bench.engine(pool, crash=True):
            await bench.until(lambda: len(pool.jobs) == 3)
        pool = ScriptedPool(at(points))
    async with bench.engine(pool):
        ended = await bench.ended(study)
    assert ended.reason == "targets reached by trial 2: val_accuracy 0.8, train_loss 0.25"
    assert ended.counts[RunState.COMPLETED] == 3


async def test_an_objective_without_a_value_in_that_epoch_fails_the_trial(bench: Bench) -> None:
    study = submitted(bench, 1, objective=["val_accuracy", "val_loss"])
    async with bench.engine(ScriptedPool(at([(0.9, 3)]))):
        await bench.ended(study)
    (trial,) = bench.store.trials.of_study(study.id)
    assert (trial.state, trial.failure) == (RunState.FAILED, FailureKind.USER_ERROR)
    assert trial.reason == "the metric 'val_loss' has no finite value in epoch 3, which counts"


async def test_of_several_runs_each_objective_is_the_aggregate(bench: Bench) -> None:
    def script(job: Job) -> Sequence[float | None]:
        return [0.8] if job.config["seed"] == 1 else [None, 0.6]

    for aggregate, expected in (("mean", (0.7, 0.75)), ("worst", (0.6, 0.5))):
        replicates = {"seeds": [1, 2], "aggregate": aggregate}
        study = submitted(bench, 1, name=aggregate, replicates=replicates)
        pool = ScriptedPool(script)
        async with bench.engine(pool):
            await bench.ended(study)
        (trial,) = bench.store.trials.of_study(study.id)
        assert trial.objective_values == pytest.approx(expected)
        assert len(pool.kept) == 2


def trade_off(job: Job) -> Sequence[float | None]:
    """The smaller the rate, the later its accuracy is logged, and the lower it is."""
    rate = job.config["optimizer"]["lr"]
    return [*[None] * round(6 * (1 - rate)), rate]


@pytest.mark.parametrize("sampler", [{"name": "nsga2", "population": 4}, {"name": "tpe", "n_startup_trials": 4}])
async def test_after_crashes_the_search_goes_on_as_if_unbroken(bench: Bench, sampler: Any) -> None:
    unbroken = submitted(bench, 0, name="unbroken", sampler=sampler, max_trials=14)
    async with bench.engine(ScriptedPool(trade_off)):
        await bench.ended(unbroken)
    broken = submitted(bench, 0, name="broken", sampler=sampler, max_trials=14)
    for n_done in (3, 9):
        async with bench.engine(ScriptedPool(trade_off), crash=True):
            await bench.until(lambda n=n_done: sum(each.ended for each in states(bench, broken.id)) >= n)
    async with bench.engine(ScriptedPool(trade_off)):
        await bench.ended(broken)
    one, other = (bench.store.trials.of_study(study.id) for study in (unbroken, broken))
    assert [(trial.parameters, trial.objective_values) for trial in one] == [
        (trial.parameters, trial.objective_values) for trial in other
    ]
