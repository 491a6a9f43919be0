"""Sampling through real Optuna studies: every draw is a config that parses, and follows its distribution."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import optuna
import pytest
from hypothesis import given, settings

from experiments.catalog import KINDS
from experiments.parsing import parse_config
from experiments.registry import EXPERIMENTS
from search_spaces.chance import Chance
from search_spaces.distributions import distribution_of
from search_spaces.sampling import configure, draw, sample, sample_parameters
from tests.support.strategies import documents, parsed

BASE = EXPERIMENTS["digits-mlp"].base()
FAMILIES = {"use": "four-families", "model": {"hidden": {"choice": [[32], [64, 64]]}}}


@settings(max_examples=40, deadline=None)
@given(documents)
def test_every_sampled_config_parses_and_round_trips(document: dict[str, Any]) -> None:
    space = parsed(document)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    known = {parameter.path: distribution_of(parameter.range) for parameter in space.parameters}
    for _ in range(5):
        trial = study.ask()
        parameters = sample_parameters(space, trial)
        assert trial.distributions == {path: known[path] for path in parameters}

        parameters, config = draw(space, Chance(trial.number))
        assert parse_config(config).to_json() == config
        assert configure(space, parameters) == config


def test_a_conditional_parameter_is_drawn_only_with_its_component(random_study: optuna.Study, parse: Any) -> None:
    space = parse(FAMILIES)
    for _ in range(60):
        trial = random_study.ask()
        config = sample(space, trial)
        taken = {path.split(".")[1] for path in trial.params if path.startswith("optimizer.")}
        assert taken == {config["optimizer"]["name"]} == {trial.params["optimizer"]}
        on = {name for name in ("dropout", "label_smoothing") if trial.params[f"regularizers.{name}"]}
        assert config["regularizers"].keys() == on


def test_random_search_takes_each_component_equally_often_and_rates_evenly_per_decade(
    random_study: optuna.Study, parse: Any
) -> None:
    n = 1200
    space = parse({"optimizer": {"choice": ["sgd", {"name": "adam", "lr": {"log_uniform": [1e-4, 1e-1]}}, "adagrad"]}})
    trials = [random_study.ask() for _ in range(n)]
    configs = [sample(space, trial) for trial in trials]
    for count in Counter(config["optimizer"]["name"] for config in configs).values():
        assert count == pytest.approx(n / 3, abs=4.5 * math.sqrt(n * 2 / 9))
    rates = [config["optimizer"]["lr"] for config in configs if config["optimizer"]["name"] == "adam"]
    for count in Counter(math.floor(math.log10(rate)) for rate in rates).values():
        assert count == pytest.approx(len(rates) / 3, abs=4.5 * math.sqrt(len(rates) * 2 / 9))


def test_tpe_learns_the_better_component_of_a_conditional_space(parse: Any) -> None:
    """With a known best optimizer and rate, TPE proposes them more often than chance once it models the trials."""
    space = parse({"use": "optimizers"})
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=1, n_startup_trials=10))

    def loss(trial: optuna.Trial) -> float:
        optimizer = sample(space, trial)["optimizer"]
        return abs(math.log10(optimizer["lr"]) + 2.5) + 3 * (optimizer["name"] != "adam")

    study.optimize(loss, n_trials=60)
    late = [trial.params["optimizer"] for trial in study.trials[30:]]
    assert late.count("adam") > 5 * len(late) / len(KINDS["optimizer"])
    assert study.best_value < 0.3


def test_the_same_seed_draws_the_same_configs(parse: Any) -> None:
    space = parse(FAMILIES)

    def drawn(seed: int) -> list[dict[str, Any]]:
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
        return [sample(space, study.ask()) for _ in range(5)]

    assert drawn(4) == drawn(4) != drawn(5)


def test_a_choice_among_lists_is_text_for_optuna_and_a_list_in_the_config(
    random_study: optuna.Study, parse: Any
) -> None:
    trial = random_study.ask()
    config = sample(parse(FAMILIES), trial)
    assert trial.params["model.mlp.hidden"] == str(config["model"]["hidden"])
