"""Grids: counted without being built, every configuration once, and the same ones that Optuna finds by brute force."""

from __future__ import annotations

import contextlib
import json
from itertools import islice
from typing import Any

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.errors import IncompatibleComponents, InvalidInput
from experiments.parsing import parse_config
from experiments.registry import EXPERIMENTS
from search_spaces.distributions import distribution_of
from search_spaces.grid import Grid
from search_spaces.sampling import configure, sample
from tests.support.strategies import documents, parsed

BASE = EXPERIMENTS["digits-mlp"].base()
SMALL = {
    "optimizer": {"choice": [{"name": "sgd", "lr": {"choice": [0.1, 1.0]}}, {"name": "adam", "lr": 0.1}]},
    "regularizers": {
        "dropout": {"optional": {"p": {"quniform": [0.1, 0.3, 0.1]}}},
        "l2": {"optional": {"strength": 0.1}},
    },
    "training": {"epochs": {"int": [1, 2]}},
}
HUGE = {
    "optimizer": {
        "choice": [
            {
                "name": "adam",
                "lr": {"log_uniform": [1e-4, 1e-1], "points": 1000},
                "beta1": {"uniform": [0.5, 0.9], "points": 1000},
            },
            {"name": "sgd", "lr": {"log_uniform": [1e-4, 1e-1], "points": 7}},
        ]
    },
    "regularizers": {"dropout": {"optional": {"p": {"uniform": [0.1, 0.5], "points": 1000}}}},
    "training": {"epochs": {"int": [1, 100_000]}},
}


def _identity(parameters: dict[str, Any]) -> str:
    return json.dumps(parameters, sort_keys=True)


@settings(max_examples=40, deadline=None)
@given(documents, st.data())
def test_any_two_configurations_of_a_grid_differ(document: dict[str, Any], data: st.DataObject) -> None:
    space = parsed(document)
    grid = Grid(space, 2)
    assert grid.size == space.grid_size(2) == len(grid)
    indices = data.draw(st.lists(st.integers(0, grid.size - 1), unique=True, max_size=40))
    configurations = [grid[index] for index in indices]
    assert len({_identity(each) for each in configurations}) == len(indices)
    for parameters in configurations[:5]:
        with contextlib.suppress(IncompatibleComponents):
            config = configure(space, parameters)
            assert parse_config(config).to_json() == config


@settings(max_examples=25, deadline=None)
@given(documents)
def test_a_small_grid_is_complete(document: dict[str, Any]) -> None:
    """All indices give distinct configurations, and every value of every parameter occurs."""
    space = parsed(document)
    grid = Grid(space, 1)
    if grid.size > 400:
        return
    everything = list(grid)
    assert len({_identity(each) for each in everything}) == grid.size == len(everything)
    for parameter in space.parameters:
        found = {_identity({"value": each[parameter.path]}) for each in everything if parameter.path in each}
        assert found == {_identity({"value": value}) for value in parameter.range.values(1)}


@pytest.mark.filterwarnings("ignore:BruteForceSampler is experimental")
def test_brute_force_finds_the_same_configurations(parse: Any) -> None:
    space = parse(SMALL)
    grid = Grid(space)
    study = optuna.create_study(sampler=optuna.samplers.BruteForceSampler(seed=0))
    study.optimize(lambda trial: float(len(sample(space, trial))), n_trials=grid.size + 10)
    assert grid.size == 3 * 4 * 2 * 2
    assert {_identity(trial.params) for trial in study.trials} == {_identity(each) for each in grid}
    assert len(study.trials) == grid.size


def test_the_order_is_fixed_and_the_last_parameter_changes_fastest(parse: Any) -> None:
    first = list(islice(Grid(parse(SMALL)), 4))
    constant = {"optimizer": "sgd", "optimizer.sgd.lr": 0.1, "regularizers.dropout": False}
    assert first == [
        {**constant, "regularizers.l2": False, "training.epochs": 1},
        {**constant, "regularizers.l2": False, "training.epochs": 2},
        {**constant, "regularizers.l2": True, "training.epochs": 1},
        {**constant, "regularizers.l2": True, "training.epochs": 2},
    ]


