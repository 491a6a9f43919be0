"""Optuna samplers from their part of the study definition."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.trial import FrozenTrial

from search_spaces.distributions import distribution_of
from search_spaces.leaves import Parameter
from search_spaces.space import SearchSpace
from service.engine.sampling.genetic import genetic_sampler
from service.study.definitions.modeled import moved_by_cmaes, unconditional
from service.study.definitions.samplers import (
    CMAESSampler,
    GPSampler,
    GridSampler,
    NamedSampler,
    NSGA2Sampler,
    NSGA3Sampler,
    PBTSampler,
    QMCSampler,
    RandomSampler,
    TPESampler,
)

optuna.logging.set_verbosity(optuna.logging.WARNING)

GOOD = 25
"""Trials that TPE counts as good at most, in Optuna's default: a tenth of all, up to this."""


STATE = ("cma:", "nsga:")
"""What the names begin with of that which CMA-ES and the genetic samplers write down of a trial."""
GENERATION = "cma:generation"
"""Among them: the generation that the trial belongs to."""


@dataclass(frozen=True)
class Seeds:
    """What a draw's random numbers depend on."""

    trial: int
    """Of this draw alone."""
    sequence: int
    """Of the study's sequence, where the sampler follows one, and the draw's place in it."""
    index: int = 0


def make_sampler(part: NamedSampler, space: SearchSpace, seeds: Seeds) -> optuna.samplers.BaseSampler:
    """The sampler for one ask, of those that do not draw by chance alone.

    Every argument is passed, because Optuna's defaults change between versions.
    """
    match part:
        case QMCSampler():
            return EvenlySpread(part, space, seeds)
        case NSGA2Sampler() | NSGA3Sampler():
            return genetic_sampler(part, _varying(unconditional(space)), seeds.trial)
        case TPESampler():
            return ConditionalTPE(part, space, seeds.trial)
        case GPSampler():
            return UnconditionalGP(part, space, seeds.trial)
        case CMAESSampler():
            return UnconditionalCMAES(part, space, seeds.trial)
    raise TypeError(f"{part.name} draws by chance alone")


def kept_state(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """What a sampler wrote down when it proposed a trial, among the trial's attributes."""
    return {name: value for name, value in attributes.items() if name.startswith(STATE)}


def learns(part: NamedSampler) -> bool:
    """Whether what the sampler proposes depends on earlier results; if not, trials may be drawn ahead."""
    return not isinstance(part, GridSampler | RandomSampler | QMCSampler | PBTSampler)


def n_startup_trials(part: NamedSampler) -> int:
    """How many results a sampler waits for until it uses them."""
    return part.n_startup_trials if isinstance(part, TPESampler | GPSampler | CMAESSampler) else 0


def keeps_order(part: NamedSampler) -> bool:
    """Whether a trial is drawn from the same results whichever of those before it ends first."""
    return isinstance(part, TPESampler) and part.order == "strict"


class EvenlySpread(optuna.samplers.QMCSampler):
    """One point of a sequence over all parameters of the space, those under a condition too.

    Optuna counts the points in the study's attributes, and takes the first trial's parameters for all there are.
    """

    def __init__(self, part: QMCSampler, space: SearchSpace, seeds: Seeds) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            super().__init__(
                qmc_type=part.sequence,
                scramble=part.scramble,
                seed=seeds.sequence,
                independent_sampler=optuna.samplers.RandomSampler(seed=seeds.trial),
                warn_asynchronous_seeding=False,
                warn_independent_sampling=False,
            )
        self._index = seeds.index
        self._coordinates = _varying(space.parameters)

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """A coordinate for each parameter of the space."""
        return self._coordinates

    def _find_sample_id(self, study: optuna.Study, search_space: dict[str, BaseDistribution]) -> int:
        return self._index


class UnconditionalGP(optuna.samplers.GPSampler):
    """A Gaussian process over the parameters that every configuration has, for one ask."""

    def __init__(self, part: GPSampler, space: SearchSpace, seed: int) -> None:
        super().__init__(
            seed=seed,
            independent_sampler=optuna.samplers.RandomSampler(seed=seed),
            n_startup_trials=0,
            deterministic_objective=False,
            warn_independent_sampling=False,
        )
        self._deterministic = part.deterministic  # Optuna warns of the argument, and takes it all the same
        self._modeled = _varying(unconditional(space))

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """What every configuration has."""
        return self._modeled


class UnconditionalCMAES(optuna.samplers.CmaEsSampler):
    """The next member of a generation, over the numbers that every configuration has."""

    def __init__(self, part: CMAESSampler, space: SearchSpace, seed: int) -> None:
        super().__init__(
            n_startup_trials=0,
            independent_sampler=optuna.samplers.RandomSampler(seed=seed),
            warn_independent_sampling=False,
            seed=seed,
            consider_pruned_trials=False,
            popsize=part.population,
            use_separable_cma=False,
            with_margin=False,
            lr_adapt=False,
            source_trials=None,
        )
        self._moved = _varying(moved_by_cmaes(space))

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """The numbers that every configuration has."""
        return self._moved


def _varying(parameters: Iterable[Parameter]) -> dict[str, BaseDistribution]:
    return {each.path: distribution_of(each.range) for each in parameters if each.range.varies}


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
        if parameter.range.varies:
            by_condition.setdefault(parameter.condition, {})[parameter.path] = distribution_of(parameter.range)
    return {path: group for group in by_condition.values() for path in group}
