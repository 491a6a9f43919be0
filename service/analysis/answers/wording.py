"""What is said of verdicts, by one rule wherever they stand: of levels, studies, trials and their confirmations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from service.analysis.statistics.failures import FailureVerdict
from service.analysis.statistics.verdicts import MOST_MORE, Verdict, is_small, not_worth_deciding, worth_deciding
from service.study.records import Over

MOST_LISTED = 3
"""Arms that a few words name; of more they say how many there are."""
ANSWERED: Mapping[Over, str] = {"seeds": "for this split", "folds": "for these data"}
"""What is answered by what was varied."""
LIKE_THE_MEAN = 0.5
"""The share of an effect that a mean difference must come to, so that nothing need be said of it."""
TOO_SMALL, TOO_MANY, NOTHING = "too small", "too many", "nothing"
SHORT: Mapping[str, str] = {
    "better": "{arms} {is_} better than {base}{how}",
    "worse": "{base} is better than {arms}{how}",
    "tie": "{base} against {arms}: no difference that matters{how}",
    "unknown": "{base} against {arms}: not decided yet",
    TOO_SMALL: "{base} against {arms}: too small a difference to be worth deciding",
    TOO_MANY: f"{{base}} against {{arms}}: not known, and more than {MOST_MORE:,} more each would be needed",
    NOTHING: "{base} against {arms}: not known, since {nothing}",
}
SHORT_OF_FAILURES: Mapping[str, str] = {
    "better": "{arms} {fail} more rarely than {base} ({theirs} against {ours})",
    "worse": "{base} fails more rarely than {arms} ({ours} against {theirs})",
    "unknown": "{base} against {arms}: not known ({ours} failed against {theirs})",
}
TOO_SMALL_TO_DECIDE = "is too small to be worth deciding (more than {most:,} {more})"
NOT_KNOWN = "is not known, and more than {most:,} {more} would be needed"
"""What the long sentence says in place of those two."""
NONE_COMPLETED = "one of them has no completed trial"


def in_short(verdicts: Sequence[Verdict], label: str = "", nothing: str = NONE_COMPLETED) -> str:
    """All verdicts in a few words: ``adam is better than sgd by 0.1 (97.5 %); adam against lion: not decided yet``.

    ``nothing`` says why there is nothing to compare, where that is so.
    """
    words = {each.arm: _word(each) for each in verdicts}
    parts = []
    for word, template in SHORT.items():
        found = [each for each in verdicts if words[each.arm] == word]
        if found:
            arms, how = _arms_and_how(found, word, label)
            is_ = "is" if len(found) == 1 else "are"
            base = f"{label}{found[0].reference}"
            parts.append(template.format(arms=arms, base=base, is_=is_, how=how, nothing=nothing))
    return "; ".join(parts)


def _word(found: Verdict) -> str:
    if not found.n:
        return NOTHING
    if found.verdict != "unknown" or not not_worth_deciding([found]):
        return found.verdict
    return TOO_SMALL if is_small(found) else TOO_MANY


def _arms_and_how(found: Sequence[Verdict], word: str, label: str) -> tuple[str, str]:
    """Who they are, and of what is decided by how much and how certainly."""
    names = [f"{label}{each.arm}" for each in found]
    least = min(found, key=lambda each: each.confidence)
    if word == "tie":
        return few(names), f" (up to {least.margin:.2g}, {percent(least)})"
    if word not in {"better", "worse"} or any(each.effect is None for each in found):
        return few(names), ""
    size = [f"by {abs(each.effect or 0.0):.2g}" for each in found]
    if len(found) == 1:
        return names[0], f" {size[0]} ({percent(least)}){_winner_on_the_mean(found[0])}"
    if len(found) > MOST_LISTED:
        return few(names), f" ({percent(least)})"
    each_how = zip(names, size, found, strict=True)
    return listed([f"{name} ({by}, {percent(each)})" for name, by, each in each_how]), ""


def on_the_mean(found: Verdict) -> str:
    """The mean difference behind the effect, where a few runs make it tell something else than most pairs do."""
    return f", on the mean {signed(found.mean or 0.0)}" if _share(found) < LIKE_THE_MEAN else ""


def _winner_on_the_mean(found: Verdict) -> str:
    """The same of a verdict, about whichever of the two is the better one."""
    share, size = _share(found), f"{abs(found.mean or 0.0):.2g}"
    if share >= LIKE_THE_MEAN:
        return ""
    return f", on the mean by {size}" if share >= 0 else f" in most cases, on the mean worse by {size}"


def _share(found: Verdict) -> float:
    """What share of the effect the mean difference comes to."""
    return found.mean / found.effect if found.effect and found.mean is not None else 1.0


def signed(value: float) -> str:
    """With its sign, which nothing has none of."""
    return f"{value:+.3g}" if value else "0"


def failures_in_short(verdicts: Sequence[FailureVerdict], label: str = "") -> str:
    """``adam fails more rarely than sgd (0 of 20 against 9 of 20)``."""
    parts = []
    for word, template in SHORT_OF_FAILURES.items():
        found = [each for each in verdicts if each.verdict == word]
        if found:
            parts.append(
                template.format(
                    arms=few([f"{label}{each.arm}" for each in found]),
                    base=f"{label}{found[0].reference}",
                    fail="fails" if len(found) == 1 else "fail",
                    ours=f"{found[0].reference_failed} of {found[0].reference_n}",
                    theirs=_counts(found),
                )
            )
    return "; ".join(parts)


def _counts(found: Sequence[FailureVerdict]) -> str:
    if len(found) > MOST_LISTED:
        return f"{sum(each.n_failed for each in found)} of {sum(each.n for each in found)}"
    return listed([f"{each.n_failed} of {each.n}" for each in found])


def undecided(arms: Iterable[str], base: str, why: str) -> str:
    """In a few words that no verdict can be given, and why."""
    return f"{base} against {few([arm for arm in arms if arm != base])}: {why}"


def what_would_decide(verdicts: Sequence[Verdict], more: str, name: Callable[[str], str] = str) -> Iterator[str]:
    """Which differences are too small or too uncertain to be decided, and how many ``more`` would decide the rest."""
    worth, open_ = worth_deciding(verdicts), not_worth_deciding(verdicts)
    small, many = [each for each in open_ if is_small(each)], [each for each in open_ if not is_small(each)]
    for found, said in ((small, TOO_SMALL_TO_DECIDE), (many, NOT_KNOWN)):
        if found:
            what = f"the difference of {listed([name(each.arm) for each in found])} from {name(found[0].reference)}"
            yield f"{what} {said.format(most=MOST_MORE, more=more)}"
    if worth:
        counted = more.removesuffix("s") if worth == 1 else more
        decided = [name(each.arm) for each in verdicts if each.n_more and each not in open_]
        is_told = all(each.n for each in verdicts)  # of the others nobody knows how many
        what = (" the rest" if open_ else "") if is_told else f" about {listed(decided)}"
        yield f"about {worth:,} {counted} would decide{what}"


def at_look(found: Verdict) -> str:
    """At which of the confirmations of these two, never to be taken for looks at the test split."""
    if found.look == found.looks:
        return f"at the {ordinal(found.look)} confirmation of them"
    decided = "" if found.verdict == "unknown" else "decided "
    return f"{decided}at the {ordinal(found.look)} of {found.looks} confirmations of them"


def why_so_high(verdicts: Sequence[Verdict]) -> str:
    """Why intervals are wider than those at 95 %."""
    least, most = (f"{100 * bound(each.confidence for each in verdicts):.3g}" for bound in (min, max))
    levels = least if least == most else f"{least} to {most}"
    return f"{levels} % instead of 95 %, since each further confirmation and comparison is paid for"


def varied_over(over: Over) -> str:
    """``over seeds, for this split``."""
    return f"over {over}, {ANSWERED[over]}"


def percent(found: Verdict) -> str:
    """Of its interval: ``99.4 %``."""
    return f"{100 * found.confidence:.3g} %"


def ordinal(n: int) -> str:
    """``3rd``."""
    ending = "th" if n % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def few(names: Sequence[str]) -> str:
    """``a, b and c``, or ``5 others``."""
    return listed(names) if len(names) <= MOST_LISTED else f"{len(names):,} others"


def listed(names: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join([*([", ".join(names[:-1])] if len(names) > 1 else []), names[-1]])
