"""The seeds of runs: listed in the definition, or derived from the study's.

Derived, they depend on the place alone: whatever the order of events, the same trial draws the same numbers. A trial of
several runs has the seeds that all trials have, so that two trials differ by their configurations alone and can be
compared run by run. A trial of one run has a seed of its own: a search in which all trials had the same one would tune
to that seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from numpy.random import SeedSequence

from service.study.definitions.definition import StudyDefinition

_SEQUENCE = 2**31 + 1
"""A place below the study's seed that no trial's number comes to."""


def run_seeds(definition: StudyDefinition, trial: int) -> Sequence[int]:
    """The seeds of the runs of the trial with this number, one for each replicate."""
    replicates = definition.replicates
    if isinstance(replicates.seeds, int):
        place = 0 if replicates.paired and replicates.n_runs > 1 else trial
        return [derived_seed(definition.seed, place, replicate) for replicate in range(replicates.seeds)]
    return replicates.seeds


def derived_seed(study_seed: int, *path: int) -> int:
    """A 32-bit seed for the place ``path`` (trial number, replicate …) below the study's seed."""
    return int(SeedSequence([study_seed, *path]).generate_state(1)[0])


@lru_cache  # asked for with each draw of a study
def sequence_seed(seed: int) -> int:
    """The seed of a sequence over all trials of a study."""
    return derived_seed(seed, _SEQUENCE)
