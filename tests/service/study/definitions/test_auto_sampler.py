"""``auto`` chooses by space, trials and how many train at once, and the choice is stored with the study."""

from __future__ import annotations

from typing import Any

import pytest

from service.study.definitions.definition import StudyDefinition
from service.study.definitions.submission import definition_of, submission_of
from tests.service.engine.conftest import Bench, bench
from tests.support.scripted_pool import ScriptedPool, accuracy

__all__ = ["bench"]

NUMBERS = {"optimizer": {"name": "adamw", "lr": {"log_uniform": [1e-4, 1e-1]}, "weight_decay": {"uniform": [0.0, 0.1]}}}
CHOICE = {**NUMBERS, "activation": {"choice": ["relu", "tanh"]}}
CONDITIONAL = {
    "optimizer": {"choice": [{"name": "sgd", "lr": {"log_uniform": [1e-3, 1.0]}}, {"name": "adam", "lr": 0.01}]}
}
GOOD = {"name": "auto", "experiment": "digits-mlp", "sampler": "auto", "max_trials": 60, "space": NUMBERS, "seed": 5}


@pytest.mark.parametrize(
    ("changes", "chosen", "because"),
    [
        ({}, "gp", "60 trials over 2 parameters, of which a Gaussian process makes the most"),
        ({"space": CHOICE}, "gp", "60 trials over 3 parameters"),
        ({"space": CONDITIONAL}, "tpe", "1 of 2 parameters exist under a condition alone"),
        ({"max_trials": 1000}, "cmaes", "1,000 trials over 2 parameters, all of them numbers"),
        ({"max_trials": 1000, "space": CHOICE}, "tpe", "1,000 trials over 3 parameters, 4 at once"),
        ({"max_concurrent_trials": 32}, "tpe", "32 at once"),
        ({"max_concurrent_trials": 60}, "qmc", "all 60 trials train at once"),
        ({"objective": ["val_loss", "val_accuracy"]}, "tpe", "2 objectives, and tpe takes several"),
        ({"space": {}}, "tpe", "over 0 parameters"),
        ({"max_trials": None, "budget": {"hours": 1}}, "tpe", "as many trials over 2 parameters as the budget allows"),
    ],
)
def test_the_choice_suits_the_study(changes: dict[str, Any], chosen: str, because: str) -> None:
    definition = StudyDefinition.parse({**GOOD, **changes})
    said = definition.to_json()["sampler"]
    assert (said["name"], said["chosen"]["name"]) == ("auto", chosen)
    assert because in said["because"]
    assert definition.used_sampler.name == chosen


async def test_the_choice_is_stored_and_draws(bench: Bench) -> None:
    study = bench.submit(sampler="auto", max_trials=3, max_concurrent_trials=3)
    assert study.definition["sampler"]["chosen"]["name"] == "qmc"
    async with bench.engine(ScriptedPool(accuracy)):
        await bench.ended(study)
    stored = definition_of(study, bench.store.studies.expanded_space(study.id))
    assert stored.used_sampler.name == "qmc"
    again = submission_of(StudyDefinition.parse({**study.definition, "name": "again", "max_concurrent_trials": 1}))
    assert again.definition["sampler"]["chosen"]["name"] == "gp", "a changed copy is judged anew"
