"""A study over a field that is 0 or a value of a range: drawn, stored, rebuilt, and told to Optuna."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from optuna.trial import TrialState

from service.client.frames import optuna_study
from service.engine.sampling.knowledge import Result
from service.engine.sampling.proposals import Suggestion
from service.engine.sampling.search import Search
from service.study.definitions.definition import StudyDefinition
from service.study.records import Trial
from service.study.states import RunState

ON, VALUE = "optimizer.adamw.weight_decay.on", "optimizer.adamw.weight_decay"
OPTIONAL = {"optional": {"log_uniform": [1e-6, 1e-2], "points": 3}}
SPACE = {"optimizer": {"choice": [{"name": "sgd", "lr": 0.1}, {"name": "adamw", "weight_decay": OPTIONAL}]}}


def definition(sampler: Any) -> StudyDefinition:
    document = {"name": "optional", "experiment": "wine-mlp", "space": SPACE, "sampler": sampler, "seed": 5}
    return StudyDefinition.parse(document | ({} if sampler == "grid" else {"max_trials": 40}))


def asked(search: Search, numbers: range) -> list[tuple[int, Suggestion]]:
    found = []
    for number in numbers:
        found.append((number, search.ask(number)))
        search.tell(number, Result(RunState.COMPLETED, float(number % 5), None))
    return found


def stored(number: int, suggestion: Suggestion) -> Trial:
    return Trial(
        f"tr_{number}",
        "st_0",
        number,
        suggestion.sampler_number,
        RunState.COMPLETED,
        "",
        suggestion.parameters,
        suggestion.distributions,
        suggestion.config,
        datetime.now(UTC),
        float(number % 5),
        sampler_attrs=suggestion.sampler_attrs,
    )


@pytest.mark.parametrize("sampler", ["random", {"name": "tpe", "n_startup_trials": 5}])
def test_a_rebuilt_search_goes_on_as_the_unbroken_one(sampler: Any) -> None:
    search = Search(definition(sampler))
    before, after = asked(search, range(15)), asked(search, range(15, 20))
    drawn = [each.parameters for _, each in before]
    assert {(each.get(ON), VALUE in each) for each in drawn} == {(None, False), (False, False), (True, True)}
    rebuilt = Search(definition(sampler))
    rebuilt.rebuild([stored(*each) for each in before], {})
    assert [each.parameters for _, each in asked(rebuilt, range(15, 20))] == [each.parameters for _, each in after]


def test_a_grid_trains_off_and_each_point() -> None:
    search = Search(definition("grid"))
    configs = [each.config["optimizer"] for _, each in asked(search, range(5))]
    assert search.listed.exhausted
    decays = [config["weight_decay"] for config in configs if config["name"] == "adamw"]
    assert decays == [0, 1e-6, pytest.approx(1e-4), 1e-2]


def test_optuna_gets_conditional_parameters_with_their_distributions() -> None:
    trials = [
        {
            "number": number,
            "state": "COMPLETED",
            "excluded": False,
            "values": [float(number)],
            "metrics": {},
            **{"reason": "", "notes": "", "tags": [], "replicates": None},
        }
        | {"parameters": each.parameters, "distributions": each.distributions, "started_at": None, "ended_at": None}
        for number, each in asked(Search(definition("random")), range(12))
    ]
    study = {"name": "optional", "objectives": [{"metric": "val_loss", "direction": "minimize"}]}
    found = optuna_study(study, trials, [])
    assert all(trial.state is TrialState.COMPLETE for trial in found.trials)
    assert [trial.params for trial in found.trials] == [each["parameters"] for each in trials]
    assert all(trial.distributions[VALUE].log for trial in found.trials if trial.params.get(ON))
