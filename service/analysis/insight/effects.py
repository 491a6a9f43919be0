"""What trials came to by the values of each parameter, and which parameters' effects depend on each other.

All of it is observed, nothing modelled: the median of the completed trials in each part of a range, with an interval
that needs no assumption on how they are spread. The others of their parameters varied too, and a sampler that learns
leaves better-tuned trials where it draws more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution, CategoricalDistribution
from scipy.special import bdtr, fdtrc

from service.analysis.insight.drawn import Codes, Levels, domains, levels_of
from service.analysis.judged import Judged, by_one, judged
from service.analysis.rows import Rows
from service.study.records import Trial

MOST_LEVELS = 12
LEAST_IN_A_LEVEL = 8
"""Completed trials in a stretch of a range, where there are enough for more than one."""
CROSSED_LEVELS = 4
"""Stretches of a range in which interactions are looked for."""
LEAST_TOGETHER = 30
"""Completed trials that must have both parameters of a pair."""
SHOWN_PAIRS = 20
Numbers = NDArray[np.float64]


def effects(rows: Rows, study_id: str, *, objective: str | None = None) -> dict[str, Any]:
    """Each parameter's effect, in the order of drawing, and the strongest interactions."""
    known = judged(rows, study_id, objective)
    varied = domains(known.measured)
    return {
        "objective": known.by,
        "trials": known.used,
        "items": [_effect(known, path, domain) for path, domain in varied.items()],
        "pairs": _interactions(known.measured, varied),
        "notes": [*_notes(known), *by_one(known.study, known.objective)],
    }