def test_an_enormous_grid_is_counted_and_indexed_without_being_built(parse: Any) -> None:
    grid = Grid(parse(HUGE))
    assert grid.size == (1000 * 1000 + 7) * 1001 * 100_000 > 10**10
    assert grid[0] == {
        "optimizer": "adam",
        "optimizer.adam.lr": 1e-4,
        "optimizer.adam.beta1": 0.5,
        "regularizers.dropout": False,
        "training.epochs": 1,
    }
    assert grid[grid.size - 1] == {
        "optimizer": "sgd",
        "optimizer.sgd.lr": 0.1,
        "regularizers.dropout": True,
        "regularizers.dropout.p": 0.5,
        "training.epochs": 100_000,
    }


@pytest.mark.parametrize("index", [-1, 48])
def test_there_is_nothing_beyond_the_ends(parse: Any, index: int) -> None:
    with pytest.raises(IndexError, match="the grid has 48 configurations"):
        Grid(parse(SMALL))[index]


def test_a_grid_over_continuous_ranges_needs_points(parse: Any) -> None:
    space = parse({"optimizer": {"name": "adam", "lr": {"log_uniform": [1e-3, 1e-1]}}})
    with pytest.raises(InvalidInput, match=r"optimizer\.adam\.lr: .* has no grid; write `points: n` beside it"):
        Grid(space)
    assert [each["optimizer.adam.lr"] for each in Grid(space, 3)] == pytest.approx([1e-3, 1e-2, 1e-1])


def test_grid_points_can_be_told_to_optuna(parse: Any) -> None:
    """The engine adds grid trials to an Optuna study, which checks each value against its distribution."""
    space = parse({"use": "four-families-grid", "model": {"hidden": {"choice": [[8], [8, 8]]}}})
    grid, known = Grid(space), {each.path: distribution_of(each.range) for each in space.parameters}
    study = optuna.create_study()
    for parameters in islice(grid, 0, grid.size, 7):
        distributions = {path: known[path] for path in parameters}
        study.add_trial(optuna.create_trial(params=parameters, distributions=distributions, value=0.0))
    assert study.trials[1].params == grid[7]


CONFLICTING = {
    "optimizer": {
        "choice": [
            {"name": "adam", "lr": {"choice": [0.01, 0.02]}},
            {"name": "adamw", "lr": 0.01, "weight_decay": 0.1},
            {"name": "sgd", "lr": {"log_uniform": [0.01, 1.0], "points": 3}},
        ]
    },
    "regularizers": {"weight_decay": {"optional": {"strength": {"choice": [0.1, 0.2]}}}},
}


def test_a_conditional_grid_is_the_set_that_one_writes_down_by_hand(parse: Any) -> None:
    """AdamW decays by itself, so it does not go with the regularizer that decays."""
    grid = Grid(parse(CONFLICTING))
    decays: list[dict[str, Any]] = [{"regularizers.weight_decay": False}] + [
        {"regularizers.weight_decay": True, "regularizers.weight_decay.strength": strength} for strength in (0.1, 0.2)
    ]
    by_hand = [{"optimizer": "adam", "optimizer.adam.lr": lr, **decay} for lr in (0.01, 0.02) for decay in decays]
    by_hand += [{"optimizer": "adamw", **decays[0]}]
    by_hand += [{"optimizer": "sgd", "optimizer.sgd.lr": lr, **decay} for lr in (0.01, 0.1, 1.0) for decay in decays]
    found = [point for point in grid if not grid.has_conflict(point)]
    assert len(found) == grid.n_trials() == len(by_hand) == 16
    assert [_rounded(point) for point in found] == [_rounded(point) for point in by_hand]
    assert {"optimizer": "sgd", "optimizer.sgd.lr": 0.1, "regularizers.weight_decay": False} in grid
    assert {"optimizer": "sgd", "optimizer.sgd.lr": 0.2, "regularizers.weight_decay": False} not in grid


def _rounded(point: dict[str, Any]) -> str:
    return _identity({path: float(f"{value:.6g}") if type(value) is float else value for path, value in point.items()})


def test_the_total_of_a_grid_too_large_to_be_counted_is_judged_by_a_sample(
    parse: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search_spaces.grid.LOOKED_THROUGH", 500)
    grid = Grid(parse({**CONFLICTING, "training": {"epochs": {"int": [1, 100]}}}))
    assert (grid.size, grid.is_counted) == (1800, False)
    assert grid.n_trials() == pytest.approx(1600, rel=0.05)
