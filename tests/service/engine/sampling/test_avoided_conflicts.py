"""A search never proposes parts that do not go together, also after it was rebuilt from the stored trials."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.errors import IncompatibleComponents
from experiments.parsing import parse_config
from search_spaces.sampling import configure
from service.engine.sampling.knowledge import Result
from service.engine.sampling.search import Search
from service.study.definitions.definition import StudyDefinition
from service.study.records import Trial
from tests.support.rows import told_trial

SPACE = {
    "optimizer": {"choice": [{"name": "adam", "lr": 0.01}, {"name": "adamw", "lr": 0.01, "weight_decay": 0.1}]},
    "regularizers": {"weight_decay": {"optional": {"strength": {"choice": [0.1, 0.2]}}}},
    "activation": {"choice": ["relu", "tanh", "sigmoid"]},
}
FEASIBLE = 3 * (1 + 2 + 1)
"""Activations times adam without decay, with two strengths of it, and adamw without."""


def definition(sampler: Any) -> StudyDefinition:
    document = {"name": "avoids", "experiment": "wine-mlp", "space": SPACE, "sampler": sampler, "seed": 5}
    return StudyDefinition.model_validate(document | ({} if sampler == "grid" else {"max_trials": 40}))


def asked(search: Search, numbers: range) -> list[Trial]:
    """Trials that are asked and told one after the other."""
    trials = []
    for number in numbers:
        trial = told_trial(number, search.ask(number))
        parse_config(trial.config)
        search.tell(number, Result(trial.state, trial.value, None))
        trials.append(trial)
    return trials


@pytest.mark.parametrize("sampler", ["random", {"name": "tpe", "n_startup_trials": 5}])
def test_a_rebuilt_search_goes_on_as_the_unbroken_one(sampler: Any) -> None:
    search = Search(definition(sampler))
    before, after = asked(search, range(20)), asked(search, range(20, 30))
    assert before[-1].sampler_number > 19, "no draw had a conflict, so nothing is shown"
    rebuilt = Search(definition(sampler))
    rebuilt.rebuild(before, {})
    again = asked(rebuilt, range(20, 30))
    assert [(t.sampler_number, t.parameters) for t in again] == [(t.sampler_number, t.parameters) for t in after]


def test_a_grid_leaves_conflicts_out_and_ends_when_the_rest_is_done() -> None:
    search = Search(definition("grid"))
    trials: list[Trial] = []
    while not search.listed.exhausted:
        trials += asked(search, range(len(trials), len(trials) + 1))
        rebuilt = Search(definition("grid"))
        rebuilt.rebuild(trials, {})
        assert rebuilt.listed.exhausted == search.listed.exhausted
        search = rebuilt
    assert len(trials) == len({str(trial.parameters) for trial in trials}) == FEASIBLE


def test_no_point_of_a_grid_is_lost_when_the_search_is_looked_at_during_an_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's loop looks whether the grid is exhausted while a thread draws its next point."""
    search = Search(definition("grid"))
    looking: list[bool] = []

    def looked_at(*given: Any) -> dict[str, Any]:
        try:
            return configure(*given)
        except IncompatibleComponents:
            if not looking:
                looking.append(True)
                _ = search.listed.exhausted
                looking.clear()
            raise

    monkeypatch.setattr("search_spaces.grid.configure", looked_at)
    trials = asked(search, range(FEASIBLE))
    assert len({str(trial.parameters) for trial in trials}) == FEASIBLE
    assert search.listed.exhausted
