"""Every sampler over a conditional space: it goes on as if unbroken, and learns from what it can learn from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from experiments.errors import InvalidInput
from service.engine.sampling.knowledge import Result
from service.engine.sampling.proposals import propose
from service.engine.sampling.samplers import GENERATION
from service.engine.sampling.search import Search
from service.study.definitions.definition import StudyDefinition
from service.study.records import Trial
from service.study.states import FailureKind, RunState
from tests.support.searching import EPSILON, P, conditional_space, rebuilt_at_every_ask, searched

SPACE = conditional_space(0.2)


def definition(sampler: Any, space: Any = SPACE) -> StudyDefinition:
    return StudyDefinition.parse(
        {
            "name": "samples",
            "experiment": "digits-mlp",
            "objective": "val_loss",
            "sampler": sampler,
            "space": space,
            "max_trials": 100,
            "seed": 5,
        }
    )


def told(number: int, trial: Trial) -> Trial:
    """The trial with its result, the smaller the nearer p and epsilon are to 0.1; every seventh diverged."""
    if number % 7 == 3:
        return replace(trial, state=RunState.FAILED, failure=FailureKind.DIVERGED, value=None)
    value = sum(abs(trial.parameters[path] - 0.1) for path in (P, EPSILON))
    return replace(trial, state=RunState.COMPLETED, value=value)


SAMPLERS: list[tuple[Any, int]] = [
    ("random", 6),
    ({"name": "tpe", "n_startup_trials": 4}, 12),
    ("qmc", 8),
    ({"name": "qmc", "sequence": "halton", "scramble": False}, 6),
    ({"name": "gp", "n_startup_trials": 4}, 9),
    ({"name": "cmaes", "population": 4}, 20),
]


@pytest.mark.parametrize(("sampler", "n_trials"), SAMPLERS)
def test_a_search_that_is_rebuilt_at_every_ask_goes_on_as_the_unbroken_one(sampler: Any, n_trials: int) -> None:
    trials = rebuilt_at_every_ask(definition(sampler), n_trials, told)
    assert len({str(trial.parameters) for trial in trials}) == n_trials


@pytest.mark.parametrize(
    ("sampler", "n_trials"), [({"name": "gp", "n_startup_trials": 4}, 14), ({"name": "cmaes", "population": 4}, 40)]
)
def test_what_learns_comes_nearer_than_what_it_began_with(sampler: Any, n_trials: int) -> None:
    _, trials = searched(definition(sampler), n_trials, told)
    values = [trial.value for trial in trials if trial.value is not None]
    assert min(values[4:]) < min(values[:4]) / 3
    assert {trial.parameters["optimizer"] for trial in trials} == {"sgd", "adam"}


@pytest.mark.parametrize("sampler", [{"name": "gp", "n_startup_trials": 2}, {"name": "cmaes", "population": 4}])
def test_what_diverged_is_as_bad_as_the_worst_for_samplers_that_know_values_alone(sampler: Any) -> None:
    search, trials = searched(definition(sampler), 8, told)
    known = {trial.number: trial.value for trial in search.question(8, 1).past}
    worst = max(trial.value for trial in trials if trial.value is not None)
    diverged = [number for number in known if number % 7 == 3]
    assert [known[number] for number in diverged] == [worst] * len(diverged)
    assert sampler["name"] == "cmaes" or diverged == [3]


def test_a_pruned_trial_is_as_good_as_its_last_epoch_for_a_gaussian_process() -> None:
    search, _ = searched(definition({"name": "gp", "n_startup_trials": 2}), 2, told)
    search.ask(2)
    search.tell(2, Result(RunState.PRUNED, None, None, (4, 0.7)))
    (pruned,) = [trial for trial in search.question(3, 1).past if trial.number == 2]
    assert (pruned.state, pruned.value) == (RunState.COMPLETED, 0.7)


def test_a_gaussian_process_keeps_away_from_what_runs() -> None:
    search, _ = searched(definition({"name": "gp", "n_startup_trials": 4}), 8, told)
    alone = search.question(8, 2)
    search.take(8, propose(alone))
    beside = search.question(9, 2)
    same_draw = replace(alone, past=beside.past)
    assert propose(same_draw) != propose(alone)


def test_where_nothing_has_a_value_a_sampler_that_needs_one_draws_at_random() -> None:
    search = Search(definition({"name": "gp", "n_startup_trials": 1}))
    search.ask(0)
    search.tell(0, Result(RunState.FAILED, None, FailureKind.DIVERGED))
    search.ask(1)
    assert not search.question(2, 2).is_heavy
    search.ask(2)


def test_a_sequence_goes_through_the_space_evenly_and_has_a_coordinate_for_each_parameter() -> None:
    space = {"regularizers": {"dropout": {"p": {"uniform": [0.0, 0.5]}}}}
    search = Search(definition({"name": "qmc", "scramble": False}, space))
    assert [search.ask(number).parameters[P] for number in range(4)] == [0.0, 0.25, 0.375, 0.125]
    search, found = Search(definition("qmc")), []
    for number in range(16):
        found.append(search.ask(number).parameters)
    assert [sum(each["optimizer"] == name for each in found) for name in ("sgd", "adam")] == [8, 8]
    assert sorted(int(each[P] / 0.5 * 16) for each in found) == list(range(16))
    other = Search(definition("qmc").model_copy(update={"seed": 6}))
    assert other.ask(0).parameters != found[0]


def test_generations_follow_each_other_and_old_ones_are_forgotten() -> None:
    search, trials = searched(definition({"name": "cmaes", "population": 4}), 18, told)
    generations = [trial.sampler_attrs.get(GENERATION, -1) for trial in trials]
    assert generations == [-1, *(number // 4 for number in range(17))]
    assert len(search.question(18, 1).past) <= 4
    assert all(P in trial.parameters for trial in trials)


@pytest.mark.parametrize(
    ("sampler", "space", "message"),
    [
        (
            "cmaes",
            {"optimizer": {"choice": ["sgd", "adam"]}, "activation": {"choice": ["relu", "tanh"]}},
            "sampler: cmaes moves numbers that every configuration has, at least two, and this space has none; use tpe",
        ),
        ("cmaes", {"optimizer": {"name": "sgd", "lr": {"uniform": [0.1, 0.2]}}}, "and this space has one; use tpe"),
        ("gp", {"optimizer": {"name": "sgd", "lr": 0.1}}, "sampler: gp models parameters that every configuration has"),
    ],
)
def test_a_sampler_that_could_only_draw_at_random_is_refused(sampler: str, space: Any, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        definition(sampler, space)
    assert message in str(caught.value)
