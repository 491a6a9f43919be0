"""Is one arm better than another? Arms are trials, levels of a family or studies; units are seeds, folds or trials.

What a verdict promises: of studies whose arms are all alike, at most 5 % get any ``better`` or ``worse``, over all
their comparisons (Holm) and all looks (``looks``). ``tie`` means that the whole interval lies within the margin, so
that the difference does not matter; all else is ``unknown``, with how many more runs would probably decide.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Literal

from scipy import stats

from service.analysis.statistics.differences import FEWEST_RANKED, RESIDUE, Difference, over_folds, paired, unpaired
from service.analysis.statistics.looks import holm, level_of
from service.study.records import Over

Pairing = Literal["seed", "fold", "none"]
Word = Literal["better", "worse", "tie", "unknown"]
Values = Mapping[Hashable, float]
"""What each unit of an arm came to."""
OVER: Mapping[Pairing, Over] = {"seed": "seeds", "fold": "folds"}
POWER = 0.8
"""With how many runs an effect as large as the one seen would be found this often."""
MOST_MORE = 1000
"""Where more runs of each arm would be needed, a difference is not worth them."""
NOT_LARGE = 5.0
"""How many margins an undecided difference may at most come to, to be called small."""
RANKS_NEED = 1 / 0.955
"""How many times as many units ranks need where a t test would do."""


@dataclass(frozen=True)
class Question:
    """What is asked of arms, the same for all their comparisons."""

    maximize: bool
    margin: float
    """A difference up to this does not matter."""
    pairing: Pairing = "seed"
    """What two values of different arms share, so that they are compared with each other."""


@dataclass(frozen=True)
class Verdict:
    """What is known of an arm against the reference; ``effect`` and interval are in the metric, arm less reference."""

    arm: str
    reference: str
    verdict: Word
    effect: float | None
    low: float | None
    high: float | None
    confidence: float
    """Of the interval: 1 less the level at which this comparison is tested at this look."""
    p: float
    n: int
    """Pairs, or units of the smaller arm."""
    n_unpaired: int
    """Units that have no partner, for instance because its run failed: they are in no difference."""
    test: str
    assumption: str
    margin: float
    n_more: int | None
    """About how many more runs of each arm would decide; nothing where it is decided, or nothing is known yet."""
    look: int
    """That to which interval, level and number belong: the newest, or where that would leave open again what was
    decided, the one that decided. Only those count that trained both."""
    looks: int = 1
    """How many there were of them."""
    over: Over | None = None
    """What a unit is, where both arms have the same ones."""
    mean: float | None = None
    """The mean difference, which ``effect`` is not where ranks decide."""


@dataclass
class _Pair:
    """What an arm and the reference came to at the looks that trained both."""

    arm: dict[Hashable, list[float]] = field(default_factory=dict)
    reference: dict[Hashable, list[float]] = field(default_factory=dict)
    looks: int = 0

    def add(self, arm: Values, reference: Values) -> bool:
        """One look more; whether it has brought values of both."""
        self.looks += 1
        for pooled, found in ((self.arm, arm), (self.reference, reference)):
            for unit, value in found.items():
                pooled.setdefault(unit, []).append(value)
        return bool(arm and reference)

    def values(self) -> tuple[Values, Values]:
        """A unit that several looks have, as folds are, counts as the mean of what they found."""
        arm, reference = ({unit: fmean(found) for unit, found in each.items()} for each in (self.arm, self.reference))
        return arm, reference


def judge(arms: Sequence[Mapping[str, Values]], reference: str, question: Question) -> list[Verdict]:
    """Each arm against the ``reference``, which must not be chosen by these values; ``arms`` has one entry a look.

    A look tells of the arms that it trained beside the reference; the verdicts of others stay as they are. It is paid
    for if it trained any, without values too: one that was deleted has been looked at. What a look has decided stands,
    because its level is spent; where all looks together would leave it open again, with the interval that decided.
    """
    pairs: dict[str, _Pair] = {}
    decided: dict[str, Verdict] = {}
    newest: dict[str, Verdict] = {}
    n_looks = 0
    for look in arms:
        others = [arm for arm in look if arm != reference]
        for arm in others:
            pairs.setdefault(arm, _Pair())
        n_looks += bool(others) and reference in look
        trained = {arm for arm in others if reference in look and pairs[arm].add(look[arm], look[reference])}
        for each in _at(pairs, reference, question, max(n_looks, 1)) if pairs else ():
            if each.arm in trained or each.arm not in newest:
                newest[each.arm] = each
                if each.verdict != "unknown":
                    decided.setdefault(each.arm, each)
    return [_standing(each, decided.get(arm, each), pairs[arm].looks) for arm, each in newest.items()]


def _standing(newest: Verdict, decided: Verdict, looks: int) -> Verdict:
    return replace(newest if newest.verdict == decided.verdict else decided, looks=looks)


def _at(pairs: Mapping[str, _Pair], reference: str, question: Question, n_looks: int) -> list[Verdict]:
    values = {arm: pair.values() for arm, pair in pairs.items()}
    found = {arm: difference(*both, question) for arm, both in values.items()}
    levels = holm([each.p for each in found.values()], level_of(n_looks))
    next_level = level_of(n_looks + 1) / len(pairs)
    return [
        _verdict(arm, reference, found[arm], (level, next_level), question, max(pair.looks, 1), _alone(*values[arm]))
        for (arm, pair), level in zip(pairs.items(), levels, strict=True)
    ]


def difference(candidate: Values, reference: Values, question: Question) -> Difference:
    """How far two arms are apart, such that more is better."""
    sign = 1.0 if question.maximize else -1.0
    if question.pairing == "none":
        return unpaired([sign * value for value in candidate.values()], [sign * value for value in reference.values()])
    shared = [unit for unit in candidate if unit in reference]
    pairs = [sign * _less(candidate[unit], reference[unit]) for unit in shared]
    return over_folds(pairs) if question.pairing == "fold" else paired(pairs)


def _less(value: float, other: float) -> float:
    """Their difference, of which rounding alone leaves none."""
    found = value - other
    return found if abs(found) > RESIDUE * max(abs(value), abs(other)) else 0.0


def _verdict(
    arm: str,
    reference: str,
    found: Difference,
    levels: tuple[float, float],
    question: Question,
    look: int,
    n_unpaired: int,
) -> Verdict:
    low, high = found.interval(levels[0])
    word = _word(low, high, question.margin)
    ends = (low, high) if question.maximize else (0.0 - high, 0.0 - low)  # never -0
    sign = 1.0 if question.maximize else -1.0
    return Verdict(
        arm=arm,
        reference=reference,
        verdict=word,
        effect=sign * found.effect + 0.0 if found.n else None,  # never -0
        low=_finite(ends[0]),
        high=_finite(ends[1]),
        confidence=1 - levels[0],
        p=found.p,
        n=found.n,
        n_unpaired=n_unpaired if question.pairing != "none" else 0,
        test=found.test,
        assumption=found.assumption,
        margin=question.margin,
        # More seeds do not make more folds.
        n_more=n_more(found, question.margin, levels[1]) if word == "unknown" and question.pairing != "fold" else None,
        look=look,
        over=OVER.get(question.pairing),
        mean=sign * found.mean + 0.0 if found.n else None,
    )


def _word(low: float, high: float, margin: float) -> Word:
    if -margin <= low and high <= margin:
        return "tie"
    if low > 0:
        return "better"
    return "worse" if high < 0 else "unknown"


def n_more(found: Difference, margin: float, alpha: float) -> int | None:
    """About how many more units would decide at ``alpha``, were the effect and the spread those that were seen."""
    needed = runs_needed(found.effect, found.spread, margin, alpha)
    return None if needed is None else max(1, needed - found.n)


def runs_needed(effect: float, spread: float, margin: float, alpha: float) -> int | None:
    """About how many units would decide at ``alpha``, of differences about ``effect`` that scatter by ``spread``."""
    if not 0 < spread < math.inf:
        return None
    z, hit, size = float(stats.norm.isf(alpha / 2)), float(stats.norm.ppf(POWER)), abs(effect)
    differs = ((z + hit) * spread / size) ** 2 if size else math.inf
    # A tie must be missed on neither side, so each may be missed half as often.
    ties = ((z + float(stats.norm.ppf((1 + POWER) / 2))) * spread / (margin - size)) ** 2 if size < margin else math.inf
    needed = min(differs, ties)
    if math.isinf(needed):
        return None
    least = max(FEWEST_RANKED, math.log2(2 / alpha))
    return math.ceil(max(least, needed * RANKS_NEED + z**2 / 2))


def worth_deciding(verdicts: Sequence[Verdict]) -> int | None:
    """About how many more runs of each arm would decide whatever is worth so many."""
    return max((each.n_more for each in verdicts if each.n_more and each.n_more <= MOST_MORE), default=None)


def not_worth_deciding(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """What nobody would train so many runs for."""
    return [each for each in verdicts if each.n_more and each.n_more > MOST_MORE]


def is_small(verdict: Verdict) -> bool:
    """Whether what is not worth deciding seems small, and cannot be large; else the runs scatter too much to tell."""
    ends = [abs(each) for each in (verdict.low, verdict.high) if each is not None]
    seems = verdict.effect is not None and abs(verdict.effect) <= verdict.margin
    return seems and len(ends) == 2 and max(ends) <= NOT_LARGE * verdict.margin


def _alone(candidate: Values, reference: Values) -> int:
    return len(candidate.keys() ^ reference.keys())


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
