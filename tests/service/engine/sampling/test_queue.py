"""Queued configurations come first and once, are learned from, and go back to the queue when they are cancelled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from service.engine.sampling.knowledge import Result
from service.engine.sampling.sampler_processes import InThread
from service.engine.sampling.search import Search
from service.engine.task.loading import load
from service.engine.task.new_trials import Drawing
from service.study.definitions.definition import StudyDefinition
from service.study.ports import Transaction
from service.study.records import Trial
from service.study.states import RunState, StudyState
from tests.service.engine.conftest import Bench
from tests.support.rows import told_trial
from tests.support.scripted_pool import ScriptedPool, accuracy

LR = "optimizer.sgd.lr"
QUEUE = [{"optimizer": {"name": "sgd", "lr": 0.01}}, {LR: 0.5}]
GRID = {"optimizer": {"name": "sgd", "lr": {"log_uniform": [1e-3, 1.0], "points": 4}}}


def definition(sampler: Any, **changes: Any) -> StudyDefinition:
    document = {"name": "queued", "experiment": "digits-mlp", "space": GRID, "sampler": sampler, "seed": 5}
    limit = {} if sampler == "grid" else {"max_trials": 20}
    return StudyDefinition.parse({**document, **limit, **changes})


def search_of(declared: StudyDefinition, trials: list[Trial], *more: dict[str, Any]) -> Search:
    """What an engine that starts anew makes of the rows."""
    search = Search(declared)
    search.listed.queue([*declared.queued_points(), *more])
    search.rebuild(trials, {})
    return search


def told(search: Search, trial: Trial) -> Trial:
    search.tell(trial.number, Result(trial.state, trial.value, None))
    return trial


@pytest.mark.parametrize("sampler", ["random", {"name": "tpe", "n_startup_trials": 2}])
def test_the_queue_comes_first_and_is_told_and_a_search_rebuilt_at_every_ask_is_the_same(sampler: Any) -> None:
    declared = definition(sampler, queue=QUEUE)
    unbroken, trials = search_of(declared, []), list[Trial]()
    for number in range(8):
        rebuilt = search_of(declared, trials)
        assert rebuilt.listed.has_queued == unbroken.listed.has_queued == (number < 2)
        if number >= 2:
            assert rebuilt.question(number, 1) == unbroken.question(number, 1)
        trials.append(told(unbroken, told_trial(number, asked := unbroken.ask(number))))
        trials[-1] = replace(trials[-1], queue_position=asked.queue_position)
    assert [trial.parameters[LR] for trial in trials[:2]] == [0.01, 0.5]
    assert [trial.queue_position for trial in trials[:3]] == [0, 1, None]
    if sampler != "random":
        assert [each.parameters[LR] for each in unbroken.question(8, 1).past[:2]] == [0.01, 0.5]


def test_a_grid_has_no_queued_point_twice_whenever_it_was_queued() -> None:
    declared = definition("grid", queue=[{LR: 0.01}, {LR: 0.02}])
    unbroken, trials = search_of(declared, []), list[Trial]()
    more = {LR: 1.0}  # queued when the third trial has been drawn
    while True:
        later = [more] if len(trials) > 3 else []
        rebuilt = search_of(declared, trials, *later)
        assert rebuilt.listed.exhausted == unbroken.listed.exhausted
        if unbroken.listed.exhausted:
            break
        asked = unbroken.ask(len(trials))
        assert rebuilt.ask(len(trials)) == asked
        trials.append(told(unbroken, told_trial(len(trials), asked, queue_position=asked.queue_position)))
        if len(trials) == 4:
            unbroken.listed.queue([more])
    rates = [trial.parameters[LR] for trial in trials]
    assert rates == pytest.approx([0.01, 0.02, 0.001, 0.1, 1.0])


@pytest.mark.parametrize("sampler", ["random", "grid"])
def test_what_is_cancelled_goes_back_to_where_it_came_from(sampler: str) -> None:
    declared = definition(sampler, queue=QUEUE)
    search = search_of(declared, [])
    first, second = (search.ask(number) for number in range(2))
    search.tell(1, Result(RunState.CANCELLED, None, None))
    search.tell(0, Result(RunState.CANCELLED, None, None))
    trials = [
        told_trial(
            number,
            each,
            state=RunState.CANCELLED,
            value=None,
            queue_position=each.queue_position,
        )
        for number, each in enumerate((first, second))
    ]
    for again in (search, search_of(declared, trials)):
        assert [again.ask(number).queue_position for number in (2, 3, 4)] == [0, 1, None]


async def test_what_is_queued_while_a_study_runs_is_tried_next_and_a_grid_runs_on_for_it(bench: Bench) -> None:
    space = {"optimizer": {"name": "sgd", "lr": {"uniform": [0.01, 1.0], "points": 2}}}
    study = bench.submit(sampler="grid", space=space, queue=[{LR: 0.5}], max_trials=None, max_concurrent_trials=1)
    pool = ScriptedPool(accuracy)
    pool.gate.clear()
    async with bench.engine(pool):
        await bench.until(lambda: bool(pool.running))
        assert bench.store.queue.add(study.id, [{LR: 0.7}]) >= 1
        pool.gate.set()
        await bench.until(lambda: bench.store.queue.n_waiting(study.id) == 0)
        ended = await bench.ended(study)
    trials = bench.store.trials.of_study(study.id)
    assert ended.state is StudyState.COMPLETED
    assert sorted(trial.parameters[LR] for trial in trials) == [0.01, 0.5, 0.7, 1.0]
    assert {trial.parameters[LR]: trial.queue_position for trial in trials} == {0.5: 0, 0.01: None, 0.7: 1, 1.0: None}


async def test_what_is_queued_while_others_were_drawn_ahead_is_tried_next(bench: Bench) -> None:
    study = bench.submit(sampler="random", max_trials=12, max_concurrent_trials=1)
    pool = ScriptedPool(accuracy)
    pool.gate.clear()
    async with bench.engine(pool):
        await bench.until(lambda: len(bench.store.trials.of_study(study.id)) == 4)  # one trains, three wait
        bench.store.queue.add(study.id, [{LR: 0.7}, {LR: 0.3}])
        await bench.until(lambda: bench.store.queue.n_waiting(study.id) == 0)
        pool.gate.set()
        await bench.ended(study)
    drawn_first = bench.store.trials.of_study(study.id)[1].parameters[LR]
    assert [job.config["optimizer"]["lr"] for job in pool.jobs[1:4]] == [0.7, 0.3, drawn_first]


async def test_a_study_hears_of_what_was_queued_before_it_draws(bench: Bench) -> None:
    study, epoch = bench.submit(), bench.store.leadership.lead("test", 0.0)
    assert epoch is not None
    active, search = load(bench.store, study)
    bench.store.queue.add(study.id, [{LR: 0.7}])
    active.study = bench.store.studies.get(study.id)
    await Drawing(active, search, bench.store.queue, InThread(), Writing(bench, epoch)).draw(2)  # type: ignore[arg-type]
    trials = bench.store.trials.of_study(study.id)
    assert [trial.queue_position for trial in trials] == [0, None]
    assert trials[0].parameters == {LR: 0.7}
    assert search.listed.n_queued == 1


class Writing:
    """Writes at once."""

    def __init__(self, bench: Bench, epoch: int) -> None:
        self._bench = bench
        self._epoch = epoch

    async def write(self, operation: Callable[[Transaction], None]) -> None:
        with self._bench.store.transaction(self._epoch) as transaction:
            operation(transaction)
