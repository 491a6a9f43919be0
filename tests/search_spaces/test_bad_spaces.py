# ruff: noqa: E501 - a table reads best with one bad input in a line
"""Spaces that cannot be: each problem at its place in the document, with the remedy, and all of them at once."""

from __future__ import annotations

import math
from typing import Any, Literal

import pytest
from pydantic import model_validator

from experiments.catalog import KINDS
from experiments.component import hp
from experiments.errors import InvalidInput
from experiments.optimizers import OPTIMIZERS, Optimizer
from search_spaces.parsing import parse_space

DECAY = "the optimizer decays weights already: set its weight_decay to 0, or leave the regularizer out"

BAD: list[tuple[Any, str, str]] = [
    # unknown words
    ({"optimizr": "adam"}, "optimizr", "unknown field (did you mean 'optimizer'?)"),
    (
        {"momentum": {"uniform": [0.5, 0.9]}},
        "momentum",
        "unknown field; write it below what has it, e.g. `optimizer: {name: rmsprop, momentum: …}` or `normalization",
    ),
    (
        {"lr": {"log_uniform": [0.1, 1]}},
        "lr",
        "unknown field; write it below what has it, e.g. `optimizer: {name: adam, lr: …}`",
    ),
    ({"dropout": {"p": 0.1}}, "dropout", "unknown field; write it below what has it, e.g. `regularizers: {dropout: …}`"),
    ({"batch_size": 32}, "batch_size", "unknown field; write it below what has it, e.g. `training: {batch_size: …}`"),
    ({"regularizer": {"l1": {}}}, "regularizer", "unknown field (did you mean 'regularizers'?)"),
    ({"optimizer": "adamm"}, "optimizer", "unknown optimizer 'adamm' (did you mean 'adam'?)"),
    ({"optimizer": {"choice": ["adam", "momentun"]}}, "optimizer.choice.1", "(did you mean 'momentum'?)"),
    ({"optimizer": {"choice": [{"name": "adam", "lrr": 1}]}}, "optimizer.choice.0.lrr", "adam has no such field (did you mean 'lr'?)"),
    ({"optimizer": {"name": "sgd", "momentum": 0.9}}, "optimizer.momentum", "sgd has no such field (one of: layer_decay, lr"),
    ({"regularizers": {"dropuot": {}}}, "regularizers.dropuot", "unknown regularizer 'dropuot' (did you mean 'dropout'?)"),
    ({"regularizers": {"dropuot": None}}, "regularizers.dropuot", "(did you mean 'dropout'?)"),
    ({"training": {"epoch": 3}}, "training.epoch", "training has no such field (did you mean 'epochs'?)"),
    ({"use": ["optimizers", "shedules"]}, "use.1", "unknown named space 'shedules' (did you mean 'schedules'?)"),
    ({"optimizer": {"name": "adam", "lr": {"log_unifrom": [1, 2]}}}, "optimizer.lr.log_unifrom", "(did you mean 'log_uniform'?)"),
    ({"training": {"batch_size": {"chioce": [1, 2]}}}, "training.batch_size.chioce", "(did you mean 'choice'?)"),
    # bounds of the component
    ({"optimizer": {"name": "adam", "lr": -1}}, "optimizer.lr", "this must be greater than 0"),
    (
        {"optimizer": {"choice": ["adam", {"name": "momentum", "momentum": {"uniform": [0.5, 1.5]}}]}},
        "optimizer.choice.1.momentum",
        "uniform [0.5, 1.5] reaches 1.5, and momentum must be less than 1",
    ),
    ({"optimizer": {"name": "sgd", "lr": {"uniform": [0, 1]}}}, "optimizer.lr", "uniform [0, 1] reaches 0.0, and lr must be greater than 0"),
    (
        {"regularizers": {"dropout": {"optional": {"p": {"choice": [0.1, 1.0]}}}}},
        "regularizers.dropout.optional.p",
        "choice [0.1, 1.0] reaches 1.0, and p must be less than 1",
    ),
    ({"training": {"epochs": {"int": [0, 5]}}}, "training.epochs", "int [0, 5] reaches 0, and epochs must be greater than or equal to 1"),
    ({"training": {"epochs": {"uniform": [1, 5]}}}, "training.epochs", "epochs takes whole numbers; write int"),
    ({"training": {"batch_size": {"log_uniform": [8, 64]}}}, "training.batch_size", "batch_size takes whole numbers; write log_int"),
    ({"model": {"hidden": [{"int": [0, 8]}, 8]}}, "model.hidden.0", "int [0, 8] reaches 0"),
    ({"model": {"hidden": [{"int": [4, 8]}, -8]}}, "model.hidden.1", "this must be greater than or equal to 1"),
    ({"initializer": {"name": "kaiming_normal", "mode": {"choice": ["fan_in", "fan"]}}}, "initializer.mode", "reaches 'fan', and mode must be 'fan_in' or 'fan_out'"),
    ({"optimizer": {"name": "adam", "lr": {"low": 1, "high": 2}}}, "optimizer.lr", "this takes one value or a range; write {uniform: [1, 2]}"),
    # numbers that are none
    ({"optimizer": {"name": "adam", "lr": math.nan}}, "optimizer.lr", "nan is not a number that can be used; give a finite one"),
    ({"optimizer": {"name": "adam", "lr": {"uniform": [0, math.inf]}}}, "optimizer.lr.uniform.1", "give a finite one"),
    # empty ranges
    ({"optimizer": {"name": "adam", "lr": {"choice": []}}}, "optimizer.lr.choice", "the choice is empty; list at least one value"),
    ({"optimizer": {"name": "adam", "lr": {"uniform": [1, 1]}}}, "optimizer.lr.uniform", "the range holds only 1"),
    ({"optimizer": {"choice": []}}, "optimizer.choice", "list at least one optimizer, e.g. ["),
    # the wrong shape
    (["optimizer"], "", "a search space is a mapping, e.g. {optimizer: {choice: [adam, momentum]}}"),
    ({"optimizer": 3}, "optimizer", "write a name, or a mapping with name and fields, not 3"),
    ({"optimizer": {"name": {"choice": ["adam"]}}}, "optimizer", "this takes one optimizer or a choice; write {choice: [adam]}"),
    ({"optimizer": {"adam": {"lr": 1e-3}}}, "optimizer.adam", "write the optimizer as {name: adam, fields…}"),
    ({"optimizer": {"lr": 1e-3}}, "optimizer", f"name the optimizer (one of: {', '.join(sorted(OPTIMIZERS.names()))})"),
    ({"optimizer": {"choice": ["adam"], "lr": 1}}, "optimizer.lr", "no field can stand beside choice; write it within an item"),
    ({"optimizer": {"choice": ["adam", {"name": "adam", "lr": 1}]}}, "optimizer.choice.1", "adam stands twice"),
    ({"optimizer": {"choice": ["nag", "nesterov"]}}, "optimizer.choice.1", "nesterov stands twice"),
    ({"regularizers": 3}, "regularizers", "write a mapping, e.g. {dropout: {p: 0.2}}"),
    ({"regularizers": {"dropout": 0.5}}, "regularizers.dropout", "write a mapping of fields, or {} for the default ranges, not 0.5"),
    ({"regularizers": {"dropout": {"optional": 0.5}}}, "regularizers.dropout.optional", "write a mapping of fields"),
    ({"regularizers": {"dropout": {"optional": {}, "p": 0.1}}}, "regularizers.dropout.p", "no field can stand beside optional"),
    ({"regularizers": {"dropout": {"name": "l1"}}}, "regularizers.dropout.name", "'l1' stands under the key 'dropout'; write it once"),
    ({"training": 3}, "training", "write a mapping, e.g. {epochs: 20}"),
    ({"training": {"epochs": None}}, "training.epochs", "give a value, or leave the field out"),
    ({"use": 3}, "use", "write a list of named spaces, e.g. [optimizers, schedules]"),
    # components that do not go together
    ({"optimizer": "adamw", "regularizers": ["weight_decay"]}, "regularizers.weight_decay", DECAY),
    ({"optimizer": {"choice": ["adam", "adamw"]}, "regularizers": ["weight_decay"]}, "regularizers.weight_decay", DECAY),
    ({"model": {"choice": ["mlp", "cnn"]}, "data": "wine"}, "model.choice.1", "cnn cannot take data of shape (13,); use mlp"),
    ({"data": "diabetes", "regularizers": ["label_smoothing"]}, "regularizers.label_smoothing", "the data have no classes; leave it out"),
    (
        {"data": "diabetes", "use": "regularizers"},
        "use.regularizers.regularizers.label_smoothing.optional",
        "the data have no classes; leave it out (`label_smoothing: null` leaves it out)",
    ),
    ({"activation": None}, "activation", "mlp needs one; name it or leave the field out"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "path", "message"), BAD, ids=[str(each[0]) for each in BAD])
