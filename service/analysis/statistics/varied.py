"""Verdicts where some looks vary seeds and others folds: these answer different questions, and are not pooled.

A look spends its level on what it varies alone: the verdicts over the other stay as they are. So both kinds together
err as rarely as one would.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from service.analysis.statistics.verdicts import OVER, Question, Values, Verdict, judge
from service.study.records import Over


@dataclass(frozen=True)
class Varied:
    """What one look varied, and what each arm that it trained came to by it."""

    over: Over
    values: Mapping[str, Values]

    def of(self, over: Over) -> Mapping[str, Values]:
        """The same arms, with values if it varied this."""
        return self.values if self.over == over else {arm: {} for arm in self.values}


@dataclass(frozen=True)
class VariedVerdicts:
    """One verdict for each arm: over what was asked, unless the other alone has values or has decided."""

    verdicts: Sequence[Verdict]
    further: Sequence[Verdict]
    """Of arms that have values over both, the others."""

    def without(self, arms: Iterable[str]) -> VariedVerdicts:
        """All but these, for which was paid all the same."""
        left_out = {*arms}
        kept = ([each for each in some if each.arm not in left_out] for some in (self.verdicts, self.further))
        return VariedVerdicts(*kept)


def judge_varied(
    looks: Sequence[Varied], reference: str, asked: Over, *, maximize: bool, margin: float, only: bool = False
) -> VariedVerdicts:
    """Each arm against the ``reference``, as `verdicts.judge` does it; ``only`` over what is asked, or over both."""
    found = {
        over: judge([look.of(over) for look in looks], reference, Question(maximize, margin, pairing))
        for pairing, over in OVER.items()
    }
    others = {
        each.arm: each for over, verdicts in found.items() for each in verdicts if over != asked and each.n and not only
    }
    first, further = [], []
    for each in found[asked]:
        other = others.get(each.arm)
        tells_less = other is not None and (not each.n or (each.verdict == "unknown" != other.verdict))
        first.append(other if other is not None and tells_less else each)
        further += [each if tells_less else other] if other is not None and each.n else []
    return VariedVerdicts(first, further)
