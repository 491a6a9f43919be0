"""Marginal effects and interactions on studies whose answer is known, because it was planted."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution

from service.analysis.insight.drawn import levels_of
from service.analysis.insight.effects import corrected, effects, median_interval
from service.study.states import RunState
from tests.support.analyzed import FLAT, Planted, centered, planted

LR, MOMENTUM = "optimizer.momentum.lr", "optimizer.momentum.momentum"


def rate(drawn: Mapping[str, Any]) -> float:
    return centered(drawn, LR, 1e-4, 1.0, log=True)


def effect_of(answer: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    return next(item for item in answer["items"] if item["parameter"] == path)


def test_a_planted_effect_is_found_with_its_band_and_another_parameter_has_none() -> None:
    known = planted(FLAT, lambda drawn: rate(drawn) ** 2, 300)
    answer = effects(known.rows, known.study.id)
    assert [item["parameter"] for item in answer["items"]] == ["activation", LR, MOMENTUM]
    assert answer["notes"] == []
    found = effect_of(answer, LR)
    assert found["log"] and not found["categorical"]
    levels = found["levels"]
    assert len(levels) == 12
    assert sum(level["n"] for level in levels) == 300
    assert all(one["high"] < other["low"] for one, other in itertools.pairwise(levels))
    assert all(level["median_low"] <= level["median"] <= level["median_high"] for level in levels)
    best = min(levels, key=lambda level: level["median"])
    assert best["low"] <= 1e-2 <= best["high"] * 3 and best["low"] / 3 <= 1e-2
    assert levels[0]["median_low"] > best["median_high"] < levels[-1]["median_low"]
    choices = effect_of(answer, "activation")["levels"]
    assert [level["choice"] for level in choices] == ["relu", "silu", "tanh"]
    bands = [(level["median_low"], level["median_high"]) for level in choices]
    assert max(low for low, _ in bands) < min(high for _, high in bands)


def test_what_was_beaten_is_counted_where_it_was_and_what_is_excluded_is_not() -> None:
    known = planted(FLAT, rate, 100)
    high = [trial.number for trial in known.drawn if trial.parameters[LR] > 0.1]
    relu = [trial.number for trial in known.drawn if trial.parameters["activation"] == "relu"]
    pruned = known.changed(high, state=RunState.PRUNED, value=None).changed(relu, excluded=True)
    answer = effects(pruned.rows, known.study.id)
    levels = effect_of(answer, LR)["levels"]
    assert sum(level["n_beaten"] for level in levels if level["high"] > 0.1) == len({*high} - {*relu})
    assert sum(level["n_beaten"] for level in levels if level["high"] <= 0.1) == 0
    assert answer["trials"]["excluded"] == len(relu)
    assert answer["notes"][0].startswith(f"{len({*high} - {*relu})} trials were pruned")


def test_a_sampler_that_learns_is_named() -> None:
    known = planted(FLAT, rate, 20)
    known.study.definition["sampler"]["name"] = "tpe"  # type: ignore[index]
    assert "the sampler learned" in effects(known.rows, known.study.id)["notes"][0]


@pytest.mark.parametrize("shape", ["product", "sum"])
def test_an_interaction_is_told_from_two_effects_that_add_up(shape: str) -> None:
    noise = np.random.default_rng(3).normal(0, 0.1, 400)

    def value(drawn: Mapping[str, Any]) -> float:
        one, other = rate(drawn), centered(drawn, MOMENTUM, 0.1, 0.9)
        return (one * other if shape == "product" else one + other) + float(noise[int(1e6 * drawn[MOMENTUM]) % 400])

    known = planted(FLAT, value, 400)
    pairs = effects(known.rows, known.study.id)["pairs"]
    by_pair = {frozenset(pair["parameters"]): pair for pair in pairs}
    planted_pair = by_pair[frozenset({LR, MOMENTUM})]
    if shape == "product":
        assert pairs[0] is planted_pair
        assert planted_pair["strength"] > 0.5 and planted_pair["p"] < 1e-9
    else:
        assert planted_pair["strength"] < 0.05
    others = [pair for pair in pairs if pair is not planted_pair]
    assert len(others) == 2
    assert all(pair["strength"] < 0.05 and pair["p"] > 0.01 for pair in others)


def test_a_condition_and_what_it_conditions_are_no_pair() -> None:
    space = {"optimizer": {"choice": [{"name": "sgd", "lr": {"uniform": [0.1, 1.0]}}, {"name": "adamw", "lr": 0.1}]}}
    known = planted(space, lambda drawn: drawn.get("optimizer.sgd.lr", 0.5), 200)
    answer = effects(known.rows, known.study.id)
    assert [item["parameter"] for item in answer["items"]] == ["optimizer", "optimizer.sgd.lr"]
    assert answer["pairs"] == []


def test_each_p_pays_for_the_others_by_its_rank() -> None:
    assert corrected([0.04, 0.01, 0.03, 0.9]) == pytest.approx([0.09, 0.04, 0.09, 0.9])
    assert corrected([0.5, 0.6]) == [1.0, 1.0]
    assert corrected([]) == []


@pytest.mark.parametrize("n", [5, 6, 20, 101, 1000])
def test_the_interval_holds_the_median_as_often_as_it_says(n: int) -> None:
    drawn = np.random.default_rng(n).exponential(size=(400, n))
    if n < 6:
        assert median_interval(drawn[0]) == (None, None)
        return
    held = [low <= np.log(2) <= high for low, high in map(median_interval, drawn)]  # type: ignore[operator]
    assert np.mean(held) >= 0.93


def test_levels_are_single_numbers_where_there_are_few_and_hold_about_equally_many_elsewhere() -> None:
    few = levels_of(FloatDistribution(0, 4, step=1), [0, 1, 1, 4], 4)
    assert [(label["low"], label["high"]) for label in few.labels] == [(0, 0), (1, 1), (4, 4)]
    assert few.codes.tolist() == [0, 1, 1, 2]
    many = levels_of(FloatDistribution(0, 1), np.linspace(0, 1, 100).tolist(), 4)
    assert np.bincount(many.codes).tolist() == [25, 25, 25, 25]
    tied = levels_of(FloatDistribution(0, 1), [0.5] * 50 + [0.1, 0.2, 0.3, 0.9], 3)
    assert len(tied.labels) == len(np.unique(tied.codes)) == 2
    assert [(label["low"], label["high"]) for label in tied.labels] == [(0.1, 0.3), (0.5, 0.9)]
    lowest = levels_of(FloatDistribution(0, 1), [0.1] * 50 + [0.2, 0.3, 0.9], 3)
    assert [(label["low"], label["high"]) for label in lowest.labels] == [(0.1, 0.9)]
    assert set(lowest.codes) == {0}
    choices = levels_of(CategoricalDistribution(["a", None, 3]), [3, "a"], 1)
    assert choices.codes.tolist() == [2, 0]
    assert [label["choice"] for label in choices.labels] == ["a", None, 3]


@pytest.mark.parametrize("n", [0, 1, 7])
def test_few_trials_have_few_levels(n: int) -> None:
    known: Planted = planted(FLAT, rate, 8).changed(range(n, 8), state=RunState.WAITING, value=None)
    answer = effects(known.rows, known.study.id)
    assert answer["pairs"] == []
    assert [len(item["levels"]) for item in answer["items"]] == ([] if n == 0 else [3, 1, 1])
