"""Which level of a choice is better at its best, by confirmations: over seeds drawn after each best was chosen.

The best of a level is that of the confirmed study, never that of a confirmation, whose own values would choose it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.analysis.answers.confirmation import (
    Names,
    first_asked,
    judged_looks,
    next_seeds,
    seen_looks,
)
from service.analysis.answers.planning import DEFAULT_SEEDS, seeds_to_begin_of
from service.analysis.answers.wording import MOST_LISTED, at_look, listed
from service.analysis.rows import Rows
from service.analysis.statistics.varied import Varied, VariedVerdicts, judge_varied
from service.analysis.statistics.verdicts import Verdict, worth_deciding
from service.study.records import Over, Study, Trial


@dataclass(frozen=True)
class Bests:
    """The best trial of each level, and what confirmations have made of them."""

    study: Study
    """That of which they are trials."""
    by: str
    candidates: Mapping[str, int]
    asked: Over
    """What is asked first."""
    only: bool
    """Whether nothing else is asked."""
    looks: Sequence[Varied]
    """Level to what its best trial came to, one entry for each look that is paid for."""
    by_look: Sequence[str]
    """The confirmation that each look is of; empty for one that was deleted."""
    under_way: bool
    first_seeds: int
    """With how many the first confirmation begins."""
    names: Names

    @property
    def are_confirmed(self) -> bool:
        """Whether each was trained once more."""
        seen = [look.of(self.asked) if self.only else look.values for look in self.looks]
        confirmed = {level for values_of in seen for level, values in values_of.items() if values}
        return bool(self.candidates) and self.candidates.keys() == confirmed

    def verdicts(self, base: str, maximize: bool, margin: float) -> VariedVerdicts:
        """Each against that of ``base``."""
        return judge_varied(self.looks, base, self.asked, maximize=maximize, margin=margin, only=self.only)

    def confirmed_by(self, verdict: Verdict) -> str:
        """At which look at these two, and the confirmations whose runs of them it pools."""
        both = [
            (look.of(verdict.over or self.asked), by)
            for look, by in zip(self.looks, self.by_look, strict=True)
            if {verdict.arm, verdict.reference} <= look.values.keys()
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
            return f"; compared: {self.named()}"
        winner_first = sorted(self.candidates, key=lambda level: self._place(level, verdicts))
        named = [self.names.again(str(self.candidates[level])) for level in winner_first]
        return f", {' against '.join(named)}"

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

    @property
    def never_together(self) -> str:
        """Why nothing tells two of them apart though each was confirmed."""
        return f"they never trained to the end with the same {self.asked}"

    def next_seeds(self, verdicts: Sequence[Verdict]) -> int | None:
        """With how many seeds to confirm them next; nothing where that cannot be, or would tell nothing more."""
        n_more = worth_deciding(verdicts)
        if not all(each.n for each in verdicts):  # so many would tell of those that trained together
            n_more = max(n_more or 0, DEFAULT_SEEDS)
        can_be = len(self.candidates) > 1 and not self.study.is_population and not self.under_way
        if not can_be or (verdicts and n_more is None):
            return None
        return next_seeds(n_more) if verdicts else self.first_seeds

    def offer(self, verdicts: Sequence[Verdict] = ()) -> tuple[str, dict[str, Any] | None]:
        """The command that confirms them, as the last statement of a sentence, and the same for a program."""
        seeds = self.next_seeds(verdicts)
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
    candidates: Mapping[str, Trial],
    here: Study,
    confirmed: bool,
    margin: float,
    over: Over | None = None,
) -> Bests:
    """What the confirmations of a study tell of its ``candidates``, level to best trial, the reference first.

    ``here`` is the study, or the one of its confirmations that is read; ``over`` is what alone is asked, if anything.
    """
    seen = seen_looks(rows, study.id) if confirmed else []
    levels = {str(trial.number): level for level, trial in candidates.items()}
    judged = judged_looks(seen)
    return Bests(
        study=study,
        by=by,
        candidates={level: trial.number for level, trial in sorted(candidates.items())},
        only=over is not None,
        asked=over or first_asked([each for each in seen if len(levels.keys() & each.values.keys()) > 1], here.id),
        looks=[
            Varied(each.look.over, {levels[trial]: found for trial, found in each.values.items() if trial in levels})
            for each in judged
        ],
        by_look=["" if each.study is None else each.study.name for each in judged],
        under_way=any(each.is_under_way and {*map(str, each.look.trials)} & levels.keys() for each in seen),
        first_seeds=DEFAULT_SEEDS if judged else seeds_to_begin_of(rows, study, [*candidates.values()], margin),
        names=Names.of(rows, study, here),
    )