def _effect(known: Judged, path: str, domain: BaseDistribution) -> dict[str, Any]:
    measured = [trial for trial in known.measured if path in trial.parameters]
    beaten = [trial for trial in known.beaten if path in trial.parameters]
    at_most = max(1, min(MOST_LEVELS, len(measured) // LEAST_IN_A_LEVEL))
    levels = levels_of(domain, [trial.parameters[path] for trial in (*measured, *beaten)], at_most)
    values = np.array([trial.value for trial in measured])
    codes, lost = levels.codes[: len(measured)], levels.codes[len(measured) :]
    return {
        "parameter": path,
        "log": bool(getattr(domain, "log", False)),
        "categorical": isinstance(domain, CategoricalDistribution),
        "levels": [
            {**label, **summary(values[codes == code]), "n_beaten": int(np.sum(lost == code))}
            for code, label in enumerate(levels.labels)
        ],
    }


def summary(values: Numbers) -> dict[str, Any]:
    """How many values there are, their median with its 95 % interval, and the quartiles."""
    if not len(values):
        return {"n": 0, **dict.fromkeys(("median", "median_low", "median_high", "quartile_1", "quartile_3"))}
    first, median, third = np.quantile(values, [0.25, 0.5, 0.75])
    low, high = median_interval(values)
    return {
        "n": len(values),
        **{"median": median, "median_low": low, "median_high": high},
        **{"quartile_1": first, "quartile_3": third},
    }


def median_interval(values: Numbers) -> tuple[float, float] | tuple[None, None]:
    """The values between which the median lies at 95 %, by the sign test; nothing for fewer than six."""
    place = _place(len(values))
    if place == 0:
        return None, None
    ordered = np.sort(values)
    return float(ordered[place - 1]), float(ordered[-place])


@lru_cache(maxsize=4096)
def _place(n: int) -> int:
    """Of the ordered values the last that has at most 2.5 % to lie above the median, counted from 1; 0 for none."""
    return int(np.searchsorted(bdtr(np.arange(n + 1), n, 0.5), 0.025))


def _interactions(measured: Sequence[Trial], varied: Mapping[str, BaseDistribution]) -> list[dict[str, Any]]:
    """The strongest first; each p is corrected for all the pairs that were looked at (Holm, 1979).

    The values are ranked, so that a few trials that came to absurd losses do not decide.
    """
    ranks = _ranks(np.array([trial.value for trial in measured], dtype=float))
    parameters = [_Crossed.of(measured, path, domain) for path, domain in varied.items()]
    found = [pair for one, other in combinations(parameters, 2) if (pair := _interaction(ranks, one, other))]
    for pair, p in zip(found, corrected([pair["p"] for pair in found]), strict=True):
        pair["p"] = p
    return sorted(found, key=lambda pair: -float(pair["strength"]))[:SHOWN_PAIRS]


def corrected(ps: Sequence[float]) -> list[float]:
    """What each p is worth when all of them were looked at, in their order."""
    least, found = 0.0, [1.0] * len(ps)
    for place, index in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        least = found[index] = min(1.0, max(least, ps[index] * (len(ps) - place)))
    return found


@dataclass(frozen=True)
class _Crossed:
    """A parameter in a few levels, by the places of those trials that have it."""

    path: str
    places: NDArray[np.intp]
    levels: Levels

    @classmethod
    def of(cls, trials: Sequence[Trial], path: str, domain: BaseDistribution) -> _Crossed:
        places = [place for place, trial in enumerate(trials) if path in trial.parameters]
        values = [trials[place].parameters[path] for place in places]
        return cls(path, np.array(places, dtype=np.intp), levels_of(domain, values, CROSSED_LEVELS))


def _ranks(values: Numbers) -> Numbers:
    """From 1; equal values have the mean of their ranks."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Numbers = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return ranks


def _interaction(ranks: Numbers, one: _Crossed, other: _Crossed) -> dict[str, Any] | None:
    """How much of the variance of the ranks two parameters explain together beyond the sum of their effects.

    It is the omega squared of a two-way analysis of variance, with its F test. Nothing where they seldom occur
    together, or one says the other.
    """
    shared, of_one, of_other = np.intersect1d(one.places, other.places, assume_unique=True, return_indices=True)
    if len(shared) < LEAST_TOGETHER:
        return None
    width = len(other.levels.labels)
    cells, y = one.levels.codes[of_one] * width + other.levels.codes[of_other], ranks[shared]
    counts = np.bincount(cells)
    taken = np.flatnonzero(counts)
    n, means = counts[taken], np.bincount(cells, y)[taken] / counts[taken]
    additive, freedom = _additive(taken // width, taken % width, n, means)
    beyond, within = float(n @ (means - additive) ** 2), float(y @ y - n @ means**2)
    rest = len(y) - len(taken)
    if freedom < 1 or rest < 1 or within <= 0:
        return None
    error = within / rest
    spread = float(y @ y - len(y) * y.mean() ** 2)
    return {
        "parameters": [one.path, other.path],
        "strength": max(0.0, (beyond - freedom * error) / (spread + error)),
        "p": float(fdtrc(freedom, rest, beyond / freedom / error)),
        "n": len(y),
    }


def _additive(rows: NDArray[np.intp], columns: NDArray[np.intp], n: Codes, means: Numbers) -> tuple[Numbers, int]:
    """The means of the cells if the effects of rows and columns only added up, and the degrees of freedom beyond."""
    design = np.hstack([rows[:, None] == np.unique(rows), columns[:, None] == np.unique(columns)]).astype(float)
    weights = np.sqrt(n)
    solution, _, rank, _ = np.linalg.lstsq(design * weights[:, None], means * weights)
    return design @ solution, len(n) - int(rank)


def _notes(known: Judged) -> Iterator[str]:
    if not known.measured:
        yield "no trial has completed yet"
        return
    if known.beaten:
        yield (
            f"{len(known.beaten)} trials were pruned, diverged, took too long or are infeasible: the medians are of "
            "those that came through"
        )
    if known.learns:
        yield (
            "the sampler learned while it searched, so where it drew more its trials are better tuned in all their "
            "parameters: a lower level there is not this parameter's effect alone"
        )
