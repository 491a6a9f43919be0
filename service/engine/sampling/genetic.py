"""Genetic samplers, each for one ask: whatever they know of generations and parents stands with the trials.

Optuna chooses the parents of a generation once, and keeps them with the study. Here they are written down with each
trial of the generation: a search that was rebuilt breeds from the same, whatever has ended since.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import nsgaii
from optuna.trial import FrozenTrial

from service.study.definitions.samplers import NSGA2Sampler, NSGA3Sampler

BRED = "nsga:generation"
"""Among a trial's attributes: the generation that it belongs to, from 0."""
PARENTS = "nsga:parents"
"""The numbers of the trials that the generation is bred from; none for the first."""
Bred = dict[str, BaseDistribution]
"""The parameters that are bred, and what they are drawn from."""


class _KeptWithTrials:
    """Names Optuna's attributes as above, and breeds what every configuration has."""

    _bred: Bred

    @classmethod
    def _get_generation_key(cls) -> str:
        return BRED

    @classmethod
    def _get_parent_cache_key_prefix(cls) -> str:
        return f"{PARENTS}:"

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> Bred:
        """What every configuration has."""
        return self._bred


class _NSGA2(_KeptWithTrials, optuna.samplers.NSGAIISampler):
    def __init__(self, part: NSGA2Sampler, bred: Bred, seed: int) -> None:
        super().__init__(**_settings(part, seed))
        self._bred = bred


class _NSGA3(_KeptWithTrials, optuna.samplers.NSGAIIISampler):
    def __init__(self, part: NSGA3Sampler, bred: Bred, seed: int) -> None:
        super().__init__(**_settings(part, seed), reference_points=None, dividing_parameter=part.divisions)
        self._bred = bred


def genetic_sampler(part: NSGA2Sampler | NSGA3Sampler, bred: Bred, seed: int) -> optuna.samplers.BaseSampler:
    """The sampler of a part of the study definition."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        return _NSGA2(part, bred, seed) if isinstance(part, NSGA2Sampler) else _NSGA3(part, bred, seed)


def _settings(part: NSGA2Sampler | NSGA3Sampler, seed: int) -> dict[str, Any]:
    crossovers = {
        "uniform": nsgaii.UniformCrossover(part.swapping_prob),
        "blx_alpha": nsgaii.BLXAlphaCrossover(),
        "sbx": nsgaii.SBXCrossover(),
    }
    return {
        "population_size": part.population,
        "mutation": None,
        "mutation_prob": part.mutation_prob,
        "crossover": crossovers[part.crossover],
        "crossover_prob": part.crossover_prob,
        "swapping_prob": part.swapping_prob,
        "seed": seed,
    }


def remembered_parents(states: Iterable[Mapping[str, Any]], offset: int) -> dict[str, list[int]]:
    """The study's attributes that hold each generation's parents, from what stands with trials.

    ``offset`` is what a trial's id is more than its number.
    """
    kept = [(state[BRED], state[PARENTS]) for state in states if BRED in state]
    return {f"{PARENTS}:{generation}": [number + offset for number in parents] for generation, parents in kept}


def breeding(of_trial: Mapping[str, Any], of_study: Mapping[str, Any], offset: int) -> dict[str, Any]:
    """What is to stand with a trial that was drawn; nothing where it was not bred."""
    if BRED not in of_trial:
        return {}
    generation = of_trial[BRED]
    parents = of_study.get(f"{PARENTS}:{generation}", ())
    return {BRED: generation, PARENTS: [trial_id - offset for trial_id in parents]}
