"""Studies of trials that are trained elsewhere: their space of plain parameters, and what they cannot say."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.errors import InvalidInput
from search_spaces.expanded import read_expanded
from search_spaces.sampling import configure
from service.study.code import own_components
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.preview import preview
from service.study.definitions.submission import submission_of

DEFINITION: dict[str, Any] = {
    "name": "mine",
    "experiment": "elsewhere",
    "objective": {"metric": "score", "direction": "maximize"},
    "space": {
        "lr": {"log_uniform": [1e-4, 0.1]},
        "optimizer": {"name": {"choice": ["adam", "sgd"]}, "nesterov": False},
        "decay": {"optional": {"uniform": [0.1, 1.0]}},
        "layers": [{"int": [8, 64]}, 10],
    },
    "max_trials": 5,
    "seed": 7,
}
POINT = {"lr": 0.01, "optimizer.name": "sgd", "decay.on": False, "layers.0": 9}


def parsed(**changes: Any) -> StudyDefinition:
    return StudyDefinition.parse({**DEFINITION, **changes})


def test_names_that_mean_something_in_the_catalog_are_plain_names_here() -> None:
    definition = parsed(queue=[POINT])
    space = definition.search_space()
    assert [parameter.path for parameter in space.parameters] == [
        *("lr", "optimizer.name"),
        *("decay.on", "decay"),
        "layers.0",
    ]
    assert configure(space, POINT) == {
        "parameters": {
            "lr": 0.01,
            "optimizer": {"name": "sgd", "nesterov": False},
            "decay": 0,
            "layers": [9, 10],
        },
        "training": {"epochs": 1},
    }
    assert [*own_components(space)] == []
    assert definition.queued_points() == [POINT]


def test_the_stored_space_is_the_one_that_was_submitted() -> None:
    definition = parsed(training={"epochs": 9})
    stored = read_expanded(submission_of(definition).expanded_space)
    assert stored.plain
    assert stored.parameters == definition.search_space().parameters
    assert configure(stored, POINT) == configure(definition.search_space(), POINT)
    assert stored.most_epochs == 9


def test_a_preview_needs_no_catalog() -> None:
    found = preview(parsed(sampler="auto"))
    assert found["n_parameters"] == 5
    assert set(found["samples"][0]) == {"parameters", "training", "monitor", "data_seed"}
    assert preview(parsed(sampler={"name": "grid", "points": 2}))["grid_size"] == 2 * 2 * 3 * 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"space": {"lr": {"min": 0, "max": 1}}}, "space.lr: this takes one value or a range; write {uniform: [0, 1]}"),
        ({"space": {"1st": 2}}, "space.1st: a parameter's name begins with a letter"),
        ({"space": {"training": {"epochs": 2}}}, "`training` stands beside the space"),
        ({"space": {"training.epochs": 2}}, "`training` stands beside the space"),
        ({"space": {"net": {}}}, "space.net: write a value, a range, or a group of these"),
        ({"space": {"a.b": {"int": [1, 2]}, "a": {"b": {"int": [1, 3]}}}}, "space.a.b: this parameter stands twice"),
        ({"space": {"net": [{"min": 0, "max": 1}]}}, "space.net.0: this takes one value or a range"),
        ({"space": {"lr": {"uniform": [1, 0]}}}, "space.lr.uniform: the bounds are reversed"),
        ({"training": {"batch_size": 8}}, "training.batch_size: nothing is trained here"),
        ({"training": {"epochs": 0}}, "training.epochs: give a whole number from 1"),
        ({"budget": {"epochs": 20}}, "training.epochs: budget.epochs counts by it: give how many epochs a run reports"),
        ({"limits": {"trial_epochs": 5}}, "training.epochs: limits.trial_epochs counts by it"),
        ({"sampler": "pbt"}, "sampler: pbt hands checkpoints on, and what trains elsewhere leaves none here"),
        ({"queue": [{"lr": 7}]}, "queue.0"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parsed(**changes)
    assert message in str(caught.value)
