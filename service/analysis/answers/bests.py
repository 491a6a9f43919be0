"""Which level of a choice is better at its best, by confirmations: over seeds drawn after each best was chosen.

The best of a level is that of the confirmed study, never that of a confirmation, whose own values would choose it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.analysis.answers.confirmation import DEFAULT_SEEDS, Names, judged_looks, next_seeds, seen_looks
from service.analysis.answers.verdicts import Pairing, Question, Values, Verdict, judge
from service.analysis.answers.wording import MOST_LISTED, at_look, listed
from service.analysis.rows import Rows
from service.study.records import Over, Study


@dataclass(frozen=True)
class Bests:
    """The best trial of each level, and what confirmations have made of them."""

    study: Study
    """That of which they are trials."""
    by: str
    candidates: Mapping[str, int]
    over: Over
    looks: Sequence[Mapping[str, Values]]
    """Level to what its best trial came to, one entry for each look that is paid for."""
    by_look: Sequence[str]
    """The confirmation that each look is of; empty for one that was deleted."""
    under_way: bool
    names: Names

    @property
    def are_confirmed(self) -> bool:
        """Whether each was trained once more."""
        return bool(self.candidates) and self.candidates.keys() == {
            level for look in self.looks for level, values in look.items() if values
        }

    def verdicts(self, base: str, maximize: bool, margin: float) -> list[Verdict]:
        """Each against that of ``base``."""
        pairing: Pairing = "fold" if self.over == "folds" else "seed"
        return judge(self.looks, base, Question(maximize, margin, pairing))

    def confirmed_by(self, verdict: Verdict) -> str:
        """At which look at these two, and the confirmations whose runs of them it pools."""
        both = [
            (look, by)
            for look, by in zip(self.looks, self.by_look, strict=True)
            if {verdict.arm, verdict.reference} <= look.keys()
        ]
        names = [
            by for look, by in both[: verdict.look] if by and look[verdict.arm] and look[verdict.reference]
        ]  # one that was deleted has no name
        return f", {at_look(verdict)}: {listed(names)}" if names else ""

    def at_their_best(self, verdicts: Sequence[Verdict]) -> str:
        """Which single configurations it is that were compared, where that decided something."""
        if all(each.verdict == "unknown" for each in verdicts) or len(verdicts) >= MOST_LISTED:
            return ""
        if len(verdicts) > 1:
            return f"; each at its best: {self.named()}"
        winner_first = sorted(self.candidates, key=lambda level: self._place(level, verdicts))
        named = [self.names.again(str(self.candidates[level])) for level in winner_first]
        return f", at its best: {' against '.join(named)}"

    @staticmethod
    def _place(level: str, verdicts: Sequence[Verdict]) -> int:
        word = next((each.verdict for each in verdicts if each.arm == level), "")
        return {"better": 0, "": 1}.get(word, 2)

    def named(self) -> str:
        """``trial 3 for adam, trial 5 for sgd``."""
        first, *others = self.candidates.items()
        return ", ".join(
            [f"{self.names.first(str(first[1]))} for {first[0]}"]
            + [f"{self.names.again(str(number))} for {level}" for level, number in others]
        )

    def next_seeds(self, n_more: int | None) -> int | None:
        """With how many seeds to confirm them next; nothing where that cannot be, or would tell nothing more."""
        # More seeds do not make more folds.
        is_open = not self.are_confirmed or (n_more is not None and self.over == "seeds")
        can_be = len(self.candidates) > 1 and not self.study.is_population and not self.under_way
        return next_seeds(n_more) if is_open and can_be else None

    def offer(self, n_more: int | None) -> tuple[str, dict[str, Any] | None]:
        """The command that confirms them, as the last statement of a sentence, and the same for a program."""
        seeds = self.next_seeds(n_more)
        if seeds is None:
            return "", None
        given = "" if seeds == DEFAULT_SEEDS else f" --seeds {seeds}"
        command = f"`studyhall confirm {self.study.name} --by {self.by}{given}`"
        words = f"; {command} trains each over {seeds} fresh seeds"
        return words, {"trials": [*self.candidates.values()], "seeds": seeds}


def bests(
    rows: Rows,
    study: Study,
    by: str,
    candidates: Mapping[str, int],
    here: Study,
    confirmed: bool,
    asked: Over | None = None,
) -> Bests:
    """What the confirmations of a study tell of its ``candidates``; ``here`` is it, or the one of them that is read."""
    over, seen = seen_looks(rows, study.id, asked) if confirmed else (asked or "seeds", [])
    levels = {str(number): level for level, number in candidates.items()}
    judged = judged_looks(seen)
    return Bests(
        study=study,
        by=by,
        candidates=candidates,
        over=over,
        looks=[{levels[trial]: values for trial, values in each.values.items() if trial in levels} for each in judged],
        by_look=["" if each.study is None else each.study.name for each in judged],
        under_way=any(each.is_under_way and {*map(str, each.look.trials)} & levels.keys() for each in seen),
        names=Names.of(rows, study, here),
    )
