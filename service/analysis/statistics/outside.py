"""Trials of one run each whose values no seed explains: at chance, or far outside what the others came to.

Nobody knows how far one run scatters, so nothing is claimed of the order of such trials. All the same nobody believes
that 0 and 0.9 may be equal. Far is what it is among the runs of one trial (`service.study.replicates`), but about the
median of all: of many trials, leaving out the one that is judged changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from service.study.replicates import FAR, FEWEST, FLOOR, NORMAL


def outside(values: Sequence[float], guessing: Sequence[float | None], *, maximize: bool) -> Mapping[int, str]:
    """The places of those that are, each with why; ``guessing`` is what always answering the same gives each."""
    pairs = enumerate(zip(values, guessing, strict=True))
    at_chance = {place: "at chance" for place, (value, least) in pairs if least is not None and value <= least}
    places = [place for place in range(len(values)) if place not in at_chance]
    if len(places) < FEWEST:
        return at_chance
    judged = np.array([values[place] for place in places])
    middle = float(np.median(judged))
    spread = max(NORMAL * float(np.median(np.abs(judged - middle))), FLOOR * abs(middle))
    behind = (middle - judged) if maximize else (judged - middle)
    far = [place for place, distance in zip(places, behind, strict=True) if distance > FAR * spread]
    return at_chance | dict.fromkeys(far, f"far from the median {middle:.3g}")
