"""Ties with the best: equal trials are not told apart though the best is chosen by what it is judged by."""

from __future__ import annotations

import numpy as np
import pytest

from service.analysis.statistics.noise import of_accuracy, of_best, of_mean
from service.analysis.statistics.ties import Units, critical, is_behind, noise_of

RANDOM = np.random.default_rng(11)


def drawn(n: int, seeds: int, scatter: float = 0.01) -> list[Units]:
    shared = RANDOM.normal(0.9, 0.05, seeds)
    return [dict(enumerate(map(float, shared + RANDOM.normal(0, scatter, seeds)))) for _ in range(n)]


def some_behind(trials: list[Units], *, paired: bool = True) -> bool:
    leader = max(trials, key=lambda units: sum(units.values()) / len(units))
    noise = noise_of(trials, paired=paired)
    return any(is_behind(leader, each, noise, len(trials), paired=paired) for each in trials if each is not leader)


@pytest.mark.parametrize(("n", "seeds"), [(10, 3), (40, 2)])
def test_the_best_of_equal_trials_leads_alone_in_few_studies(n: int, seeds: int) -> None:
    assert np.mean([some_behind(drawn(n, seeds)) for _ in range(300)]) <= 0.09  # 5 % of 300, and its scatter


def test_one_that_is_far_behind_is_told_apart_by_three_seeds() -> None:
    trials = [*drawn(1, 3), {seed: value - 0.3 for seed, value in drawn(1, 3)[0].items()}, *drawn(8, 3)]
    shared = [{seed: each[seed] + trials[0][seed] - trials[0][seed] for seed in each} for each in trials]
    noise = noise_of(shared, paired=False)
    assert is_behind(shared[0], shared[1], noise, 10, paired=False)


def test_a_pair_that_scatters_more_than_the_others_counts_as_it_does() -> None:
    trials = drawn(20, 3, scatter=0.001)
    wild = {
        seed: value - 0.02 + jump for (seed, value), jump in zip(trials[0].items(), (0.09, 0.0, -0.09), strict=True)
    }
    noise = noise_of(trials, paired=True)
    calm = {seed: value - 0.02 for seed, value in trials[0].items()}
    assert is_behind(trials[0], calm, noise, 21, paired=True)
    assert not is_behind(trials[0], wild, noise, 21, paired=True)


def test_one_run_each_tells_nothing() -> None:
    noise = noise_of([{1: 0.9}, {2: 0.1}], paired=False)
    assert not noise.is_known
    assert is_behind({1: 0.9}, {2: 0.1}, noise, 2, paired=False) is None


def test_tukeys_range_of_two_is_a_t_test() -> None:
    assert critical(2, 10) / np.sqrt(2) == pytest.approx(2.228, abs=1e-3)


def test_an_accuracy_near_one_has_an_uneven_interval_that_ends_below_one() -> None:
    low, high = of_accuracy(267 / 270, 270)
    assert (round(low, 3), round(high, 3)) == (0.968, 0.996)
    assert of_accuracy(1.0, 270)[0] == pytest.approx(0.986, abs=1e-3)


def test_the_mean_of_folds_is_less_certain_than_that_of_seeds() -> None:
    values = [0.9, 0.92, 0.91, 0.93, 0.9]
    seeds, folds = of_mean(values, folds=False), of_mean(values, folds=True)
    assert seeds is not None and folds is not None
    assert folds[0] < seeds[0] < np.mean(values) < seeds[1] < folds[1]
    assert of_mean([0.9], folds=False) is None


@pytest.mark.parametrize(("n", "known"), [(1, 0.0), (2, 0.5642), (10, 1.5388), (100, 2.5076)])
def test_the_best_of_equals_looks_better_than_it_is(n: int, known: float) -> None:
    assert of_best(n) == pytest.approx(known, abs=1e-3)
