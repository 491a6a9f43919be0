"""The study that repeats a trial draws exactly its configuration."""

from __future__ import annotations

from typing import Any

import pytest

from service.engine.sampling.search import Search
from service.engine.sampling.seeds import run_seeds
from service.study.definitions.definition import StudyDefinition
from service.study.repeating.rerun import rerun

BRINGS = {"data": "wine", "model": "mlp", "regularizers": {"dropout": {"p": 0.2}}, "schedule": "cosine"}
OPTIONAL = {"regularizers": {"dropout": {"optional": {"p": {"uniform": [0.1, 0.5]}}}}}
L1 = {"log_uniform": [1e-6, 1e-2]}


@pytest.mark.parametrize("replicates", [{"seeds": 2}, {"seeds": 2, "paired": False}, {"folds": 3}, {"seeds": [3, 5]}])
def test_a_trial_repeats_with_its_seeds(replicates: dict[str, Any]) -> None:
    document = {"name": "first", "experiment": BRINGS, "max_trials": 3, "seed": 3, "replicates": replicates}
    definition = StudyDefinition.parse(document)
    seeds = run_seeds(definition, 2)
    config = definition.complete(Search(definition).ask(0).config)
    again = StudyDefinition.parse(rerun(definition.to_json(), 2, config, seeds))
    assert list(run_seeds(again, 0)) == list(seeds)
    assert again.replicates.n_runs == definition.replicates.n_runs


def test_a_trial_is_cut_short_at_the_same_epoch_again() -> None:
    limits = {"trial_epochs": 4, "trial_hours": 1}
    definition = StudyDefinition.parse({"name": "first", "experiment": BRINGS, "max_trials": 3, "limits": limits})
    config = definition.complete(Search(definition).ask(0).config)
    again = StudyDefinition.parse(rerun(definition.to_json(), 0, config, [5]))
    assert (again.limits.trial_epochs, again.limits.trial_hours) == (4, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"experiment": "wine-mlp", "space": {"use": ["four-families"]}},
        {"experiment": BRINGS, "space": OPTIONAL},
        {"experiment": BRINGS, "space": {"regularizers": {"dropout": None}}},
        {"experiment": "wine-mlp", "space": {"regularizers": {"l1": {"strength": {"optional": L1}}}}},
        {"experiment": {**BRINGS, "regularizers": ["dropout"]}, "space": OPTIONAL},
    ],
)
def test_a_trial_repeats_with_what_it_took_and_without_what_it_left_out(changes: dict[str, Any]) -> None:
    definition = StudyDefinition.parse({"name": "first", "sampler": "random", "max_trials": 8, "seed": 3} | changes)
    search = Search(definition)
    for number in range(8):
        config = definition.complete(search.ask(number).config)
        again = StudyDefinition.parse(rerun(definition.to_json(), number, config, [5]))
        assert again.complete(Search(again).ask(0).config) == config
