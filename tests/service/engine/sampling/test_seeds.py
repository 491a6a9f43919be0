"""Which seed each run of a study has."""

from __future__ import annotations

from typing import Any

import pytest

from service.engine.sampling.search import Search
from service.engine.sampling.seeds import run_seeds
from service.study.definitions.definition import StudyDefinition


def seeds(n_trials: int = 4, **replicates: Any) -> list[tuple[int, ...]]:
    """The seeds of each trial."""
    document = {"name": "seeds", "experiment": "digits-mlp", "max_trials": n_trials, "seed": 7}
    definition = StudyDefinition.parse({**document, "replicates": replicates})
    return [tuple(run_seeds(definition, number)) for number in range(n_trials)]


@pytest.mark.parametrize("replicates", [{"seeds": 3}, {"folds": 2}, {"seeds": 2, "folds": 2}])
def test_with_several_runs_all_trials_have_the_same_seeds(replicates: dict[str, Any]) -> None:
    found = seeds(**replicates)
    assert len(set(found)) == 1
    assert len(set(found[0])) == len(found[0]) == replicates.get("seeds", 1)


def test_with_one_run_each_trial_has_a_seed_of_its_own() -> None:
    assert len(set(seeds())) == 4


def test_other_seeds_for_each_trial_on_demand() -> None:
    assert len({seed for trial in seeds(seeds=3, paired=False) for seed in trial}) == 12


def test_listed_seeds_are_those_of_every_trial() -> None:
    assert seeds(seeds=[5]) == [(5,)] * 4


def test_all_runs_set_their_data_up_under_the_seed_of_the_study_unless_the_experiment_names_one() -> None:
    document = {"name": "seeds", "experiment": "wine-mlp", "max_trials": 2, "seed": 7, "replicates": {"seeds": 2}}
    definition = StudyDefinition.parse(document)
    search = Search(definition)
    assert [definition.complete(search.ask(number).config)["data_seed"] for number in range(2)] == [7, 7]
    named = {"data": "wine", "model": "mlp", "data_seed": 3}
    own = StudyDefinition.parse({**document, "experiment": named})
    assert own.complete(Search(own).ask(0).config)["data_seed"] == 3
