"""Budgets that make no sense are refused before anything starts, with the field and the remedy."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.errors import InvalidInput
from service.study.definitions.definition import StudyDefinition

STUDY = {"name": "spends", "experiment": "digits-mlp", "objective": "val_loss", "sampler": "random", "max_trials": 5}
TEN_EPOCHS = {"training": {"epochs": {"int": [10, 30]}}}
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({**TEN_EPOCHS, "budget": {"epochs": 9}}, "budget.epochs", "a trial may take 10 epochs, so that none could begin"),
    (
        {**TEN_EPOCHS, "replicates": {"seeds": 3}, "budget": {"epochs": 29}},
        "budget.epochs",
        "give 30 or more",
    ),
    ({"budget": {"gpu_hours": 1}}, "budget.gpu_hours", "resources.gpus is 0"),
    ({"budget": {"hours": 0}}, "budget.hours", "give more than 0, or leave it out"),
    ({"budget": {"cpu_hours": float("inf")}}, "budget.cpu_hours", "finite"),
    ({"budget": {"trials": 5}}, "budget", "trials"),
    ({"max_trials": None}, "max_trials", "budget"),
]


@pytest.mark.parametrize(("changes", "path", "message"), REFUSED)
def test_what_could_never_be_kept_or_spent_is_refused(changes: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        StudyDefinition.parse({**STUDY, **changes})
    (problem,) = refused.value.problems
    assert problem.path == path
    assert message in problem.message


def test_the_least_that_lets_one_trial_begin_is_enough() -> None:
    parsed = StudyDefinition.parse({**STUDY, **TEN_EPOCHS, "replicates": {"seeds": 3}, "budget": {"epochs": 30}})
    assert parsed.budget.limits == {"epochs": 30}
