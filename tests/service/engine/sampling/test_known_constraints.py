"""What is known to be wanted of configurations: no trial violates it, whatever draws."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.errors import InvalidInput
from service.engine.sampling.knowledge import Result
from service.engine.sampling.search import Search
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.preview import preview
from service.study.definitions.submission import definition_of, submission_of
from service.study.records import Trial
from service.study.states import Desired, RunState, StudyState
from tests.service.engine.conftest import Bench, bench
from tests.support.rows import told_trial
from tests.support.scripted_pool import ScriptedPool, accuracy

__all__ = ["bench"]

SPACE = {
    "optimizer": {"name": "momentum", "lr": {"log_uniform": [1e-3, 1.0], "points": 4}, "momentum": 0.9},
    "regularizers": {"dropout": {"p": {"uniform": [0.1, 0.5], "points": 3}}},
}
LR, P = "optimizer.momentum.lr", "regularizers.dropout.p"
NARROW = f"{LR} * {P} < 0.02"


def definition(sampler: Any, **changes: Any) -> StudyDefinition:
    document = {"name": "known", "experiment": "digits-mlp", "objective": "val_accuracy", "seed": 5, "space": SPACE}
    limit = {} if sampler == "grid" else {"max_trials": 200}
    return StudyDefinition.parse(document | {"sampler": sampler, "constraints": [NARROW]} | limit | changes)


@pytest.mark.parametrize(
    "sampler", ["random", "qmc", {"name": "tpe", "n_startup_trials": 5}, {"name": "nsga2", "population": 4}, "cmaes"]
)
def test_no_trial_violates_it_and_a_rebuilt_search_goes_on(sampler: Any) -> None:
    declared = definition(sampler)
    search, trials = Search(declared), list[Trial]()
    for number in range(24):
        if number % 6 == 5:
            rebuilt = Search(declared)
            rebuilt.rebuild(trials, {})
            assert rebuilt.question(number, 1) == search.question(number, 1)
        asked = search.ask(number)
        value = asked.parameters[LR]  # the best lie where none may be
        trials.append(told_trial(number, asked, value=value))
        search.tell(number, Result(RunState.COMPLETED, value, None))
    assert all(trial.parameters[LR] * trial.parameters[P] < 0.02 for trial in trials)
    assert trials[-1].sampler_number > 23, "nothing that was drawn violated it, so nothing is shown"


def test_a_grid_has_the_points_that_fulfil_it() -> None:
    search, points = Search(definition("grid")), []
    while not search.listed.exhausted:
        asked = search.ask(len(points))
        points.append((round(asked.parameters[LR], 9), round(asked.parameters[P], 9)))
    rates, shares = (0.001, 0.01, 0.1, 1.0), (0.1, 0.3, 0.5)
    assert points == [(lr, p) for lr in rates for p in shares if lr * p < 0.02]


async def test_it_is_kept_with_the_frozen_space(bench: Bench) -> None:
    study, _ = bench.store.studies.create(submission_of(definition("random", max_trials=8)))
    stored = definition_of(study, bench.store.studies.expanded_space(study.id))
    assert [condition.text for condition in stored.search_space().conditions] == [NARROW]
    async with bench.engine(ScriptedPool(accuracy)):
        await bench.ended(study)
    drawn = [trial.parameters for trial in bench.store.trials.of_study(study.id)]
    assert len(drawn) == 8
    assert all(each[LR] * each[P] < 0.02 for each in drawn)
    shown = preview(definition("random"))["drawn"]
    assert all(each[LR] * each[P] < 0.02 for each in shown)


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        (
            {"constraints": ["optimizer.momentum.lrr < 1"]},
            "constraints.0",
            "no parameter 'optimizer.momentum.lrr' (did",
        ),
        ({"constraints": [f"{LR} <"]}, "constraints.0", "is no expression"),
        ({"constraints": [{"holds": NARROW, "at_most": 1}]}, "constraints.0", "leave `at_most` and `at_least` out"),
        (
            {"constraints": [{}]},
            "constraints.0",
            "give an expression such as `optimizer.adamw.lr < 0.1`, or a `metric`",
        ),
        ({"constraints": [f"{LR} < 0"]}, "constraints", "of 1,000 configurations drawn at random none fulfils them"),
        ({"constraints": [f"{LR} < 0"], "sampler": "grid"}, "constraints", "no point of the grid fulfils them"),
        ({"queue": [{LR: 0.5, P: 0.2}]}, f"queue.0.{LR}", f"`{NARROW}` does not hold with {LR} = 0.5, {P} = 0.2"),
        ({"sampler": "pbt", "max_trials": None}, "sampler", "pbt changes values while it trains"),
    ],
)
def test_what_is_wrong_is_told_before_anything_starts(changes: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        definition(changes.pop("sampler", "random"), **changes)
    (problem,) = caught.value.problems
    assert problem.path == path
    assert message in problem.message


def far_away(**changes: Any) -> StudyDefinition:
    """A grid of a million points, and none of the first half can be tried."""
    space = {
        "optimizer": {"name": "momentum", "lr": {"uniform": [0.001, 1.0], "points": 1000}, "momentum": 0.9},
        "regularizers": {"dropout": {"p": {"uniform": [0.1, 0.5], "points": 1000}}},
    }
    return definition("grid", space=space, constraints=[f"{LR} > 0.5"], **changes)


def test_a_grid_looks_at_a_few_points_in_one_go() -> None:
    search = Search(far_away())
    assert [search.next_point(0) for _ in range(3)] == [None, None, None]
    assert not search.listed.exhausted


async def test_a_grid_that_finds_no_point_yet_holds_neither_another_study_up_nor_its_own_end(bench: Bench) -> None:
    looking, _ = bench.store.studies.create(submission_of(far_away()))
    async with bench.engine(ScriptedPool(accuracy)):
        await bench.ended(bench.submit(name="beside", max_trials=3))
        assert bench.store.studies.get(looking.id).state == StudyState.RUNNING
        bench.store.desired_state.set(looking.id, Desired.STOPPED)
        assert (await bench.ended(looking)).state == StudyState.STOPPED
    assert not bench.store.trials.of_study(looking.id)