def test_a_bad_space_is_refused_at_its_place(parse: Any, document: Any, path: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(document)
    assert [problem.path for problem in caught.value.problems] == [path]
    assert message in caught.value.problems[0].message


def test_all_problems_come_at_once(parse: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(
            {
                "optimizr": 1,
                "optimizer": {"choice": ["adamm", {"name": "sgd", "lr": {"int": [2, 1]}, "x": 1}]},
                "use": "x",
            }
        )
    paths = {problem.path for problem in caught.value.problems}
    assert paths == {"optimizr", "optimizer.choice.0", "optimizer.choice.1.lr.int", "optimizer.choice.1.x", "use.0"}


@pytest.mark.parametrize(
    ("base", "path", "message"),
    [
        ({"data": "digits"}, "experiment.model", "name the model (one of: cnn, mlp, "),
        ({"data": "digitz", "model": "mlp"}, "experiment.data", "unknown data 'digitz' (did you mean 'digits'?)"),
        (
            {"data": "digits", "model": {"name": "mlp", "hiden": []}},
            "experiment.model.hiden",
            "(did you mean 'hidden'?)",
        ),
        (
            {"data": "digits", "model": {"name": "mlp", "hidden": [0]}},
            "experiment.model.hidden.0",
            "this must be greater",
        ),
        ({"data": "wine", "model": "cnn"}, "experiment.model", "cnn cannot take data of shape (13,); use mlp"),
        ({"data": "wine", "model": "mlp", "trainng": {}}, "experiment.trainng", "(did you mean 'training'?)"),
        (
            {"data": "wine", "model": "mlp", "training": {"epochs": 0}},
            "experiment.training.epochs",
            "greater than or equal",
        ),
    ],
)
def test_a_bad_experiment_is_refused_below_experiment(base: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_space({}, base)
    assert [problem.path for problem in caught.value.problems] == [path]
    assert message in caught.value.problems[0].message


def test_a_grid_over_ranges_without_points_names_each_of_them(parse: Any) -> None:
    space = parse(
        {
            "optimizer": {"choice": ["sgd", {"name": "adam", "lr": {"uniform": [0.1, 0.2], "points": 3}}]},
            "schedule": "cosine",
        }
    )
    with pytest.raises(InvalidInput) as caught:
        space.grid_size()
    assert [str(problem) for problem in caught.value.problems] == [
        f"{path} has no grid; write `points: n` beside it, or `points` at the sampler"
        for path in (
            "optimizer.sgd.lr: log_uniform [0.001, 1]",
            "schedule.cosine.warmup: uniform [0, 0.1]",
            "schedule.cosine.final: uniform [0, 0.1]",
        )
    ]


class Narrow(Optimizer):
    """An optimizer whose fields bound each other, with a bound that has a source."""

    name: Literal["narrow"] = "narrow"
    lr: float = hp(0.1, gt=0, lt=0.5, bound_source="Nobody, 1999")
    ceiling: float = 1.0

    @model_validator(mode="after")
    def _ordered(self) -> Narrow:
        if self.lr > self.ceiling:
            raise ValueError("lr must not exceed ceiling; lower lr")
        return self


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The optimizer above in the catalog, for the time of a test."""
    monkeypatch.setitem(KINDS["optimizer"]._members, "narrow", Narrow)


@pytest.mark.usefixtures("narrow")
def test_the_source_of_a_bound_is_said(parse: Any) -> None:
    with pytest.raises(InvalidInput, match=r"reaches 0.9, and lr must be less than 0.5 \(Nobody, 1999\)"):
        parse({"optimizer": {"name": "narrow", "lr": {"uniform": [0.1, 0.9]}}})


@pytest.mark.usefixtures("narrow")
def test_fields_that_bound_each_other_are_tried_together(parse: Any) -> None:
    fine = {"name": "narrow", "lr": {"uniform": [0.1, 0.2]}, "ceiling": {"uniform": [0.2, 1.0]}}
    assert len(parse({"optimizer": fine}).parameters) == 2
    with pytest.raises(InvalidInput) as caught:
        parse({"optimizer": {**fine, "ceiling": {"uniform": [0.15, 1.0]}}})
    assert [str(problem) for problem in caught.value.problems] == ["optimizer: lr must not exceed ceiling; lower lr"]


def test_ranges_of_one_list_that_touch_are_told_what_they_come_to(parse: Any) -> None:
    drops = {"name": "multistep", "milestones": [{"uniform": [0.1, 0.4]}, {"uniform": [0.41, 0.9]}]}
    assert len(parse({"schedule": drops}).parameters) == 2
    with pytest.raises(InvalidInput) as caught:
        parse({"schedule": {**drops, "milestones": [{"uniform": [0.1, 0.4]}, {"uniform": [0.4, 0.9]}]}})
    assert [str(problem) for problem in caught.value.problems] == [
        "schedule.milestones: [0.4, 0.4] may be drawn: milestones rise; sort them and write each once, "
        "or move the ranges apart"
    ]
