"""What the trials that confirmations have judged came to, over all their runs: the values to which verdicts belong."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from service.analysis.answers.confirmation import Seen
from service.analysis.answers.noise import of_mean


@dataclass(frozen=True)
class ConfirmedValue:
    """The mean of a trial's pooled runs, by seed or by fold."""

    trial: int
    """Its number in the confirmed study."""
    value: float
    std: float | None
    """The sample standard deviation."""
    n: int
    low: float | None
    high: float | None
    """The 95 % interval of the mean."""
    studies: Sequence[str]
    """The confirmations that trained it, the newest last."""


def confirmed_values(judged: Sequence[Seen], *, folds: bool, is_share: bool = False) -> list[ConfirmedValue]:
    """Of each trial that the looks have values of; a unit that several have counts as their mean, as in verdicts.

    Student's t knows no bounds; where a value ``is_share`` of examples, it has them.
    """
    pooled: dict[str, dict[Hashable, list[float]]] = {}
    studies: dict[str, list[str]] = {}
    for look in judged:
        for arm, units in look.values.items():
            for unit, value in units.items():
                pooled.setdefault(arm, {}).setdefault(unit, []).append(value)
            if units and look.study is not None:
                studies.setdefault(arm, []).append(look.study.name)
    found = []
    for arm, by_unit in pooled.items():
        values = [fmean(each) for each in by_unit.values()]
        low, high = of_mean(values, folds=folds) or (None, None)
        if is_share and low is not None and high is not None:
            low, high = max(0.0, low), min(1.0, high)
        spread = stdev(values) if len(values) > 1 else None
        found.append(ConfirmedValue(int(arm), fmean(values), spread, len(values), low, high, studies[arm]))
    return found
