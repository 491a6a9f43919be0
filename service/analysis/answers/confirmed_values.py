"""What the trials that confirmations have judged came to, over all their runs: the values to which verdicts belong."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from service.analysis.answers.confirmation import Seen
from service.analysis.statistics.noise import of_mean
from service.analysis.statistics.verdicts import OVER
from service.study.records import Over


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
    over: Over
    """What was varied."""
    studies: Sequence[str]
    """The confirmations that trained it, the newest last."""


def confirmed_values(seen: Sequence[Seen], asked: Over, *, is_share: bool = False) -> list[ConfirmedValue]:
    """Of each trial that the looks have values of, over what is asked, or else over what there is.

    A unit that several looks have counts as their mean, as in verdicts. Student's t knows no bounds; where a value
    ``is_share`` of examples, it has them.
    """
    found: dict[int, ConfirmedValue] = {}
    for over in sorted(OVER.values(), key=lambda over: over != asked):
        for each in _over(seen, over, is_share):
            found.setdefault(each.trial, each)
    return [*found.values()]


def _over(seen: Sequence[Seen], over: Over, is_share: bool) -> Iterator[ConfirmedValue]:
    pooled: dict[str, dict[Hashable, list[float]]] = {}
    studies: dict[str, list[str]] = {}
    for look in seen:
        for arm, units in look.varied.of(over).items():
            for unit, value in units.items():
                pooled.setdefault(arm, {}).setdefault(unit, []).append(value)
            if units and look.study is not None:
                studies.setdefault(arm, []).append(look.study.name)
    for arm, by_unit in pooled.items():
        values = [fmean(each) for each in by_unit.values()]
        low, high = of_mean(values, folds=over == "folds") or (None, None)
        if is_share and low is not None and high is not None:
            low, high = max(0.0, low), min(1.0, high)
        spread = stdev(values) if len(values) > 1 else None
        yield ConfirmedValue(int(arm), fmean(values), spread, len(values), low, high, over, studies[arm])
