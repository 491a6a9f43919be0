"""Which sampler suits a study: the one that the space admits and that makes the most of its trials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from search_spaces.space import SearchSpace
from service.study.definitions.modeled import FEWEST_MOVED, moved_by_cmaes, unconditional
from service.study.definitions.samplers import CMAESSampler, GPSampler, NamedSampler, QMCSampler, TPESampler

if TYPE_CHECKING:
    from service.study.definitions.definition import StudyDefinition

MOST_TRIALS_OF_GP = 250
"""Beyond, an answer takes a second, and other samplers come as far."""
MOST_PARAMETERS_OF_GP = 20
MOST_AT_ONCE_OF_GP = 16
"""With more, trials wait for its answers, which come one after the other."""


def choose(definition: StudyDefinition, space: SearchSpace) -> tuple[NamedSampler, str]:
    """The choice, and the reason in words."""
    n_trials, n_objectives = definition.max_trials, len(definition.objectives)
    if n_trials is not None and definition.max_concurrent_trials >= n_trials:
        return QMCSampler(), f"all {n_trials:,} trials train at once, so that none can learn from another"
    if n_objectives > 1:
        return TPESampler(), f"{n_objectives} objectives, and tpe takes several, over conditions and in parallel too"
    return _by_size(definition, space)


def _by_size(definition: StudyDefinition, space: SearchSpace) -> tuple[NamedSampler, str]:
    """The choice for one objective, where trials can learn from another."""
    free, moved = unconditional(space), moved_by_cmaes(space)
    varying = [each for each in space.parameters if each.range.varies]
    n, n_trials, at_once = len(varying), definition.max_trials, definition.max_concurrent_trials
    if len(free) < n:
        return TPESampler(), f"{n - len(free)} of {n} parameters exist under a condition alone, which tpe models"
    if n_trials is None:
        return TPESampler(), f"as many trials over {_parameters(n)} as the budget allows: tpe takes few and many"
    if n_trials <= MOST_TRIALS_OF_GP and n <= MOST_PARAMETERS_OF_GP and at_once <= MOST_AT_ONCE_OF_GP and n:
        return GPSampler(), f"{n_trials:,} trials over {_parameters(n)}, of which a Gaussian process makes the most"
    if n_trials > MOST_TRIALS_OF_GP and len(moved) == n >= FEWEST_MOVED and not definition.constraints:
        return CMAESSampler(), f"{n_trials:,} trials over {_parameters(n)}, all of them numbers"
    return TPESampler(), f"{n_trials:,} trials over {_parameters(n)}, {at_once} at once"


def _parameters(n: int) -> str:
    return "one parameter" if n == 1 else f"{n} parameters"
