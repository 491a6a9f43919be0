"""What a ranking tells, by one rule: that of the confirmations where these have judged, else that of its own runs.

The rule of a ranking tells which trials are tied with the best; that of confirmations holds each trial against one
that no value of theirs chose, and pays for each look. Side by side they would call one trial tied and behind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from service.analysis.answers.confirmation import confirmation, confirmed_here, judged_looks, seen_looks
from service.analysis.answers.confirmed_values import confirmed_values
from service.analysis.answers.ranking import Answer, Confirmable, Place, Standing, by_own_runs, repeats
from service.analysis.rows import Rows
from service.study.records import Over

MOST_PLACES = 1000
"""As many as a ranking lists at most."""
STANDINGS: Mapping[str, Standing] = {"better": "ahead", "worse": "behind", "tie": "equal", "unknown": "tied"}


def ranking(rows: Rows, study_id: str, confirmed: str | None = None) -> dict[str, Any]:
    """The answer of a study, as JSON; ``confirmed`` is the study whose confirmations it has, or of which it is one."""
    found = by_own_runs(rows, study_id)
    if confirmed is not None:
        told = confirmation(rows, confirmed, here=study_id)
        if told["verdicts"] or confirmed != study_id:
            arms = confirmed_here(rows, confirmed, study_id)
            found = _of_confirmed(found, told, arms) if confirmed == study_id else _by_confirmations(found, told, arms)
            found = _with_values(rows, found, confirmed, _over(told))
    return asdict(replace(found, places=found.places[:MOST_PLACES]))


def _by_confirmations(found: Answer, told: Mapping[str, Any], arms: Mapping[int, int]) -> Answer:
    """``arms`` are numbers of this study's trials, each with that of the trial which it is to the confirmations."""
    standings: dict[int, Standing] = {
        int(each["arm"]): STANDINGS[each["verdict"]] if each["n"] else "unknown" for each in told["verdicts"]
    }
    if told["verdicts"]:
        standings[told["reference"]] = "reference"
    places = [_place(each, arms.get(each.trial), standings) for each in found.places]
    n_tied = sum(place.standing == "tied" for place in places)
    return replace(
        found,
        sentence=told["sentence"],
        method=_method(told["verdicts"]),
        assumption="; ".join(dict.fromkeys(each["assumption"] for each in told["verdicts"] if each["assumption"])),
        selection=replace(found.selection, n_tied=n_tied, noise=None, bias=None),
        confirm=_confirm(found, told) or _of_others(found, told, places),
        places=places,
        confirmed=told["study"],
    )


def _with_values(rows: Rows, found: Answer, confirmed: str, asked: Over) -> Answer:
    """Each place with what the trial came to where it was judged, beside which its own value would contradict."""
    seen = judged_looks(seen_looks(rows, confirmed))
    judged = confirmed_values(seen, asked, is_share=found.validation is not None)
    values = {each.trial: each for each in judged}
    return replace(
        found,
        places=[
            each if each.confirms is None else replace(each, confirmed=values.get(each.confirms))
            for each in found.places
        ],
    )


def _over(told: Mapping[str, Any]) -> Over:
    """What most verdicts are over, so that values beside them are of one split."""
    counts = Counter(each["over"] for each in told["verdicts"] if each["n"])
    over: Over = max(counts, key=lambda over: (counts[over], over == told["over"]), default=told["over"])
    return over


def _place(place: Place, arm: int | None, standings: Mapping[int, Standing]) -> Place:
    if arm is None:
        return replace(place, standing="unconfirmed")
    return replace(place, standing=standings.get(arm, "unknown"), confirms=arm)


def _of_confirmed(found: Answer, told: Mapping[str, Any], arms: Mapping[int, int]) -> Answer:
    """A confirmed trial stands for all that have its configuration, though a better-placed one have it by now."""
    first = {place.trial: place.trial if place.repeats is None else place.repeats for place in found.places}
    confirmed = {first[number]: arm for number, arm in arms.items() if number in first}
    judged = {number: arms.get(number, confirmed[of]) for number, of in first.items() if of in confirmed}
    of_all = _by_confirmations(found, told, judged)
    return replace(of_all, sentence="; ".join([told["sentence"], *repeats(found.places)]))


def _confirm(found: Answer, told: Mapping[str, Any]) -> Confirmable | None:
    if not told["goes_on"]:
        return None
    k, seeds = len({told["reference"], *told["looks"][-1]["trials"]}), told["next_seeds"]
    return Confirmable(k, seeds, None if found.run_seconds is None else k * seeds * found.run_seconds, again=True)


def _of_others(found: Answer, told: Mapping[str, Any], places: Sequence[Place]) -> Confirmable | None:
    """What own runs propose, where trials look better than one that was confirmed: perhaps as the best of its level."""
    is_over = told["verdicts"] and not told["under_way"]
    if found.confirm is None or not is_over:
        return None
    is_confirmed = [place.standing != "unconfirmed" for place in places if place.repeats is None]
    best = is_confirmed[: found.confirm.k]
    return found.confirm if False in best and True in is_confirmed[best.index(False) :] else None


def _method(verdicts: Sequence[Mapping[str, Any]]) -> str:
    if not verdicts:
        return ""
    tests = ", ".join(dict.fromkeys(each["test"] for each in verdicts))
    paired = " or ".join(dict.fromkeys(each["over"].removesuffix("s") for each in verdicts))
    comparisons = f"{len(verdicts)} comparisons and " if len(verdicts) > 1 else ""
    return f"{tests}, paired by {paired}, corrected for {comparisons}all confirmations of them"
