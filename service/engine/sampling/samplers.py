"""Optuna samplers from their part of the study definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial

from search_spaces.space import SearchSpace
from service.study.samplers import GridSampler, RandomSampler, Sampler, TPESampler

GOOD = 25
"""Trials that TPE counts as good at most, in Optuna's default: a tenth of all, up to this."""


def make_sampler(part: Sampler, space: SearchSpace, seed: int, *, started: bool) -> optuna.samplers.BaseSampler:
    """The sampler for one ask. Every argument is passed, because Optuna's defaults change between versions.

    ``started`` says whether the trials that are drawn at random have all been told.
    """
    if isinstance(part, TPESampler) and started:
        return ConditionalTPE(part, space, seed)
    return optuna.samplers.RandomSampler(seed=seed)


def learns(part: Sampler) -> bool:
    """Whether what the sampler proposes depends on earlier results; if not, trials may be drawn ahead."""
    return not isinstance(part, GridSampler | RandomSampler)


def keeps_order(part: Sampler) -> bool:
    """Whether a trial is drawn from the same results whichever of those before it ends first."""
    return isinstance(part, TPESampler) and part.order == "strict"


class ConditionalTPE(optuna.samplers.BaseSampler):
    """TPE over a conditional space, for one ask: parameters of one condition are modeled together.

    Optuna's ``group`` finds the same groups by looking at every trial, and draws from all of them. Here they are read
    off the space, and only those are drawn from that the configuration takes: a sixth of the work over the optimizers.
    """

    def __init__(self, part: TPESampler, space: SearchSpace, seed: int) -> None:
        self._tpe = optuna.samplers.TPESampler(
            n_startup_trials=0,
            n_ei_candidates=part.n_ei_candidates,
            multivariate=part.multivariate,
            group=False,
            constant_liar=part.constant_liar,
            seed=seed,
        )
        self._groups = _groups(space) if part.multivariate else {}
        self._drawn: dict[str, Any] = {}

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Nothing: which parameters there are is known only while they are drawn."""
        return {}

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Nothing, as said."""
        return {}

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """The parameter's value, drawn with those of its condition when the first of them is wanted."""
        if param_name not in self._drawn:
            group = self._groups.get(param_name)
            self._drawn |= (
                self._tpe.sample_relative(study, trial, dict(group))
                if group
                else {param_name: self._tpe.sample_independent(study, trial, param_name, param_distribution)}
            )
        return self._drawn[param_name]


def _groups(space: SearchSpace) -> Mapping[str, Mapping[str, BaseDistribution]]:
    """Parameter to what is drawn together with it: all that occur under the same condition and can vary at all."""
    by_condition: dict[str, dict[str, BaseDistribution]] = {}
    for parameter in space.parameters:
        distribution = parameter.range.distribution()
        if not distribution.single():
            by_condition.setdefault(parameter.condition, {})[parameter.path] = distribution
    return {path: group for group in by_condition.values() for path in group}
