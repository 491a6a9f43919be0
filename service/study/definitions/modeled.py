"""Which parameters of a space samplers can model that know no conditions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from experiments.errors import Problem
from search_spaces.leaves import Parameter
from search_spaces.ranges import Numeric
from search_spaces.space import SearchSpace
from service.study.definitions.samplers import CMAESSampler, GPSampler, NSGA2Sampler, NSGA3Sampler

if TYPE_CHECKING:
    from service.study.definitions.definition import StudyDefinition

FEWEST_MOVED = 2
"""Numbers without which CMA-ES has no covariance to adapt."""


def unconditional(space: SearchSpace) -> list[Parameter]:
    """What varies in every configuration."""
    return [each for each in space.parameters if not each.condition and each.range.varies]


def moved_by_cmaes(space: SearchSpace) -> list[Parameter]:
    """The numbers among them."""
    return [parameter for parameter in unconditional(space) if isinstance(parameter.range, Numeric)]


def sampler_problems(definition: StudyDefinition, space: SearchSpace) -> Iterator[Problem]:
    """A sampler that could do nothing but draw at random over this space."""
    sampler, n_moved = definition.sampler, len(moved_by_cmaes(space))
    if isinstance(sampler, CMAESSampler) and n_moved < FEWEST_MOVED:
        found = {0: "none", 1: "one"}[n_moved]
        message = f"cmaes moves numbers that every configuration has, at least two, and this space has {found}"
        yield Problem("sampler", f"{message}; use tpe, which takes choices and conditions too")
    if isinstance(sampler, GPSampler | NSGA2Sampler | NSGA3Sampler) and not unconditional(space):
        does = "models" if isinstance(sampler, GPSampler) else "breeds"
        message = f"{sampler.name} {does} parameters that every configuration has, and this space has none"
        yield Problem("sampler", f"{message}; use tpe, which takes conditions too")
