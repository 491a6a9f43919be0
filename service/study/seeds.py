"""The seeds of runs: listed in the definition, or derived from the study's.

Derived, they depend on the place alone: whatever the order of events, the same trial draws the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

from numpy.random import SeedSequence

from service.study.definition import StudyDefinition


def run_seeds(definition: StudyDefinition, trial: int) -> Sequence[int]:
    """The seeds of the runs of the trial with this number, one for each replicate."""
    seeds = definition.replicates.seeds
    if isinstance(seeds, int):
        return [derived_seed(definition.seed, trial, replicate) for replicate in range(seeds)]
    return seeds


def derived_seed(study_seed: int, *path: int) -> int:
    """A 32-bit seed for the place ``path`` (trial number, replicate …) below the study's seed."""
    return int(SeedSequence([study_seed, *path]).generate_state(1)[0])
