"""What is drawn by chance is what Optuna's own random sampler would draw."""

from __future__ import annotations

from typing import Any

import optuna

from search_spaces.ranges import Suggests
from search_spaces.sampling import sample_parameters
from service.engine.sampling.by_chance import ByChance
from service.study.definitions.definition import StudyDefinition


def of_each_kind(source: Suggests) -> list[Any]:
    """A value of each range, those with one value alone among them: no number is drawn for these."""
    return [
        source.suggest_float("plain", -1.0, 2.0),
        source.suggest_float("one", 0.5, 0.5),
        source.suggest_float("stepped", 0.0, 1.0, step=0.25),
        source.suggest_float("log", 1e-5, 1.0, log=True),
        source.suggest_int("one number", 3, 3),
        source.suggest_int("number", 1, 9),
        source.suggest_int("stepped number", 2, 20, step=6),
        source.suggest_int("log number", 1, 1000, log=True),
        source.suggest_categorical("one choice", ["a"]),
        source.suggest_categorical("choice", ["a", 2, None, True]),
    ]


def trial_of_optuna(seed: int) -> optuna.trial.Trial:
    return optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed)).ask()


def test_each_kind_of_range_is_drawn_as_by_optuna() -> None:
    for seed in range(50):
        ours, optunas = of_each_kind(ByChance(seed)), of_each_kind(trial_of_optuna(seed))
        assert ours == optunas
        assert list(map(type, ours)) == list(map(type, optunas))


def test_a_conditional_space_is_drawn_as_by_optuna() -> None:
    document = {"name": "drawn", "experiment": "digits-mlp", "objective": "val_loss", "sampler": "random"}
    space = StudyDefinition.parse({**document, "space": {"use": ["four-families"]}, "max_trials": 1}).search_space()
    for seed in range(50):
        assert sample_parameters(space, ByChance(seed)) == sample_parameters(space, trial_of_optuna(seed))
