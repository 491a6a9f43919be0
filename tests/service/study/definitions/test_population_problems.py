"""A population changes numbers while it trains; what cannot change is refused before anything starts."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.errors import InvalidInput
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.population import varying

GOOD: dict[str, Any] = {
    "name": "x",
    "experiment": {"data": "wine", "model": "mlp"},
    "sampler": {"name": "pbt", "population": 4, "interval": 2},
    "space": {
        "optimizer": {
            "name": "adamw",
            "lr": {"log_uniform": [1e-4, 0.1]},
            "weight_decay": {"log_uniform": [1e-4, 0.1]},
        },
        "regularizers": {"dropout": {"p": {"uniform": [0.0, 0.5]}}},
        "schedule": {"name": "exponential", "final": {"log_uniform": [0.01, 1.0]}},
    },
    "training": {"epochs": 6},
}


def refused(**changes: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        StudyDefinition.parse({**GOOD, **changes})
    return {problem.path: problem.message for problem in caught.value.problems}


def test_numbers_of_optimizer_schedule_and_regularizers_vary_and_all_trials_are_members() -> None:
    definition = StudyDefinition.parse(GOOD)
    assert {each.parameter: each.place for each in varying(definition.search_space())} == {
        "optimizer.adamw.lr": "optimizer.lr",
        "optimizer.adamw.weight_decay": "optimizer.weight_decay",
        "regularizers.dropout.p": "regularizers.dropout.p",
        "schedule.exponential.final": "schedule.final",
    }
    assert definition.max_trials == 4
    assert StudyDefinition.parse(definition.to_json()) == definition


@pytest.mark.parametrize(
    ("space", "path", "message"),
    [
        ({"optimizer": {"choice": ["adam", "sgd"]}}, "space.optimizer", "which one it is cannot change"),
        ({"initializer": {"choice": ["orthogonal", "kaiming_normal"]}}, "space.initializer", "which one it is"),
        (
            {"initializer": {"name": "normal", "std": {"log_uniform": [0.01, 0.1]}}},
            "space.initializer.std",
            "weights are drawn once, before the training; make it a constant, or search it with another sampler",
        ),
        ({"model": {"hidden": [{"int": [8, 64]}]}}, "space.model.hidden.0", "the network is built before the training"),
        (
            {"regularizers": {"dropout": {"optional": {"p": {"uniform": [0.1, 0.5]}}}}},
            "space.regularizers.dropout",
            "which one it is cannot change",
        ),
        (
            {"optimizer": {"name": "adamw", "weight_decay": {"uniform": [0.0, 0.1]}}},
            "space.optimizer.weight_decay",
            "at 0 an optimizer keeps another state",
        ),
        (
            {"optimizer": {"name": "rmsprop", "centered": {"choice": [True, False]}}},
            "space.optimizer.centered",
            "only numbers change",
        ),
        (
            {"optimizer": {"name": "sgd", "lr": {"choice": [0.1, 0.2]}}},
            "space.optimizer.lr",
            "write a range, e.g. {uniform: [low, high]}",
        ),
        (
            {"optimizer": {"name": "sgd", "layer_decay": {"uniform": [0.5, 0.9]}}},
            "space.optimizer.layer_decay",
            "sgd reads it only where a training begins",
        ),
        ({"optimizer": {"name": "sgd", "lr": 0.1}}, "space", "nothing varies; give a number a range"),
    ],
)
def test_what_cannot_change_in_training_is_refused_with_the_reason(space: Any, path: str, message: str) -> None:
    found = refused(space=space)
    assert list(found) == [path]
    assert message in found[path]


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"training": {"epochs": 6, "batch_size": {"choice": [16, 32]}}}, "training.batch_size", "cut into epochs"),
        ({"training": {"epochs": {"int": [4, 8]}}}, "training.epochs", "cut into epochs and batches once"),
        ({"training": {"epochs": 2}}, "sampler.pbt.interval", "over before anything is decided; give less than 2"),
        ({"training": {"epochs": 6, "lr_range_test": True}}, "training.lr_range_test", "leave it out"),
        ({"pruner": "asha"}, "pruner", "leave the pruner out"),
        ({"replicates": {"seeds": 3}}, "replicates", "a member of a population is one run"),
        ({"objective": ["val_loss", "val_accuracy"]}, "sampler", "pbt ranks members by one value"),
        ({"max_trials": 5}, "max_trials", "a population of 4 is 4 trials; leave it out"),
        ({"budget": {"epochs": 20}}, "budget.epochs", "24 epochs in all; give 24 or more"),
        ({"sampler": {"name": "pbt", "population": 1}}, "sampler.pbt.population", "greater than or equal to 2"),
        ({"sampler": {"name": "pbt", "quantile": 0.7}}, "sampler.pbt.quantile", "less than or equal to 0.5"),
        ({"sampler": {"name": "pbt", "perturb": []}}, "sampler.pbt.perturb", "give 1 or more"),
    ],
)
def test_what_a_population_cannot_do_is_refused(changes: dict[str, Any], path: str, message: str) -> None:
    found = refused(**changes)
    assert list(found) == [path]
    assert message in found[path]
