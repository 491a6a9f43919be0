"""What the confirmations of a study tell of the trials they repeat: their runs are pooled, and each is a look.

A look that trains any of the trials that are compared is paid for (`looks`), whatever it varies and whatever becomes of
it: one that was deleted, or that varies folds where seeds are asked about, adds no values and costs as much. So
of studies whose trials are all alike at most 5 % get any verdict, however often their users confirm, which of them,
and whenever they stop. A confirmation is looked at once it has ended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from service.analysis.answers.planning import DEFAULT_SEEDS
from service.analysis.answers.units import failure_of, is_judged, margin_of, units_of
from service.analysis.answers.wording import (
    ANSWERED,
    at_look,
    listed,
    on_the_mean,
    percent,
    signed,
    what_would_decide,
    why_so_high,
)
from service.analysis.rows import Rows
from service.analysis.statistics.failures import FailureVerdict, judge_failures
from service.analysis.statistics.varied import Varied, VariedVerdicts, judge_varied
from service.analysis.statistics.verdicts import Values, Verdict, not_worth_deciding, worth_deciding
from service.study.definitions.objectives import Objective, objective_of
from service.study.definitions.parts import MOST_SEEDS, Replicates
from service.study.ranking import rank
from service.study.records import Look, Over, Run, Study
from service.study.replicates import chance

SAID = {"worse": "is better than", "better": "is worse than", "tie": "ties with", "unknown": "cannot be told from"}
"""Of the reference, which is the subject: where another trial is worse, it is better."""


@dataclass(frozen=True)
class Seen:
    """What one look has shown: each of its trials to unit to value, and which of the runs failed or collapsed."""

    look: Look
    study: Study | None
    """The confirmation, unless it was deleted."""
    values: Mapping[str, Values] = field(default_factory=dict)
    failed: Mapping[str, Mapping[Hashable, bool]] = field(default_factory=dict)

    @property
    def varied(self) -> Varied:
        """The same for verdicts."""
        return Varied(self.look.over, self.values)

    @property
    def is_under_way(self) -> bool:
        """Whether its values are still to come."""
        return self.study is not None and not self.study.state.ended


def confirmation(
    rows: Rows, study_id: str, over: Over | None = None, margin: float | None = None, here: str | None = None
) -> dict[str, Any]:
    """The verdict over all confirmations of a study, as JSON; without ``over``, first of what the newest one varies.

    ``here`` is the study that is read, one of these confirmations: the sentence has its numbers of the trials too,
    and says first what that one varies.
    """
    study = rows.studies.get(study_id)
    seen = seen_looks(rows, study_id)
    asked = over or first_asked(seen, here)
    judged = judged_looks(seen)
    objective = objective_of(study.definition)
    excluded = {trial.number for trial in rows.trials.of_study(study.id) if trial.excluded}
    reference = _reference(seen, asked, excluded)
    margin = _margin(objective, judged, reference, asked) if margin is None else margin
    found = judge_varied(
        [each.varied for each in judged if reference in each.values],
        reference,
        asked,
        maximize=objective.direction == "maximize",
        margin=margin,
        only=over is not None,
    ).without(map(str, excluded))
    verdicts = found.verdicts
    failures = [each for each in _failures(judged, reference) if int(each.arm) not in excluded]
    n_more = worth_deciding(verdicts)
    under_way = any(each.is_under_way for each in seen)
    n_open = sum(each.verdict == "unknown" for each in verdicts)
    is_worth_it = n_open > len(not_worth_deciding(verdicts))
    goes_on = is_worth_it and not under_way and asked == "seeds"  # more seeds do not make more folds
    remedy = [_remedy(study.name, next_seeds(n_more))] if goes_on else []
    names = Names.of(rows, study, None if here is None else rows.studies.get(here))
    account = Account(names, asked, len(judged), _best(rows, study, objective), found, failures)
    return {
        "study": study.name,
        "over": asked,
        "look": len(judged),
        "looks": [_as_json(each) for each in seen],
        "reference": int(reference) if reference else None,
        "margin": margin,
        "verdicts": [asdict(each) for each in verdicts],
        "failures": [asdict(each) for each in failures],
        "decided": bool(verdicts) and not n_open,
        "under_way": under_way,
        "goes_on": goes_on,
        "n_more": n_more,
        "next_seeds": next_seeds(n_more),
        "sentence": "; ".join([*account.told(under_way), *remedy]),
    }


def seen_looks(rows: Rows, study_id: str) -> list[Seen]:
    """All looks at a study."""
    objective = objective_of(rows.studies.get(study_id).definition)
    return [_seen(rows, look, objective) for look in rows.looks.of_study(study_id)]


def first_asked(seen: Sequence[Seen], here: str | None = None) -> Over:
    """What is said first of those looks: what the confirmation varies that is read, or else the newest one."""
    newest_last = [each.look for each in seen]
    read = [each for each in newest_last if here is not None and each.confirmation_id == here]
    return next((each.over for each in reversed(read or newest_last)), "seeds")


def judged_looks(seen: Sequence[Seen]) -> Sequence[Seen]:
    """Up to the last that has ended: each is paid for."""
    return seen[: max((i for i, each in enumerate(seen, 1) if not each.is_under_way), default=0)]


def confirmed_here(rows: Rows, confirmed: str, here: str) -> dict[int, int]:
    """Number of each trial of ``here`` to that of the ``confirmed`` study's trial which it trains, or is."""
    looks = rows.looks.of_study(confirmed)
    if here == confirmed:
        return {number: number for look in looks for number in look.trials}
    look = next(each for each in looks if each.confirmation_id == here)
    return {
        trial.number: look.trials[place]
        for trial in rows.trials.of_study(here)
        # What was queued since repeats no trial.
        if (place := trial.queue_position) is not None and place < len(look.trials)
    }


