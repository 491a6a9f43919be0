"""What users want of single trials: cancel, retry, exclude."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from service.engine.sampling.search import Search
from service.study.definitions.definition import StudyDefinition
from service.study.jobs import Job
from service.study.records import Study, Trial
from service.study.states import Desired, RunState, StudyState
from tests.service.engine.conftest import Bench, states
from tests.support.scripted_pool import ScriptedPool, accuracy, failing

Json = dict[str, Any]
TPE = {"name": "tpe", "n_startup_trials": 2}
GRID = {"sampler": "grid", "space": {"optimizer": {"name": "sgd", "lr": {"choice": [0.1, 0.2, 0.3]}}}}


def trials(bench: Bench, study: Study) -> list[Trial]:
    return list(bench.store.trials.of_study(study.id))


async def test_a_running_trial_is_cancelled_and_another_drawn_in_its_place(bench: Bench) -> None:
    pool = ScriptedPool(accuracy)
    pool.gate.clear()
    study = bench.submit(max_trials=3)
    async with bench.engine(pool):
        await bench.until(lambda: RunState.RUNNING in states(bench, study.id))
        bench.store.trial_actions.cancel(study.id, 0)
        bench.store.trial_actions.cancel(study.id, 0)
        await bench.until(lambda: any(run.stopped for run in pool.running.values()))
        pool.gate.set()
        ended = await bench.ended(study)
    first, *others = trials(bench, study)
    assert (first.state, first.reason) == (RunState.CANCELLED, "cancelled by request")
    assert [trial.state for trial in others] == [RunState.COMPLETED] * 3
    assert ended.reason == "all 3 trials are done"


async def test_a_waiting_trial_of_a_paused_study_is_cancelled_at_once(bench: Bench) -> None:
    pool = ScriptedPool(accuracy)
    pool.gate.clear()
    study = bench.submit(max_trials=5)
    async with bench.engine(pool):
        await bench.until(lambda: len(pool.running) == 1 and len(trials(bench, study)) >= 2)
        bench.store.desired_state.set(study.id, Desired.PAUSED, "checkpoint")
        await bench.until(lambda: all(run.stopped for run in pool.running.values()))
        pool.gate.set()
        await bench.until(lambda: bench.store.studies.get(study.id).state == StudyState.PAUSED)
        for number in (0, 1):  # one has begun, the other has not
            bench.store.trial_actions.cancel(study.id, number)
            await bench.until(lambda number=number: trials(bench, study)[number].state is RunState.CANCELLED)
        assert bench.store.studies.get(study.id).state is StudyState.PAUSED


async def test_what_was_to_be_cancelled_when_the_engine_died_is_cancelled_by_the_next(bench: Bench) -> None:
    pool = ScriptedPool(accuracy)
    pool.gate.clear()
    study = bench.submit(max_trials=2)
    async with bench.engine(pool, crash=True):
        await bench.until(lambda: RunState.RUNNING in states(bench, study.id))
    bench.store.trial_actions.cancel(study.id, 0)
    async with bench.engine(ScriptedPool(accuracy)):
        await bench.ended(study)
    assert trials(bench, study)[0].state is RunState.CANCELLED
    assert states(bench, study.id).count(RunState.COMPLETED) == 2


async def test_a_point_of_a_grid_that_a_user_cancelled_is_not_tried_again(bench: Bench) -> None:
    pool = ScriptedPool(accuracy)
    pool.gate.clear()
    study = bench.submit(**GRID, max_trials=None)
    async with bench.engine(pool):
        await bench.until(lambda: len(trials(bench, study)) == 3)
        bench.store.trial_actions.cancel(study.id, 1)
        await bench.until(lambda: trials(bench, study)[1].state is RunState.CANCELLED)
        pool.gate.set()
        ended = await bench.ended(study)
    assert states(bench, study.id) == [RunState.COMPLETED, RunState.CANCELLED, RunState.COMPLETED]
    assert ended.reason == "all 2 points of the grid are done"


@pytest.mark.parametrize("changes", [{"max_trials": 2}, {**GRID, "max_trials": None}])
async def test_a_failed_trial_is_retried_beyond_max_trials_and_after_the_end(bench: Bench, changes: Json) -> None:
    study, broken = bench.submit(**changes), True

    def script(job: Job) -> list[float]:
        if broken and job.run_id == bench.store.runs.of_study(study.id)[0].id:
            raise ValueError("shapes do not match")
        return [0.5]

    async with bench.engine(ScriptedPool(script)):
        ended = await bench.ended(study)
        broken = False
        for _ in range(2):
            bench.store.trial_actions.retry(study.id, 0)
        await bench.until(lambda: trials(bench, study)[-1].retry_of == 0 and trials(bench, study)[-1].state.ended)
        again = await bench.ended(study)
    first, *_, retried = trials(bench, study)
    assert (first.state, retried.state) == (RunState.FAILED, RunState.COMPLETED)
    assert sum(trial.retry_of == 0 for trial in trials(bench, study)) == 1
    assert (retried.parameters, retried.config) == (first.parameters, first.config)
    assert [run.seed for run in bench.store.runs.of_trial(retried.id)] == [
        run.seed for run in bench.store.runs.of_trial(first.id)
    ]
    assert (ended.state, again.state, again.reason) == (StudyState.COMPLETED, StudyState.COMPLETED, ended.reason)


async def test_a_retry_that_nobody_made_before_the_engine_died_is_made_once(bench: Bench) -> None:
    study = bench.submit(max_trials=2)
    scripts = iter([failing])

    def script(job: Job) -> Sequence[float]:
        return next(scripts, accuracy)(job)

    async with bench.engine(ScriptedPool(script)):
        await bench.ended(study)
    bench.store.trial_actions.retry(study.id, 0)
    for max_trials in (2, 3):
        bench.store.desired_state.update(study.id, {"max_trials": max_trials})
        async with bench.engine(ScriptedPool(accuracy)):
            await bench.until(lambda n=max_trials: len(trials(bench, study)) > n)
            await bench.ended(study)
    assert [trial.retry_of for trial in trials(bench, study)] == [None, None, 0, None]


async def test_an_excluded_trial_is_forgotten_as_if_it_had_never_taught_anything(bench: Bench) -> None:
    """What is drawn then is what an engine draws that reads the rows anew."""
    study = bench.submit(max_trials=6, sampler=TPE, max_concurrent_trials=1)
    pool = ScriptedPool(accuracy)
    async with bench.engine(pool) as engine:
        await bench.ended(study)
        best = bench.store.studies.get(study.id).best
        assert best is not None
        bench.store.trial_actions.set_excluded(study.id, best[0], True)
        second = bench.store.studies.get(study.id).best
        pool.gate.clear()
        bench.store.desired_state.update(study.id, {"max_trials": 8})
        await bench.until(lambda: len(trials(bench, study)) == 7)
        assert second is not None
        bench.store.trial_actions.set_excluded(study.id, second[0], True)
        await bench.until(lambda: engine._runners[study.id].active.results.excluded == {best[0], second[0]})
        pool.gate.set()
        await bench.ended(study)
    assert second[0] != best[0]
    seen = trials(bench, study)
    asked = Search(StudyDefinition.parse(study.definition))
    asked.rebuild(seen[:7], {})
    assert asked.ask(7).parameters == seen[7].parameters
    assert not any(trial.excluded for trial in bench.store.trials.ranking(study.id, 10))
