"""Optuna samplers from their part of the study definition."""

from __future__ import annotations

import warnings

import optuna

from service.study.definition import GridSampler, RandomSampler, Sampler, TPESampler


def make_sampler(part: Sampler, seed: int, n_left_out: int = 0) -> optuna.samplers.BaseSampler:
    """The sampler for one ask. Every argument is passed, because Optuna's defaults change between versions.

    ``n_left_out`` draws had a conflict: they teach the sampler, but are not among the trials it starts with at random.
    """
    if isinstance(part, TPESampler):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            return optuna.samplers.TPESampler(
                n_startup_trials=part.n_startup_trials + n_left_out,
                n_ei_candidates=part.n_ei_candidates,
                multivariate=part.multivariate,
                group=part.multivariate,  # conditional parameters are modeled where they occur
                constant_liar=part.constant_liar,
                seed=seed,
            )
    return optuna.samplers.RandomSampler(seed=seed)


def learns(part: Sampler) -> bool:
    """Whether what the sampler proposes depends on earlier results; if not, trials may be drawn ahead."""
    return not isinstance(part, GridSampler | RandomSampler)
