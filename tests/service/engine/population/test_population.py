"""Populations: what members take over, that it is written down, and that kills change nothing of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from experiments.parsing import parse_config
from service.study.jobs import Job, PoolKey, Resources
from service.study.lineages import lineages
from service.study.records import Continuation, Study
from service.study.states import Desired, FailureKind, RunningTrials, RunState, StudyState
from tests.service.engine.conftest import Bench, states
from tests.support.scripted_pool import Crash, ScriptedPool

PBT: dict[str, Any] = {
    "sampler": {"name": "pbt", "population": 6, "interval": 2, "quantile": 0.34},
    "space": {
        "optimizer": {"name": "momentum", "lr": {"log_uniform": [1e-3, 1.0]}, "momentum": {"uniform": [0.5, 0.95]}}
    },
    "training": {"epochs": 6},
    "max_trials": None,
}
PLACES = ("optimizer.lr", "optimizer.momentum")


def gains(job: Job) -> Sequence[float]:
    """Every epoch brings the more the nearer the rate that holds then is to 0.1."""
    config, total, values = parse_config(job.config), 0.0, []
    for epoch in range(6):
        rate = config.after(epoch).optimizer.lr  # type: ignore[union-attr]
        total += 1 / (1 + abs(rate - 0.1))
        values.append(total)
    return values


def decided(bench: Bench, study: Study) -> list[Continuation]:
    return list(bench.store.runs.continuations(study.id))


def told(moves: list[Continuation]) -> list[tuple[Any, ...]]:
    """What does not depend on the ids of runs."""
    return [(each.epoch, each.trial_number, each.from_trial, each.value, each.in_force, each.reason) for each in moves]


async def run_of(bench: Bench, name: str, pool: ScriptedPool, **changes: Any) -> Study:
    study = bench.submit(**{**PBT, **changes}, name=name)
    async with bench.engine(pool):
        return await bench.ended(study)


async def test_the_worst_go_on_from_the_best_with_values_near_theirs(bench: Bench) -> None:
    pool = ScriptedPool(gains, n_workers=2)
    study = await run_of(bench, "population", pool)
    assert (study.state, study.reason) == (StudyState.COMPLETED, "all 6 trials are done")
    moves = decided(bench, study)
    assert [each.epoch for each in moves] == [2] * 6 + [4] * 6
    first = sorted(moves[:6], key=lambda each: each.value or 0)
    assert [each.takes_over for each in first] == [True, True, False, False, False, False]
    assert {each.from_trial for each in first[:2]} <= {each.trial_number for each in first[-2:]}
    runs = {run.id: run for run in bench.store.runs.of_study(study.id)}
    inherited = next(each for each in first if each.takes_over)
    second_start = bench.store.runs.attempts(inherited.run_id)[1]
    assert (second_start.parent_checkpoint, second_start.attempt) == (inherited.checkpoint, 1)
    assert bench.store.curves.get(inherited.run_id).attempt.tolist()[:4] == [1, 1, 1, 1]
    job = next(job for job in pool.jobs if job.run_id == inherited.run_id and job.resume)
    assert job.resume is not None
    assert (job.resume.checkpoints, job.pause_after) == ((inherited.checkpoint,), 4)
    assert job.config["seed"] == runs[inherited.from_run].seed
    assert job.config["training"]["changes"][-1]["after_epoch"] == 2
    assert "against" in inherited.reason and "optimizer.lr" in inherited.reason


async def test_it_comes_to_the_same_however_many_workers_there_are(bench: Bench) -> None:
    one = await run_of(bench, "one", ScriptedPool(gains))
    four = await run_of(bench, "four", ScriptedPool(gains, n_workers=4))
    assert told(decided(bench, one)) == told(decided(bench, four))
    values = [[trial.value for trial in bench.store.trials.of_study(each.id)] for each in (one, four)]
    assert values[0] == values[1]


async def test_a_trial_has_the_value_that_its_lineage_trains_to(bench: Bench) -> None:
    study = await run_of(bench, "population", ScriptedPool(gains))
    trials, runs = bench.store.trials.of_study(study.id), bench.store.runs.of_study(study.id)
    found = lineages(trials, runs, PLACES, decided(bench, study))
    for trial, run in zip(trials, runs, strict=True):
        config = found[run.id].config(trial.config)
        parse_config(config)
        values = gains(Job(run.id, 1, PoolKey(Resources()), config))
        assert trial.value == pytest.approx(values[-1])


@pytest.mark.parametrize("outlives", [False, True])
@pytest.mark.parametrize("lasts", [1, 8, 29])
async def test_p8_a_population_whose_engine_is_killed_decides_as_if_undisturbed(
    bench: Bench, lasts: int, outlives: bool
) -> None:
    undisturbed = await run_of(bench, "undisturbed", ScriptedPool(gains, n_workers=2))
    study = bench.submit(**{**PBT, "name": "disturbed"})
    pool = ScriptedPool(gains, n_workers=2)
    pool.outlives = outlives
    while not bench.store.studies.get(study.id).state.ended:
        version = bench.store.studies.get(study.id).version
        pool = pool if outlives else ScriptedPool(gains, n_workers=2)
        async with bench.engine(pool, crash=True):
            await bench.until(
                lambda version=version: (
                    bench.store.studies.get(study.id).version >= version + lasts
                    or bench.store.studies.get(study.id).state.ended
                )
            )
    assert told(decided(bench, study)) == told(decided(bench, undisturbed))
    values = [[trial.value for trial in bench.store.trials.of_study(each.id)] for each in (study, undisturbed)]
    assert values[0] == values[1]


async def under_way(bench: Bench, study: Study, n: int) -> None:
    """Wait until so many decisions have been made."""
    await bench.until(lambda: len(decided(bench, study)) >= n)


async def test_a_population_that_was_paused_goes_on_as_if_it_had_not_been(bench: Bench) -> None:
    undisturbed = await run_of(bench, "undisturbed", ScriptedPool(gains))
    study, pool = bench.submit(**{**PBT, "name": "paused"}), ScriptedPool(gains)
    pool.holds = lambda job: job.pause_after > 2
    pool.gate.clear()
    async with bench.engine(pool):
        await under_way(bench, study, 6)
        bench.store.desired_state.set(study.id, Desired.PAUSED, RunningTrials.CHECKPOINT)
        await bench.until(lambda: bool(pool.running) and all(run.stopped for run in pool.running.values()))
        pool.gate.set()
        await bench.until(lambda: bench.store.studies.get(study.id).state == StudyState.PAUSED)
        bench.store.desired_state.set(study.id, Desired.RUNNING)
        await bench.ended(study)
    assert told(decided(bench, study)) == told(decided(bench, undisturbed))


async def test_members_that_have_begun_train_to_their_end_when_the_study_is_stopped(bench: Bench) -> None:
    pool = ScriptedPool(gains, n_workers=2)
    pool.gate.clear()
    study = bench.submit(**{**PBT, "name": "stopped"})
    async with bench.engine(pool):
        await bench.until(lambda: len(pool.running) == 2)
        bench.store.desired_state.set(study.id, Desired.STOPPED)
        await bench.until(
            lambda: RunState.CANCELLED in {trial.state for trial in bench.store.trials.of_study(study.id)}
        )
        pool.gate.set()
        assert (await bench.ended(study)).state == StudyState.STOPPED
    assert states(bench, study.id) == [RunState.COMPLETED] * 2 + [RunState.CANCELLED] * 4
    assert {each.trial_number for each in decided(bench, study)} == {0, 1}


async def test_what_is_taken_over_uses_no_attempt_after_a_lost_worker(bench: Bench) -> None:
    deaths: list[str] = []

    def dying(job: Job) -> Sequence[float]:
        took_over = job.config["training"]["changes"][-1]["after_epoch"] == 2
        if took_over and len(deaths) < 3 and job.run_id in (*deaths, job.run_id)[:1]:
            deaths.append(job.run_id)
            raise Crash
        return gains(job)

    whole = await run_of(bench, "whole", ScriptedPool(gains))
    disturbed = await run_of(bench, "disturbed", ScriptedPool(dying))
    assert told(decided(bench, whole)) == told(decided(bench, disturbed))


async def test_a_member_that_diverges_takes_over_the_checkpoint_of_another(bench: Bench) -> None:
    def diverging(job: Job) -> Sequence[float]:
        if job.resume is None and job.config["optimizer"]["lr"] > 0.3:
            raise FloatingPointError("the training loss became NaN")
        return gains(job)

    study = await run_of(bench, "population", ScriptedPool(diverging, n_workers=2))
    diverged = [each for each in decided(bench, study) if each.value is None]
    assert diverged
    assert all(each.takes_over and "no value against" in each.reason for each in diverged)
    assert {trial.state for trial in bench.store.trials.of_study(study.id)} == {RunState.COMPLETED}


async def test_where_all_diverge_there_is_nothing_to_take_over(bench: Bench) -> None:
    def diverging(job: Job) -> Sequence[float]:
        raise FloatingPointError("the training loss became NaN")

    study = await run_of(bench, "population", ScriptedPool(diverging))
    trials = bench.store.trials.of_study(study.id)
    assert {(trial.state, trial.failure) for trial in trials} == {(RunState.FAILED, FailureKind.DIVERGED)}
    assert trials[0].reason == "every member diverged"
    assert study.state == StudyState.FAILED


async def test_members_that_end_leave_a_smaller_population(bench: Bench) -> None:
    def failing(job: Job) -> Sequence[float]:
        if job.resume is None and job.config["optimizer"]["lr"] > 0.3:
            raise ValueError("shapes do not match")
        return gains(job)

    study = await run_of(bench, "population", ScriptedPool(failing, n_workers=2))
    trials = bench.store.trials.of_study(study.id)
    failed = {trial.number for trial in trials if trial.state == RunState.FAILED}
    assert failed
    assert {each.trial_number for each in decided(bench, study)} == {trial.number for trial in trials} - failed
