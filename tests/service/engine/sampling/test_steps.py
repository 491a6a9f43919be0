"""Ranges in steps, from the draw to the trial: one value everywhere, that of the grid."""

from __future__ import annotations

from typing import Any

import pytest

from service.engine.sampling.knowledge import Result
from service.engine.sampling.search import Search
from service.study.definitions.definition import StudyDefinition
from service.study.states import RunState

PATH = "regularizers.dropout.p"


def search(sampler: str) -> Search:
    document: dict[str, Any] = {
        "name": "steps",
        "experiment": "digits-mlp",
        "sampler": {"name": "tpe", "n_startup_trials": 3} if sampler == "tpe" else sampler,
        "space": {
            "optimizer": {"name": "sgd", "lr": 0.1},
            "regularizers": {"dropout": {"p": {"quniform": [0.1, 0.9, 0.1]}}},
        },
        "max_trials": 9,
        "seed": 5,
    }
    return Search(StudyDefinition.parse(document))


@pytest.mark.parametrize("sampler", ["grid", "random", "tpe"])
def test_a_trial_holds_the_grid_s_value_as_parameter_and_in_its_configuration(sampler: str) -> None:
    asked, searched = [], search(sampler)
    for number in range(9):
        suggestion = searched.ask(number)
        asked.append(suggestion.parameters[PATH])
        assert suggestion.config["regularizers"]["dropout"]["p"] == asked[-1]
        searched.tell(number, Result(RunState.COMPLETED, abs(asked[-1] - 0.3)))

    assert set(asked) <= {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}
    assert len(set(asked)) == 9 or sampler != "grid"
