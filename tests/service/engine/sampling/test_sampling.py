"""Samplers that learn: a bounded history, questions whose answer depends on nothing else, processes that answer."""

from __future__ import annotations

import asyncio
import os
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.engine.sampling import sampler_processes
from service.engine.sampling.history import History, PastTrial
from service.engine.sampling.knowledge import Result
from service.engine.sampling.proposals import Question, propose
from service.engine.sampling.sampler_processes import SamplerProcesses, SamplingFailed
from service.engine.sampling.samplers import GOOD, Seeds
from service.engine.sampling.search import Search
from service.engine.state import ActiveStudy
from service.engine.task.progress import Progress
from service.study.definitions.definition import StudyDefinition
from service.study.records import Run, SamplerProcess
from service.study.states import FailureKind, RunState
from tests.service.engine.conftest import Bench
from tests.support.rows import told_trial
from tests.support.scripted_pool import ScriptedPool, ScriptedRun

SPACE = {"optimizer": {"choice": [{"name": "sgd", "lr": {"log_uniform": [1e-3, 1.0]}}, "adam", "adamw"]}}


def definition(**sampler: Any) -> StudyDefinition:
    return StudyDefinition.parse(
        {
            "name": "learns",
            "experiment": "digits-mlp",
            "objective": "val_accuracy",
            "sampler": {"name": "tpe", "n_startup_trials": 4, **sampler},
            "space": SPACE,
            "max_trials": 2000,
            "seed": 5,
        }
    )


def past(number: int, state: RunState = RunState.COMPLETED) -> PastTrial:
    """A trial with a value that no other has."""
    value = random.Random(number).random()
    return PastTrial(number, state, {}, {}, value if state == RunState.COMPLETED else None, (number % 7 + 1, value))


def value_of(trial: PastTrial) -> float:
    return trial.value or 0.0


def test_the_history_is_all_good_trials_and_a_sample_that_does_not_depend_on_the_order() -> None:
    trials = [past(number) for number in range(1000)]
    known = []
    for ordered in (trials, trials[::-1]):
        history = History(definition())
        for trial in ordered:
            history.add(trial)
        known.append(history.trials())
    assert known[0] == known[1] == sorted(known[0], key=lambda trial: trial.number)
    assert len(known[0]) == GOOD + 300
    best = sorted(trials, key=value_of, reverse=True)[:GOOD]
    assert set(map(value_of, best)) <= set(map(value_of, known[0]))
    numbers = [trial.number for trial in known[0]]
    assert 400 < sum(numbers) / len(numbers) < 600, "the sample is of the whole history"
    assert history.n_told == 1000


def test_a_good_trial_is_completed_or_came_far_and_a_failed_one_teaches_nothing() -> None:
    history = History(definition())
    pruned = [past(number, RunState.PRUNED) for number in range(700)]
    for trial in [*pruned, past(700), past(701, RunState.FAILED), past(702, RunState.CANCELLED)]:
        history.add(trial)
    assert history.n_told == 701
    far = [trial for trial in pruned if trial.last and trial.last[0] == 7]
    best = sorted(far, key=lambda trial: -(trial.last or (0, 0.0))[1])[: GOOD - 1]
    assert {trial.number for trial in (*best, past(700))} <= {trial.number for trial in history.trials()}


def question(n_told: int = 30) -> Question:
    """What is asked after some trials, of which the best used `sgd` with a rate near 0.1."""
    search = Search(definition())
    for number in range(n_told):
        parameters = search.ask(number).parameters
        rate = parameters.get("optimizer.sgd.lr")
        search.tell(number, Result(RunState.COMPLETED, 0.1 if rate is None else 1 - abs(rate - 0.1), None))
    return search.question(n_told, 1)


def test_an_answer_depends_on_the_question_alone_and_leans_to_what_was_good() -> None:
    asked = question()
    assert propose(asked) == propose(asked)
    answers = [propose(replace(asked, seeds=Seeds(seed, 0))).parameters for seed in range(12)]
    assert len({str(answer) for answer in answers}) == 12
    assert sum(answer["optimizer"] == "sgd" for answer in answers) > 8
    for answer in answers:
        assert {path.split(".")[1] for path in answer if path != "optimizer"} == {answer["optimizer"]}


@pytest.mark.parametrize("failure", [FailureKind.DIVERGED, FailureKind.TIMEOUT])
def test_trials_that_run_are_told_as_such_and_one_that_came_to_nothing_as_pruned(failure: FailureKind) -> None:
    search = Search(definition(n_startup_trials=0))
    search.ask(0)
    search.ask(1)
    search.tell(0, Result(RunState.FAILED, None, failure, (2, 0.3)))
    known = search.question(2, 4).past
    assert [(trial.number, trial.state, trial.last) for trial in known] == [
        (0, RunState.PRUNED, (2, 0.3)),
        (1, RunState.RUNNING, None),
    ]