def _reference(seen: Sequence[Seen], asked: Over, excluded: Collection[int]) -> str:
    """What the first look compared the others with, or the first that has one which still counts."""
    first = (each.look.trials[0] for each in seen if each.look.over == asked and each.look.trials[0] not in excluded)
    return str(next(first, ""))


def _seen(rows: Rows, look: Look, objective: Objective) -> Seen:
    study = None if look.confirmation_id is None else rows.studies.get(look.confirmation_id)
    trained: dict[str, dict[Hashable, float]] = {str(number): {} for number in look.trials}
    if study is None or not study.state.ended:
        return Seen(look, study, trained)
    folds = Replicates.model_validate(study.definition["replicates"]).folds
    by_trial: dict[str, list[Run]] = defaultdict(list)
    for run in rows.runs.of_study(study.id):
        by_trial[run.trial_id].append(run)
    failed: dict[str, dict[Hashable, bool]] = defaultdict(dict)
    for trial in rows.trials.of_study(study.id):
        place = trial.queue_position
        if place is None or place >= len(look.trials) or trial.excluded:  # what was queued since repeats no trial
            continue
        arm, runs = str(look.trials[place]), by_trial[trial.id]
        guessing = chance(trial.config, objective, folds)
        trained[arm].update(units_of(runs, folds))
        failed[arm].update(
            {(run.seed, run.fold): failure_of(run, guessing) is not None for run in runs if is_judged(run)}
        )
    return Seen(look, study, trained, failed)


def _failures(seen: Sequence[Seen], reference: str) -> list[FailureVerdict]:
    pooled: dict[str, dict[Hashable, bool]] = defaultdict(dict)
    compares = [each for each in seen if reference in each.values and len(each.values) > 1]
    looks = {arm: look for look, each in enumerate(compares, 1) for arm in each.values}
    for each in seen:
        for arm, failed in each.failed.items():
            pooled[arm].update(failed)
    return judge_failures(pooled, reference, paired=True, looks=looks)


def _best(rows: Rows, study: Study, objective: Objective) -> str:
    return next((str(trial.number) for trial in rank(rows.trials.of_study(study.id), objective)), "")


def _margin(objective: Objective, seen: Sequence[Seen], reference: str, over: Over) -> float:
    known = [each.varied.of(over).get(reference, {}) for each in seen]
    return margin_of(objective, [value for each in known for value in each.values()])


def _as_json(seen: Seen) -> dict[str, Any]:
    study = seen.study
    return {
        "look": seen.look.look,
        "over": seen.look.over,
        "trials": list(seen.look.trials),
        "study": None if study is None else study.name,
        "state": None if study is None else study.state,
    }


@dataclass(frozen=True)
class Names:
    """What a trial is called: by its number in the confirmed study, and where another is read, by its number there."""

    study: Study
    here: Mapping[str, int]

    @classmethod
    def of(cls, rows: Rows, study: Study, here: Study | None) -> Names:
        """Of the confirmed ``study``, where ``here`` is read: that itself, or one of its confirmations."""
        if here is None or here.id == study.id:
            return cls(study, {})
        numbers = confirmed_here(rows, study.id, here.id)
        return cls(study, {str(confirmed): number for number, confirmed in numbers.items()})

    def first(self, arm: str) -> str:
        """Where it is named first: with the study whose number it is."""
        return f"trial {arm} of {self.study.name} (here trial {self.here[arm]})" if arm in self.here else f"trial {arm}"

    def again(self, arm: str) -> str:
        """Once it is clear whose numbers these are."""
        return f"trial {arm} (here trial {self.here[arm]})" if arm in self.here else f"trial {arm}"


