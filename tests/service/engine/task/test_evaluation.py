"""The best trial on the test split: each of its runs, and what they come to together."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from service.study.jobs import Job
from service.study.records import Study
from tests.service.engine.conftest import Bench
from tests.support.scripted_pool import DATA_HASH, ScriptedPool

RATES = {"optimizer": {"name": "sgd", "lr": {"choice": [0.1, 0.2, 0.3]}}}
BY_RATE = {0.1: [0.5, 0.5, 0.5], 0.2: [0.1, 0.9, 0.8], 0.3: [0.1, 0.2, 0.3]}
"""Each run's value: of the best trial one run is worse than all that was before."""
SEEDS = [11, 22, 33]


def by_rate(job: Job) -> Sequence[float]:
    return [BY_RATE[job.config["optimizer"]["lr"]][SEEDS.index(job.config["seed"])]]


def grid(bench: Bench) -> Study:
    """Three trials of three runs, of which artifacts are kept for the best alone."""
    artifacts = {"keep": "best", "k": 1}
    replicates = {"seeds": SEEDS}
    return bench.submit(sampler="grid", space=RATES, max_trials=None, replicates=replicates, artifacts=artifacts)


@pytest.mark.parametrize("n_workers", [1, 4])
async def test_the_result_is_the_mean_over_the_runs_with_the_spread(bench: Bench, n_workers: int) -> None:
    pool, study = ScriptedPool(by_rate, n_workers), grid(bench)
    pool.tested = lambda job: job.config["seed"] / 100
    async with bench.engine(pool):
        result = (await bench.ended(study)).test_result
    best = bench.store.trials.best(study.id)
    assert result is not None
    assert best is not None
    assert (result["trial"], best.config["optimizer"]["lr"], result["n"], result["reason"]) == (best.number, 0.2, 3, "")
    assert result["metrics"] == {"test_accuracy": pytest.approx(0.22)}
    assert result["std"] == {"test_accuracy": pytest.approx(0.11)}
    runs = bench.store.runs.of_trial(best.id)
    assert [(run["run"], run["seed"], run["metrics"]["test_accuracy"]) for run in result["runs"]] == [
        (run.id, run.seed, run.seed / 100) for run in runs
    ]
    assert ({run["data_hash"] for run in result["runs"]}, result["look"]) == ({DATA_HASH}, 1)


async def test_one_run_has_no_spread(bench: Bench) -> None:
    study = bench.submit(max_trials=1, replicates={"seeds": [11]})
    async with bench.engine(ScriptedPool(lambda job: [0.5])):
        result = (await bench.ended(study)).test_result
    assert result is not None
    assert (result["n"], result["metrics"], result["std"]) == (1, {"test_accuracy": 0.5}, {"test_accuracy": None})
    assert [run["seed"] for run in result["runs"]] == [11]


async def test_a_run_that_cannot_be_measured_is_told_and_left_out(bench: Bench) -> None:
    def script(job: Job) -> Sequence[float]:
        if job.task == "evaluate" and job.config["seed"] == 22:
            raise ValueError("the test data are gone\udcff")  # what UTF-8 cannot hold must not end the engine
        return by_rate(job)

    pool, study = ScriptedPool(script), grid(bench)
    pool.tested = lambda job: job.config["seed"] / 100
    async with bench.engine(pool):
        result = (await bench.ended(study)).test_result
    assert result is not None
    assert (result["n"], len(result["runs"]), result["reason"]) == (2, 3, "the test data are gone?")
    assert result["metrics"] == {"test_accuracy": pytest.approx(0.22)}
    assert [run["reason"] for run in result["runs"]] == ["", "the test data are gone?", ""]


async def test_a_module_that_logs_nothing_there_is_told(bench: Bench) -> None:
    pool, study = ScriptedPool(lambda job: [0.5]), bench.submit(max_trials=1, replicates={"seeds": [11]})
    pool.tested = lambda job: None
    async with bench.engine(pool):
        result = (await bench.ended(study)).test_result
    assert result is not None
    assert (result["n"], result["metrics"], result["reason"]) == (0, {}, "its `test_step` logs nothing")
    assert (result["look"], result["runs"][0]["data_hash"]) == (None, ""), "nothing was seen"


async def test_a_study_that_keeps_nothing_is_told_why_it_has_no_result_and_what_to_do(bench: Bench) -> None:
    study = bench.submit(max_trials=1, artifacts="none")
    async with bench.engine(ScriptedPool(lambda job: [0.5])):
        result = (await bench.ended(study)).test_result
    assert result is not None
    assert result["reason"] == (
        "its best checkpoint was not kept, because of `artifacts: none`; what "
        f"`studyhall best {study.name}` prints, submitted with `artifacts: best`, is measured"
    )


async def test_a_trial_that_cannot_be_among_the_best_any_more_keeps_nothing_of_its_last_run(bench: Bench) -> None:
    pool, study = ScriptedPool(by_rate), grid(bench)
    async with bench.engine(pool):
        await bench.ended(study)
    kept = {(run.trial_number, run.replicate) for run in bench.store.runs.of_study(study.id) if run.id in pool.kept}
    rates = {trial.number: trial.config["optimizer"]["lr"] for trial in bench.store.trials.of_study(study.id)}
    last = max(number for number, rate in rates.items() if rate != 0.2)
    assert {replicate for number, replicate in kept if rates[number] == 0.2} == {0, 1, 2}
    assert (last, 2) not in kept
