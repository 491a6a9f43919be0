"""Samplers that are told several values of a trial: they go on as if unbroken, and come nearer to the front."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from service.engine.sampling.genetic import BRED, PARENTS
from service.engine.sampling.history import MOST_GOOD, History, PastTrial
from service.engine.sampling.proposals import propose
from service.engine.sampling.samplers import GOOD
from service.engine.sampling.search import Search
from service.engine.sampling.skyband import Skyband
from service.study.definitions.definition import StudyDefinition
from service.study.pareto import Losses, dominates, nondominated
from service.study.records import Trial
from service.study.states import FailureKind, RunState
from tests.support.rows import told_trial
from tests.support.searching import EPSILON, P, conditional_space, rebuilt_at_every_ask, searched, tell

FOUR = ("val_loss", "val_accuracy", "train_loss", "grad_norm")


def definition(sampler: Any) -> StudyDefinition:
    document = {"name": "several", "experiment": "digits-mlp", "objective": ["val_loss", "val_accuracy"], "seed": 5}
    return StudyDefinition.parse(document | {"sampler": sampler, "space": conditional_space(0.5), "max_trials": 1000})


def told(number: int, trial: Trial) -> Trial:
    """p is what the loss wants small and the accuracy large; epsilon does no good to either. Every seventh diverged."""
    if number % 7 == 3:
        return replace(trial, state=RunState.FAILED, failure=FailureKind.DIVERGED, value=None)
    p, epsilon = trial.parameters[P], trial.parameters[EPSILON]
    loss, accuracy = p + epsilon, p - epsilon
    return replace(trial, state=RunState.COMPLETED, value=loss, objective_values=(loss, accuracy))


SAMPLERS: list[tuple[Any, int]] = [
    ("random", 6),
    ("qmc", 6),
    ({"name": "tpe", "n_startup_trials": 4}, 14),
    ({"name": "gp", "n_startup_trials": 2}, 5),
    ({"name": "nsga2", "population": 4}, 22),
    ({"name": "nsga3", "population": 4, "crossover": "sbx"}, 22),
]


@pytest.mark.parametrize(("sampler", "n_trials"), SAMPLERS)
def test_a_search_that_is_rebuilt_at_every_ask_goes_on_as_the_unbroken_one(sampler: Any, n_trials: int) -> None:
    trials = rebuilt_at_every_ask(definition(sampler), n_trials, told)
    assert len({str(trial.parameters) for trial in trials}) > 0.7 * n_trials, "children may be what a parent was"


@pytest.mark.parametrize(
    ("sampler", "n_trials"),
    [
        ({"name": "tpe", "n_startup_trials": 8}, 40),
        ({"name": "nsga2", "population": 8}, 80),
        ({"name": "nsga3", "population": 8, "crossover": "blx_alpha"}, 80),
    ],
)
def test_what_learns_comes_nearer_to_the_front_and_keeps_its_breadth(sampler: Any, n_trials: int) -> None:
    _, trials = searched(definition(sampler), n_trials, told)
    first, later = trials[:6], trials[-8:]
    assert sum(each.parameters[EPSILON] for each in later) / 8 < sum(each.parameters[EPSILON] for each in first) / 12
    assert max(each.parameters[P] for each in later) - min(each.parameters[P] for each in later) > 0.2


def test_generations_follow_each_other_and_only_the_newest_and_its_parents_are_told() -> None:
    search, trials = searched(definition({"name": "nsga2", "population": 4}), 20, told)
    assert [trial.sampler_attrs[BRED] for trial in trials] == [number // 4 for number in range(20)]
    for generation in range(1, 5):
        parents = {tuple(trial.sampler_attrs[PARENTS]) for trial in trials if trial.sampler_attrs[BRED] == generation}
        assert len(parents) == 1, "all of a generation are bred from the same"
        assert max(*parents.pop()) < 4 * generation
    assert trials[0].sampler_attrs[PARENTS] == []
    past = search.question(20, 1).past
    assert len(past) == 8
    assert {trial.number for trial in past} >= {16, 17, 18, 19}


def test_a_late_result_changes_nothing_for_the_generation_that_is_bred_already() -> None:
    """Trial 3 of the first generation ends when the second has begun."""
    search = Search(definition({"name": "nsga2", "population": 4}))
    trials = [told_trial(number, search.ask(number)) for number in range(5)]
    for number in (0, 1, 2, 4):
        tell(search, told(0, trials[number]))
    second = told_trial(5, search.ask(5))
    assert (second.sampler_attrs[BRED], sorted(second.sampler_attrs[PARENTS])) == (1, [0, 1, 2, 4])
    tell(search, told(0, trials[3]))
    assert search.ask(6).sampler_attrs[PARENTS] == second.sampler_attrs[PARENTS]


def test_what_was_queued_belongs_to_the_first_generation() -> None:
    declared = definition({"name": "nsga2", "population": 4})
    search = Search(declared)
    search.listed.queue([{**propose(Search(declared).question(9, 1)).parameters, P: p} for p in (0.11, 0.22)])
    for number in range(4):
        tell(search, told(0, told_trial(number, search.ask(number))))
    assert len(search.ask(4).sampler_attrs[PARENTS]) == 4
    assert {0, 1} <= {trial.number for trial in search.question(5, 1).past}


def drawn_losses(n: int) -> list[Losses]:
    drawn = random.Random(4)
    return [(drawn.randrange(60) / 60, drawn.randrange(60) / 60) for _ in range(n)]


def test_those_that_fewer_than_k_dominate_are_kept_whatever_the_order() -> None:
    losses = drawn_losses(300)
    expected = {i for i, own in enumerate(losses) if sum(dominates(other, own) for other in losses) < 5}
    for order in (range(300), reversed(range(300)), random.Random(1).sample(range(300), 300)):
        band, out = Skyband[int](5, 2), list[int]()
        for i in order:
            out += band.add(losses[i], i)
        assert set(band.trials()) == expected
        assert sorted([*out, *expected]) == list(range(300))


def test_the_history_holds_all_good_trials_and_is_bounded() -> None:
    losses = drawn_losses(900)
    history = History(definition("tpe"))
    for number, (loss, other) in enumerate(losses):
        history.add(PastTrial(number, RunState.COMPLETED, {}, {}, loss, further_values=(-other,)))
    known = {trial.number for trial in history.trials()}
    good = {i for i, own in enumerate(losses) if sum(dominates(other, own) for other in losses) < GOOD}
    assert good <= known
    assert len(known) == len(good) + 300


@pytest.mark.parametrize("equal", [False, True])
def test_where_hardly_a_trial_dominates_another_the_history_is_bounded_whatever_the_order(equal: bool) -> None:
    """By four objectives, or with equal values; the nondominated come first, and none that is infeasible for one."""
    document = {"name": "four", "experiment": "digits-mlp", "seed": 5, "sampler": "tpe", "max_trials": 5000}
    objectives = [{"metric": name, "direction": "minimize"} for name in FOUR]
    declared = StudyDefinition.parse(document | {"objective": objectives, "space": conditional_space(0.5)})
    drawn = random.Random(6)
    trials = [PastTrial(i, RunState.COMPLETED, {}, {}, 1.0, (1.0, 1.0, 1.0), {"bound": 0.5}) for i in range(200)]
    for number in range(200, 1200):
        value, *further = (1.0 if equal else drawn.random() for _ in FOUR)
        trials.append(PastTrial(number, RunState.COMPLETED, {}, {}, value, tuple(further)))
    told = []
    for order in (trials, trials[::-1]):
        history = History(declared)
        for trial in order:
            history.add(trial)
        told.append([trial.number for trial in history.trials()])
    assert told[0] == told[1]
    known = {trial.number for trial in trials[200:]} & {*told[0]}
    best = {200 + place for place in nondominated([trial.values for trial in trials[200:]], declared.objectives)}
    assert len(known & best) >= min(len(best), MOST_GOOD)
    assert len(told[0]) == MOST_GOOD + GOOD + 300


def test_what_diverged_is_as_bad_as_the_worst_of_each_objective_for_a_gaussian_process() -> None:
    search = Search(definition({"name": "gp", "n_startup_trials": 2}))
    trials = []
    for number in range(6):
        trials.append(told(number, told_trial(number, search.ask(number))))
        tell(search, trials[-1])
    (diverged,) = [trial for trial in search.question(6, 1).past if trial.number == 3]
    values = [trial.objective_values for trial in trials if trial.value is not None]
    assert diverged.values == (max(loss for loss, _ in values), min(accuracy for _, accuracy in values))
