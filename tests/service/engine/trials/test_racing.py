"""Trials of several runs that end before the last of them: by their first run's curve, or by their runs' values."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

import pytest

from service.engine.sampling.knowledge import Result
from service.engine.sampling.search import Search
from service.study.definitions.definition import StudyDefinition
from service.study.jobs import Job
from service.study.states import FailureKind, RunState
from tests.service.engine.conftest import DEFINITION, Bench
from tests.support.scripted_pool import ScriptedPool

SEEDS = [1, 2, 3, 4, 5, 6]
CHANGES: dict[str, Any] = {
    "sampler": "grid",
    "max_trials": None,
    "max_concurrent_trials": 1,
    "space": {"optimizer": {"name": "sgd", "lr": {"choice": [0.1, 0.2]}}},
    "replicates": {"seeds": SEEDS},
    "pruner": "wilcoxon",
}
WORSE = (
    "pruned after 4 of 6 runs: on average 0.825 against 0.935 of trial 0, the best, and worse in 4 of 4 pairs of runs "
    "(signed-rank test, p = 0.062 < 0.1)"
)


def second_is_worse(job: Job) -> Sequence[float]:
    """By 0.1, whatever the seed."""
    return [1.0 - job.config["optimizer"]["lr"] + job.config["seed"] / 100] * 2


def ends(bench: Bench, study_id: str, trial: int) -> list[tuple[RunState, str]]:
    runs = bench.store.runs.of_study(study_id)
    return [(run.state, run.reason) for run in runs if run.trial_number == trial]


async def test_a_trial_ends_once_its_runs_are_worse_than_those_of_the_best(bench: Bench) -> None:
    study, pool = bench.submit(**CHANGES), ScriptedPool(second_is_worse)
    async with bench.engine(pool):
        await bench.ended(study)

    best, pruned = bench.store.trials.of_study(study.id)
    assert (best.state, pruned.state) == (RunState.COMPLETED, RunState.PRUNED)
    assert pruned.reason == f"{WORSE}; its value is the mean of the 4 runs that completed"
    assert pruned.value == pytest.approx(fmean(0.8 + seed / 100 for seed in SEEDS[:4]))
    assert ends(bench, study.id, 1) == [(RunState.COMPLETED, "")] * 4 + [(RunState.CANCELLED, WORSE)] * 2
    assert len(pool.jobs) == len(SEEDS) + 4 + len(SEEDS), "and the best is tested"
    spared = [run for run in bench.store.runs.of_study(study.id) if run.state == RunState.CANCELLED]
    assert bench.store.studies.get(study.id).saved_epochs == sum(run.planned_epochs for run in spared) > 0


def holding_the_last(kind: type[ScriptedPool] = ScriptedPool) -> ScriptedPool:
    """A pool with a worker for each run, in which the last two runs of the second trial do not come to an end."""
    pool = kind(second_is_worse, n_workers=len(SEEDS))
    pool.gate.clear()
    pool.holds = lambda job: job.config["optimizer"]["lr"] == 0.2 and job.config["seed"] > 4
    return pool


@pytest.mark.parametrize("are_lost", [False, True])
async def test_runs_of_it_that_train_are_pruned(bench: Bench, are_lost: bool) -> None:
    study, pool = bench.submit(**CHANGES), holding_the_last()
    async with bench.engine(pool):
        await bench.until(lambda: [run.stopped for run in pool.running.values()] == [True, True])
        await bench.until(lambda: bench.store.trials.get(study.id, 1).reason == WORSE)
        assert bench.store.trials.get(study.id, 1).state == RunState.RUNNING
        if are_lost:
            for run_id in list(pool.running):
                pool.lose(run_id, FailureKind.WORKER_LOST)
        pool.gate.set()
        await bench.ended(study)

    assert ends(bench, study.id, 1)[4:] == [(RunState.PRUNED, WORSE)] * 2
    trial = bench.store.trials.get(study.id, 1)
    assert (trial.state, trial.value) == (RunState.PRUNED, pytest.approx(0.825))
    pruned = [run for run in bench.store.runs.of_study(study.id) if run.state == RunState.PRUNED]
    saved = sum(run.planned_epochs - run.epochs for run in pruned)
    assert bench.store.studies.get(study.id).saved_epochs == saved > 0


class Deaf(ScriptedPool):
    """Runs come to their end whatever they are asked."""

    async def stop(self, run_id: str, *, checkpoint: bool) -> None:
        self.gate.set()


async def test_a_trial_whose_other_runs_complete_before_they_hear_of_it_is_complete(bench: Bench) -> None:
    study = bench.submit(**CHANGES)
    async with bench.engine(holding_the_last(Deaf)):
        await bench.ended(study)
    assert ends(bench, study.id, 1) == [(RunState.COMPLETED, "")] * 6
    trial = bench.store.trials.get(study.id, 1)
    assert (trial.state, trial.reason, trial.value) == (RunState.COMPLETED, "", pytest.approx(0.835))


async def test_an_engine_that_comes_after_a_crash_knows_why_the_trial_ends(bench: Bench) -> None:
    study = bench.submit(**CHANGES)
    async with bench.engine(holding_the_last(), crash=True):
        await bench.until(lambda: WORSE in [trial.reason for trial in bench.store.trials.of_study(study.id)])
    after = ScriptedPool(second_is_worse)
    async with bench.engine(after):
        await bench.ended(study)

    assert ends(bench, study.id, 1) == [(RunState.COMPLETED, "")] * 4 + [(RunState.CANCELLED, WORSE)] * 2
    assert bench.store.trials.get(study.id, 1).state == RunState.PRUNED
    assert {job.task for job in after.jobs} == {"evaluate"}


async def test_a_trial_whose_runs_all_completed_is_pruned_by_nothing(bench: Bench) -> None:
    study = bench.submit(**CHANGES | {"replicates": {"seeds": SEEDS[:4]}})
    async with bench.engine(ScriptedPool(second_is_worse)):
        await bench.ended(study)
    assert [trial.state for trial in bench.store.trials.of_study(study.id)] == [RunState.COMPLETED] * 2


def test_the_search_is_told_the_value_of_the_runs_that_completed() -> None:
    changes = {"sampler": "tpe", "max_trials": 3, "max_concurrent_trials": 1}
    search = Search(StudyDefinition.parse({**DEFINITION, **CHANGES, **changes}))
    search.ask(0)
    search.tell(0, Result(RunState.PRUNED, 0.825, None, (2, 0.81)))
    assert [(past.state, past.value) for past in search.question(1, 1).past] == [(RunState.COMPLETED, 0.825)]


async def test_of_several_runs_a_pruner_of_curves_sees_the_first(bench: Bench) -> None:
    pruner = {"name": "asha", "reduction_factor": 2}
    study, pool = bench.submit(**CHANGES | {"pruner": pruner}), ScriptedPool(second_is_worse)
    async with bench.engine(pool):
        await bench.ended(study)

    why = "pruned at epoch 1: 0.81, not among the best 1/2 of 2 trials at this rung"
    assert ends(bench, study.id, 1) == [(RunState.PRUNED, why)] + [(RunState.CANCELLED, why)] * 5
    pruned = bench.store.trials.get(study.id, 1)
    assert (pruned.state, pruned.value) == (RunState.PRUNED, None), "no run of it completed"
    assert pruned.reason == f"one of 6 runs (seed 1): {why}"
    waiting = [job.decide_every for job in pool.jobs if job.task == "train"]
    assert waiting == [1, 0, 0, 0, 0, 0, 1], "the others have nothing to wait for"


@pytest.mark.parametrize("crashes", [False, True])
async def test_a_target_is_reached_by_the_runs_together_also_after_a_crash(bench: Bench, crashes: bool) -> None:
    target = {"metric": "val_accuracy", "target": 0.93}
    space = {"optimizer": {"name": "sgd", "lr": {"choice": [0.2, 0.1, 0.3]}}}
    study = bench.submit(**CHANGES | {"pruner": "none", "objective": target, "space": space})
    if crashes:
        pool = ScriptedPool(second_is_worse)
        pool.gate.clear()
        pool.holds = lambda job: job.config["optimizer"]["lr"] == 0.1 and job.config["seed"] == 4
        async with bench.engine(pool, crash=True):
            await bench.until(lambda: len(ends(bench, study.id, 1)) == 6 and ends(bench, study.id, 1)[2][0].ended)
    async with bench.engine(ScriptedPool(second_is_worse)):
        ended = await bench.ended(study)
    assert ended.reason == "target 0.93 reached by trial 1 with 0.935"