@dataclass(frozen=True)
class Place:
    """Where a verdict comes from."""

    over: str
    answered: str
    at: str

    @classmethod
    def of(cls, found: Verdict) -> Place:
        """``over 12 seeds``, ``for this split``, ``at the 1st confirmation of them``."""
        over = found.over or "seeds"
        return cls(f"over {found.n} {over}", ANSWERED[over], at_look(found))

    def beside(self, others: Collection[Place]) -> str:
        """What is said of it behind its own clause, where others have another."""
        if len(others) == 1:
            return ""
        answered = f", {self.answered}," if len({each.answered for each in others}) > 1 else ""
        return f" {self.over}{answered} {self.at}"

    def shared(self, others: Collection[Place]) -> str:
        """What is said of all of them behind the last clause."""
        if len(others) == 1:
            return f", {self.over}, {self.answered}, {self.at}"
        return f", {self.answered}" if len({each.answered for each in others}) == 1 else ""


@dataclass(frozen=True)
class Account:
    """What is said of the verdicts."""

    names: Names
    over: Over
    look: int
    best: str
    """The number of the best trial of the study that is confirmed."""
    found: VariedVerdicts
    failures: Sequence[FailureVerdict]

    @property
    def verdicts(self) -> Sequence[Verdict]:
        """One of each arm."""
        return self.found.verdicts

    def told(self, under_way: bool) -> Iterator[str]:
        """Statement by statement."""
        if self.verdicts:
            yield from self._verdicts()
            yield from self._differences()
            yield from map(self._further, self.found.further)
        elif not under_way:
            yield f"nothing is confirmed{'' if self.look else ' yet'}"
        yield from (self._of_failures(each) for each in self.failures if each.verdict != "unknown")
        if under_way:
            yield "a confirmation is under way"
        else:
            yield from what_would_decide(self.verdicts, "more seeds", lambda arm: f"trial {arm}")

    def _verdicts(self) -> Iterator[str]:
        """The best of them first, where another than the reference is; that was the best when it was chosen."""
        better = [each.arm for each in self.verdicts if each.verdict == "better"]
        name = self.names.first
        if better:
            yield self._ahead([name(better[0]), *map(self.names.again, better[1:])])
            name = self.names.again
        reference = self.verdicts[0].reference
        of_search = ", the best of the search," if better and reference == self.best else ""
        yield f"{name(reference)}{of_search} {', and '.join(self._clauses())}{self._last()}"

    def _ahead(self, better: Sequence[str]) -> str:
        """All were compared with the reference, and so not with each other."""
        if len(better) > 1:
            return f"{listed(better)} lead those confirmed, not told apart"
        if any(each.verdict == "unknown" for each in self.verdicts):
            return f"{better[0]} leads those confirmed, which are not all told apart"
        return f"{better[0]} is best of those confirmed"

    def _clauses(self) -> Iterator[str]:
        """Each with the place that is its own; what all have alike is said once, behind them."""
        said: dict[tuple[str, Place], list[str]] = {}
        for verdict, words in SAID.items():
            for each in self.verdicts:
                if each.verdict == verdict and each.n:
                    said.setdefault((words, Place.of(each)), []).append(self.names.again(each.arm))
        places = {place for _, place in said}
        for (words, place), arms in said.items():
            yield f"{words} {listed(arms)}{place.beside(places)}"
        if apart := [self.names.again(each.arm) for each in self.verdicts if not each.n]:
            yield f"has no values to compare with those of {listed(apart)}"

    def _last(self) -> str:
        """What holds of all clauses."""
        places = {Place.of(each) for each in self.verdicts if each.n}
        return next(iter(places)).shared(places) if places else ""

    def _differences(self) -> Iterator[str]:
        """By how much the reference exceeds the others: said the other way round than the verdicts."""
        known = [each for each in self.verdicts if each.low is not None and each.high is not None]
        parts = [
            f"trial {each.arm}: {signed(-each.effect)} ({signed(-each.high)} to {signed(-each.low)} at {percent(each)}"
            f"{on_the_mean(replace(each, effect=-each.effect, mean=-(each.mean or 0.0)))})"
            for each in known
            if each.effect is not None and each.low is not None and each.high is not None
        ]
        if parts:
            yield f"trial {self.verdicts[0].reference} minus {', minus '.join(parts)}"
            yield why_so_high(known)

    def _further(self, found: Verdict) -> str:
        """What the other kind of confirmations tells of two that both kinds have trained."""
        place, arm = Place.of(found), self.names.again(found.arm)
        return f"{place.over}, {place.answered}, it {SAID[found.verdict]} {arm}, {place.at}"

    def _of_failures(self, found: FailureVerdict) -> str:
        word = "more" if found.verdict == "worse" else "less"
        ours, theirs = f"{found.n_failed} of {found.n} runs", f"{found.reference_failed} of {found.reference_n}"
        arm, reference = self.names.again(found.arm), self.names.again(found.reference)
        return f"{arm} fails or collapses {word} often ({ours}) than {reference} ({theirs})"


def _remedy(study: str, seeds: int) -> str:
    """What would tell more: a command, for which a page has a button."""
    return f"`studyhall confirm {study} --seeds {seeds}` trains {seeds} more"


def next_seeds(n_more: int | None) -> int:
    """With how many seeds to confirm next."""
    return DEFAULT_SEEDS if n_more is None else max(2, min(n_more, MOST_SEEDS))
