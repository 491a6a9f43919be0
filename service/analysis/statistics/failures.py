"""How often runs of an arm fail or collapse, against another's: often the clearest difference there is.

A run, or a trial, counts as failed when it did not come to its end, diverged, or is no better than guessing.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from scipy import stats

from service.analysis.statistics.looks import levels_at

Failed = Mapping[Hashable, bool]
"""Of each unit, whether it failed or collapsed."""
Kind = Literal["failed", "diverged", "at_chance"]
MEANING = "what failed, diverged, or is no better than guessing counts as a failure"


@dataclass(frozen=True)
class FailureVerdict:
    """An arm's failures against the reference's; ``better`` has fewer of them."""

    arm: str
    reference: str
    verdict: Literal["better", "worse", "unknown"]
    n_failed: int
    n: int
    reference_failed: int
    reference_n: int
    effect: float | None
    """The arm's share of failures less the reference's."""
    low: float | None
    high: float | None
    confidence: float
    p: float
    test: str


def judge_failures(
    arms: Mapping[str, Failed], reference: str, *, paired: bool, looks: Mapping[str, int] | None = None
) -> list[FailureVerdict]:
    """Each arm against the reference: McNemar's exact test of pairs, or Fisher's of two arms, corrected by Holm.

    ``looks`` says of each arm which was the last look at it and the reference; of pairs, others' runs are left out.
    """
    base = arms.get(reference, {})
    others = {arm: (failed, _partners(failed, base) if paired else base) for arm, failed in arms.items()}
    others.pop(reference, None)
    p_values = [(mcnemar if paired else fisher)(*both) for both in others.values()]
    levels = levels_at(p_values, [(looks or {}).get(arm, 1) for arm in others])
    test = "McNemar" if paired else "Fisher"
    return [
        _verdict(arm, reference, *both, p, level, test)
        for (arm, both), p, level in zip(others.items(), p_values, levels, strict=True)
    ]


def _partners(failed: Failed, base: Failed) -> Failed:
    return {unit: base[unit] for unit in failed if unit in base}


def _verdict(
    arm: str, reference: str, failed: Failed, base: Failed, p: float, level: float, test: str
) -> FailureVerdict:
    a, n, b, m = sum(failed.values()), len(failed), sum(base.values()), len(base)
    low, high = newcombe(a, n, b, m, level) if n and m else (None, None)
    effect = a / n - b / m if n and m else None
    word: Literal["better", "worse", "unknown"] = "unknown"
    if effect and p <= level:
        word = "better" if effect < 0 else "worse"
    return FailureVerdict(arm, reference, word, a, n, b, m, effect, low, high, 1 - level, p, test)


def mcnemar(arm: Failed, reference: Failed) -> float:
    """The exact p of the pairs of which just one failed."""
    shared = [(arm[unit], reference[unit]) for unit in arm if unit in reference]
    alone = sum(ours and not theirs for ours, theirs in shared)
    differing = sum(ours != theirs for ours, theirs in shared)
    return float(stats.binomtest(alone, differing, 0.5).pvalue) if differing else 1.0


def fisher(arm: Failed, reference: Failed) -> float:
    """The exact p of two arms."""
    if not arm or not reference:
        return 1.0
    return float(stats.fisher_exact([_counts(arm), _counts(reference)]).pvalue)


def newcombe(a: int, n: int, b: int, m: int, alpha: float) -> tuple[float, float]:
    """The interval of a difference of two shares (Newcombe, 1998), of each one's by Wilson; careful for pairs."""
    ours, theirs = _wilson(a, n, alpha), _wilson(b, m, alpha)
    p, q = a / n, b / m
    low = p - q - math.hypot(p - ours[0], theirs[1] - q)
    high = p - q + math.hypot(ours[1] - p, q - theirs[0])
    return low, high


def _wilson(k: int, n: int, alpha: float) -> tuple[float, float]:
    found = stats.binomtest(k, n).proportion_ci(1 - alpha, method="wilson")
    return float(found.low), float(found.high)


def _counts(failed: Failed) -> Sequence[int]:
    n_failed = sum(failed.values())
    return n_failed, len(failed) - n_failed
