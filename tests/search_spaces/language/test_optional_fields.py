"""``{optional: range}`` at a field: 0, or a value of the range, under every sampler and in every form."""

from __future__ import annotations

import math
from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution

from experiments.errors import InvalidInput
from search_spaces.grid import Grid
from search_spaces.sampling import configure, sample

RANGE = {"log_uniform": [1e-6, 1e-2]}
L1 = {"regularizers": {"l1": {"strength": {"optional": RANGE}}}}
ON, VALUE = "regularizers.l1.strength.on", "regularizers.l1.strength"


def test_it_is_two_parameters_of_which_the_second_is_conditional(parse: Any) -> None:
    space = parse({"optimizer": {"choice": ["sgd", {"name": "adamw", "weight_decay": {"optional": RANGE}}]}, **L1})
    assert [(each.path, str(each.range), each.condition) for each in space.parameters if "lr" not in each.path] == [
        ("optimizer", 'choice ["sgd", "adamw"]', ""),
        ("optimizer.adamw.weight_decay.on", "choice [false, true]", "optimizer = adamw"),
        (
            "optimizer.adamw.weight_decay",
            "log_uniform [1e-06, 0.01]",
            "optimizer = adamw and optimizer.adamw.weight_decay.on = true",
        ),
        ("regularizers.l1.strength.on", "choice [false, true]", ""),
        ("regularizers.l1.strength", "log_uniform [1e-06, 0.01]", f"{ON} = true"),
    ]


def test_off_is_0_and_takes_no_value(parse: Any) -> None:
    space = parse(L1)
    assert configure(space, {ON: False})["regularizers"]["l1"]["strength"] == 0
    assert configure(space, {ON: True, VALUE: 1e-3})["regularizers"]["l1"]["strength"] == 1e-3
    for parameters, path in [({}, ON), ({ON: True}, VALUE), ({ON: False, VALUE: 1e-3}, VALUE)]:
        with pytest.raises(InvalidInput) as caught:
            configure(space, parameters)
        assert caught.value.problems[0].path == path


def test_a_grid_has_off_and_the_points_of_the_range(parse: Any) -> None:
    document = {"regularizers": {"l1": {"strength": {"optional": {**RANGE, "points": 3}}}}}
    grid = Grid(parse(document))
    assert list(grid) == [
        {ON: False},
        {ON: True, VALUE: 1e-6},
        {ON: True, VALUE: pytest.approx(1e-4)},
        {ON: True, VALUE: 1e-2},
    ]
    with pytest.raises(InvalidInput, match=r"regularizers\.l1\.strength: log_uniform .* has no grid"):
        Grid(parse(L1))
    assert Grid(parse(L1), 5).size == 6


@pytest.mark.parametrize("sampler", [optuna.samplers.RandomSampler, optuna.samplers.TPESampler])
def test_samplers_draw_0_and_values_over_all_decades(parse: Any, sampler: Any) -> None:
    space, study = parse(L1), optuna.create_study(sampler=sampler(seed=0))
    drawn = []
    for index in range(60):
        trial = study.ask()
        drawn.append(sample(space, trial)["regularizers"]["l1"]["strength"])
        study.tell(trial, float(index % 3))
    known: dict[str, Any] = {ON: CategoricalDistribution([False, True]), VALUE: FloatDistribution(1e-6, 1e-2, log=True)}
    for trial in study.get_trials():
        assert trial.distributions == {path: known[path] for path in trial.params}
        assert (VALUE in trial.params) == trial.params[ON]
    assert 10 < drawn.count(0) < 50
    assert {math.floor(math.log10(value)) for value in drawn if value} >= {-6, -5, -4, -3}


@pytest.mark.parametrize(
    ("field", "path", "message"),
    [
        (
            {"optional": 0.01},
            "optional",
            "of a field, 0 or a value of a range is optional; write {optional: {log_uniform: [LOW, HIGH]}}, "
            "or {choice: [0, 0.01]}",
        ),
        ({"optional": {}}, "optional", "write {optional: {log_uniform: [LOW, HIGH]}}"),
        ({"optional": {"optional": RANGE}}, "optional", "write {optional: {log_uniform: [LOW, HIGH]}}"),
        ({"optional": {"uniform": [0, 0.1]}}, "optional", "uniform [0, 0.1] holds 0 already; leave `optional` out"),
        ({"optional": RANGE, "points": 3}, "points", "nothing can stand beside optional"),
        ({"optional": {"min": 0.01, "max": 0.1}}, "optional", "write {uniform: [0.01, 0.1]}"),
        ({"optional": {"log_uniform": [1, 0.1]}}, "optional.log_uniform", "the bounds are reversed; write [0.1, 1]"),
        (
            {"choice": [0, RANGE]},
            "choice.1",
            "a range cannot stand in a choice of values; write {optional: {log_uniform: [1.0e-06, 0.01]}} for 0 or a "
            "value of the range",
        ),
        ({"choice": [0, {"min": 0.1, "max": 0.2}]}, "choice.1", "write {optional: {uniform: [0.1, 0.2]}}"),
        ({"log_uniform": [0, 0.1]}, "log_uniform", "for 0 as well write {optional: {log_uniform: [LOW, 0.1]}}"),
    ],
)
def test_what_is_written_wrongly_is_told_the_form(parse: Any, field: Any, path: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse({"regularizers": {"l1": {"strength": field}}})
    assert [problem.path for problem in caught.value.problems] == [f"regularizers.l1.strength.{path}"]
    assert message in caught.value.problems[0].message


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ({"optimizer": {"name": "sgd", "lr": {"optional": RANGE}}}, "optimizer.lr", "lr must be greater than 0"),
        ({"training": {"epochs": {"optional": {"int": [1, 5]}}}}, "training.epochs", "epochs must be greater than"),
        (
            {"schedule": {"optional": "cosine"}},
            "schedule.optional",
            "regularizers and single fields are optional, and no schedule; write {choice: [constant, …]}",
        ),
        (
            {"regularizers": {"l1": {"optional": RANGE}}},
            "regularizers.l1.optional",
            "this range belongs to a field of l1; write {strength: {log_uniform: [1.0e-06, 0.01]}}",
        ),
    ],
)
def test_where_0_is_not_allowed_it_is_refused_with_the_reason(
    parse: Any, document: Any, path: str, message: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(document)
    assert [problem.path for problem in caught.value.problems] == [path]
    assert message in caught.value.problems[0].message


def test_a_range_beyond_the_fields_bounds_is_refused_as_ever(parse: Any) -> None:
    with pytest.raises(InvalidInput, match=r"log_uniform \[0.1, 2\] reaches 2.0, and p must be less than 1"):
        parse({"regularizers": {"dropout": {"p": {"optional": {"log_uniform": [0.1, 2]}}}}})
