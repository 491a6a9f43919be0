"""Seeds derived from the study's: whatever the order of events, the same trial draws the same numbers."""

from __future__ import annotations

from numpy.random import SeedSequence


def derived_seed(study_seed: int, *path: int) -> int:
    """A 32-bit seed for the place ``path`` (trial number, replicate …) below the study's seed."""
    return int(SeedSequence([study_seed, *path]).generate_state(1)[0])
