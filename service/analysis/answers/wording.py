"""What is said of verdicts, by one rule wherever they stand: of levels, studies, trials and their confirmations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from service.analysis.answers.failures import FailureVerdict
from service.analysis.answers.verdicts import MOST_MORE, Verdict, not_worth_deciding, worth_deciding

MOST_LISTED = 3
"""Arms that a few words name; of more they say how many there are."""
TOO_SMALL = "too small"
SHORT: Mapping[str, str] = {
    "better": "{arms} {is_} better than {base}",
    "worse": "{base} is better than {arms}",
    "tie": "{base} against {arms}: no difference that matters",
    "unknown": "{base} against {arms}: not decided yet",
    TOO_SMALL: "{base} against {arms}: too small a difference to be worth deciding",
}
SHORT_OF_FAILURES: Mapping[str, str] = {
    "better": "{arms} {fails} more rarely than {base}",
    "worse": "{base} fails more rarely than {arms}",
    "unknown": "{base} against {arms}: no difference was found",
}


def in_short(verdicts: Sequence[Verdict], label: str = "") -> str:
    """All verdicts in a few words: ``adam is better than sgd; adam against lion: not decided yet``."""
    small = {each.arm for each in not_worth_deciding(verdicts)}
    words = {each.arm: TOO_SMALL if each.arm in small else each.verdict for each in verdicts}
    return _by_word(verdicts, words, SHORT, label)


def failures_in_short(verdicts: Sequence[FailureVerdict], label: str = "") -> str:
    """``adam fails more rarely than sgd``."""
    return _by_word(verdicts, {each.arm: each.verdict for each in verdicts}, SHORT_OF_FAILURES, label)


def _by_word(
    verdicts: Sequence[Verdict | FailureVerdict], words: Mapping[str, str], said: Mapping[str, str], label: str
) -> str:
    parts = []
    for word, template in said.items():
        if arms := [f"{label}{arm}" for arm, found in words.items() if found == word]:
            several = len(arms) > 1
            base, is_, fails = (
                f"{label}{verdicts[0].reference}",
                "are" if several else "is",
                "fail" if several else "fails",
            )
            parts.append(template.format(arms=few(arms), base=base, is_=is_, fails=fails))
    return "; ".join(parts)


def undecided(arms: Iterable[str], base: str, why: str) -> str:
    """In a few words that no verdict can be given, and why."""
    return f"{base} against {few([arm for arm in arms if arm != base])}: {why}"


def what_would_decide(verdicts: Sequence[Verdict], more: str, name: Callable[[str], str] = str) -> Iterator[str]:
    """Which differences are too small to be worth deciding, and how many ``more`` runs would decide the others."""
    worth, small = worth_deciding(verdicts), not_worth_deciding(verdicts)
    if small:
        what = f"the difference of {listed([name(each.arm) for each in small])} from {name(small[0].reference)}"
        yield f"{what} is too small to be worth deciding (more than {MOST_MORE:,} {more})"
    if worth:
        counted = more.removesuffix("s") if worth == 1 else more
        yield f"about {worth:,} {counted} would decide{' the rest' if small else ''}"


def few(names: Sequence[str]) -> str:
    """``a, b and c``, or ``5 others``."""
    return listed(names) if len(names) <= MOST_LISTED else f"{len(names):,} others"


def listed(names: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join([*([", ".join(names[:-1])] if len(names) > 1 else []), names[-1]])
