"""Which level of a choice is better at its best, by confirmations: over seeds drawn after each best was chosen.

The best of a level is that of the confirmed study, never that of a confirmation, whose own values would choose it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.analysis.answers.confirmation import VARIED, Names, judged_looks, seen_looks
from service.analysis.answers.verdicts import Pairing, Question, Values, Verdict, judge
from service.analysis.rows import Rows
from service.study.records import Over, Study


@dataclass(frozen=True)
class Bests:
    """The best trial of each level, and what confirmations have made of them."""

    study: Study
    """That of which they are trials."""
    candidates: Mapping[str, int]
    over: Over
    looks: Sequence[Mapping[str, Values]]
    """Level to what its best trial came to, one entry for each look that is paid for."""
    trained_by: Sequence[str]
    """The confirmations that have trained some of them."""
    under_way: bool
    names: Names

    @property
    def are_confirmed(self) -> bool:
        """Whether each was trained once more."""
        return bool(self.candidates) and self.candidates.keys() == {level for look in self.looks for level in look}

    def verdicts(self, base: str, maximize: bool, margin: float) -> list[Verdict]:
        """Each against that of ``base``."""
        pairing: Pairing = "fold" if self.over == "folds" else "seed"
        return judge(self.looks, base, Question(maximize, margin, pairing))

    def varied(self) -> str:
        """Over what, and which trials they are."""
        return f"over {VARIED[self.over]}, at look {len(self.looks)}; trained once more by {', '.join(self.trained_by)}"

    def named(self) -> str:
        """``trial 3 for adam, trial 5 for sgd``."""
        first, *others = self.candidates.items()
        return ", ".join(
            [f"{self.names.first(str(first[1]))} for {first[0]}"]
            + [f"{self.names.again(str(number))} for {level}" for level, number in others]
        )


def bests(rows: Rows, study: Study, candidates: Mapping[str, int], here: Study, confirmed: bool) -> Bests:
    """What the confirmations of a study tell of its ``candidates``; ``here`` is it, or the one of them that is read."""
    over, seen = seen_looks(rows, study.id) if confirmed else ("seeds", [])
    levels = {str(number): level for level, number in candidates.items()}
    judged = judged_looks(seen)
    return Bests(
        study=study,
        candidates=candidates,
        over=over,
        looks=[{levels[trial]: values for trial, values in each.values.items() if trial in levels} for each in judged],
        trained_by=[each.study.name for each in judged if each.study and levels.keys() & each.values.keys()],
        under_way=any(each.is_under_way and {*map(str, each.look.trials)} & levels.keys() for each in seen),
        names=Names.of(rows, study, here),
    )