async def test_a_helper_answers_as_this_process_does_and_is_asked_again_when_it_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "service.py").write_text("raise RuntimeError('service was taken from the user')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    asked, processes = question(), SamplerProcesses(1)
    try:
        assert processes.processes() == [SamplerProcess(None)]
        asking = asyncio.create_task(processes.propose(asked))
        while not (seen := processes.processes()[0]).sampler:
            await asyncio.sleep(0)
        assert (seen.sampler, seen.n_past, seen.since is None) == ("tpe", len(asked.past), False)
        assert await asking == propose(asked)
        (helper,) = processes._helpers
        assert helper._process is not None
        first = helper._process.pid
        assert processes.processes() == [SamplerProcess(first)]
        os.kill(first, 9)
        assert await processes.propose(asked) == propose(asked)
        assert helper._process.pid != first
        with pytest.raises(SamplingFailed, match="TypeError: 'int' object is not iterable"):
            await processes.propose(replace(asked, past=(replace(past(1), parameters=7),)))  # type: ignore[arg-type]
        assert await processes.propose(asked) == propose(asked), "what one study's sampler raises harms no other"
    finally:
        await processes.close()


async def test_an_answer_that_does_not_come_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    processes = SamplerProcesses(1)
    monkeypatch.setattr(sampler_processes, "DEADLINE", 0.0)
    with pytest.raises(SamplingFailed, match="no answer within 0 s, 2 times"):
        await processes.propose(question())
    await processes.close()


class InThrees(ScriptedPool):
    """Three runs begin before one of them ends; then they end one after the other, the first or the last first."""

    def __init__(self, *, last_first: bool) -> None:
        super().__init__(lambda job: [1 - abs(job.config["optimizer"]["lr"] - 0.1)], n_workers=3)
        self._last_first = last_first
        self._waiting: list[asyncio.Event] = []
        self._turns: list[asyncio.Event] = []

    async def _train(self, run: ScriptedRun) -> None:
        if run.job.task == "train":
            self._waiting.append(turn := asyncio.Event())
            if len(self._waiting) == 3:
                self._turns += self._waiting if self._last_first else self._waiting[::-1]
                self._waiting.clear()
                self._turns.pop().set()
            await turn.wait()
        await super()._train(run)
        if self._turns:
            self._turns.pop().set()


async def test_in_strict_order_a_parallel_search_repeats_itself_whichever_trial_ends_first(bench: Bench) -> None:
    parameters, sampler = [], {"name": "tpe", "n_startup_trials": 3, "order": "strict"}
    for last_first in (False, True):
        changes = {"sampler": sampler, "max_trials": 12, "max_concurrent_trials": 3, "artifacts": "none"}
        study = bench.submit(name=f"last-first-{last_first}".lower(), **changes)
        async with bench.engine(InThrees(last_first=last_first)):
            await bench.ended(study)
        parameters.append([trial.parameters for trial in bench.store.trials.of_study(study.id)])
    assert parameters[0] == parameters[1]


def test_in_strict_order_a_rebuilt_search_asks_what_the_unbroken_one_would_ask() -> None:
    declared = definition(order="strict")
    search, rebuilt = Search(declared), Search(declared)
    trials = [told_trial(number, search.ask(number, 3)) for number in range(5)]
    told = [*trials[:2], replace(trials[2], state=RunState.RUNNING, value=None), *trials[3:]]
    for trial in (told[3], told[0], told[4], told[1]):
        search.tell(trial.number, Result(trial.state, trial.value, None))
    rebuilt.rebuild(told, {})
    asked = search.question(5, 3)
    assert rebuilt.question(5, 3) == asked
    assert [trial.number for trial in asked.past if trial.state == RunState.RUNNING] == [2, 3, 4]


@pytest.mark.parametrize(("order", "room"), [("strict", 0), ("free", 1)])
def test_in_strict_order_no_trial_is_drawn_before_the_results_it_is_to_know(
    bench: Bench, order: str, room: int
) -> None:
    study = bench.submit(sampler={"name": "tpe", "order": order}, max_concurrent_trials=3)
    active, search = ActiveStudy(study, StudyDefinition.parse(study.definition)), Search(definition())
    trials = [told_trial(number, search.ask(number)) for number in range(5)]
    trials[2] = replace(trials[2], state=RunState.RUNNING)
    run = Run("ru_2", trials[2].id, study.id, 2, 0, 7, None, RunState.RUNNING, "", 1, trials[2].created_at)
    active.load(trials, [run], {})
    active.submit(active.trials[2], active.trials[2].runs["ru_2"])
    assert Progress(active).room_for_trials(can_start=True, exhausted=False) == room, (
        "trial 5 is to know the result of trial 2"
    )
    active.end(replace(trials[2], state=RunState.COMPLETED))
    assert Progress(active).room_for_trials(can_start=True, exhausted=False) == 1
