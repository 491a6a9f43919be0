"""What parameters were drawn from, and the part of a range in which a value lies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution, CategoricalDistribution, json_to_distribution

from service.study.records import Trial

Codes = NDArray[np.intp]


@lru_cache(maxsize=4096)
def distribution(text: str) -> BaseDistribution:
    """A distribution from its stored text; the same few texts stand in every trial."""
    return json_to_distribution(text)


def domains(trials: Iterable[Trial]) -> Mapping[str, BaseDistribution]:
    """Every parameter that some trial has and that can vary, with what it was drawn from, in the order of drawing."""
    texts: dict[str, str] = {}
    for trial in trials:
        if trial.distributions.keys() - texts.keys():
            texts = {**trial.distributions, **texts}
    known = {path: distribution(text) for path, text in texts.items()}
    return {path: domain for path, domain in known.items() if not domain.single()}


@dataclass(frozen=True)
class Levels:
    """A parameter's values put into a few levels: its choices, its few numbers, or stretches with equally many."""

    codes: Codes
    """The level of each value."""
    labels: Sequence[Mapping[str, Any]]
    """For each level its ``choice``, or the least and the greatest number in it, ``low`` and ``high``."""


def levels_of(domain: BaseDistribution, values: Sequence[Any], at_most: int) -> Levels:
    """The levels of values that were drawn from a domain; choices have one each, numbers are put together."""
    if isinstance(domain, CategoricalDistribution):
        codes = np.array([int(domain.to_internal_repr(value)) for value in values], dtype=np.intp)
        return Levels(codes, [{"choice": choice, "low": None, "high": None} for choice in domain.choices])
    numbers = np.asarray(values, dtype=float)
    distinct = np.unique(numbers)
    if len(distinct) > at_most:
        inner = np.unique(np.quantile(numbers, np.linspace(0, 1, at_most + 1)[1:-1], method="higher"))
        edges = inner[inner > distinct[0]]
    else:
        edges = distinct[1:]
    codes = np.searchsorted(edges, numbers, side="right")
    stretches = [numbers[codes == code] for code in range(len(edges) + 1)]
    labels = [{"choice": None, "low": each.min(), "high": each.max()} for each in stretches if len(each)]
    return Levels(codes, labels)
