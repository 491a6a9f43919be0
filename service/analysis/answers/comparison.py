"""Arms against each other: levels of a choice, trials, or studies. Three questions that are easily taken for one.

*Tuned*: which is better at its best. The best of a search is chosen by the values at hand, so they do not answer that;
confirmations of each level's best do, and trials and studies of one trial, where nothing was chosen. *Typical*: which
is better over its range. *Failures*: which collapses more rarely. Where the search or the pruning went by results, it
gave the arm it favored more and better trials, so that its own trials answer none of these.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from experiments.errors import InvalidInput
from service.analysis.answers.bests import Bests, bests
from service.analysis.answers.candidates import candidates_of, completed, tries
from service.analysis.answers.collapsed import collapsed_runs
from service.analysis.answers.other_names import other_names
from service.analysis.answers.units import failure_of, is_judged, margin_from, margin_of, units_of
from service.analysis.answers.wording import (
    NONE_COMPLETED,
    failures_in_short,
    in_short,
    on_the_mean,
    percent,
    signed,
    undecided,
    varied_over,
    what_would_decide,
    why_so_high,
)
from service.analysis.judged import by_one
from service.analysis.rows import Rows
from service.analysis.statistics.failures import MEANING, FailureVerdict, Kind, judge_failures
from service.analysis.statistics.verdicts import Pairing, Question, Values, Verdict, judge, worth_deciding
from service.study.definitions.objectives import Objective, objective_of
from service.study.definitions.parts import Replicates
from service.study.records import Over, Run, Study, Trial
from service.study.replicates import chance

NOT_LED = {"random", "grid"}
"""Samplers that do not go by results."""
MOST_ARMS = 50
SEARCHED, CHOSEN = "the search or the pruning", "the choice of the trials that are confirmed"
"""What may go by results."""
SEEDS = 10
NOT_YET = "not decided yet, since each best was picked by these same results"
UNDER_WAY = "not decided yet, a confirmation is under way"
MOST_NAMED = 5
"""Failures that the sentence names; the JSON has all."""
FAILED_AS: Mapping[Kind, str] = {"failed": "failed", "diverged": "diverged", "at_chance": "at chance"}


@dataclass
class Arm:
    """What is compared with others."""

    trials: list[Trial] = field(default_factory=list)
    led: str = ""
    """What of its trials went by results, in words; nothing where they were drawn whatever came of others."""


def comparison(
    rows: Rows,
    study_id: str,
    *,
    by: str | None = None,
    trials: Sequence[int] = (),
    others: Sequence[str] = (),
    reference: str | None = None,
    margin: float | None = None,
    confirmed: str | None = None,
    over: Over | None = None,
) -> dict[str, Any]:
    """Levels of the parameter ``by``, some ``trials`` of a study, or the study and ``others``, as JSON.

    ``confirmed`` is the study whose confirmations it has, or of which it is one: these answer which level is better,
    by those that vary ``over``, or without it by all.
    """
    study = rows.studies.get(study_id)
    arms = _arms(rows, study, by, trials, others)
    base = _reference(arms, reference)
    objective = objective_of(study.definition)
    searched = study if confirmed is None else rows.studies.get(confirmed)
    # A confirmation has the best of these alone, which neither tells them nor what matters.
    chosen_from = arms if searched.id == study.id else _grouped(_ended(rows, searched), by or "", _led(searched))
    # Of all arms: asked the other way round, the same does not matter.
    compared = [chosen_from.get(name, arm) for name, arm in arms.items()]
    values = [trial.value for arm in compared for trial in arm.trials if trial.value is not None]
    question = Question(
        maximize=objective.direction == "maximize",
        margin=margin_of(objective, values) if margin is None else margin,
        pairing="none",
    )
    runs: dict[str, list[Run]] = defaultdict(list)
    for each in () if by else {trial.study_id: None for arm in arms.values() for trial in arm.trials}:
        for run in rows.runs.of_study(each):
            runs[run.trial_id].append(run)
    folds = Replicates.model_validate(study.definition["replicates"]).folds
    label = "trial " if trials else ""
    if by is None:
        tuned = _tuned(arms, base, question, runs, folds, label)
    else:
        best = candidates_of(_trials_of(chosen_from), question.maximize)
        candidates = {arm: best[arm] for arm in dict.fromkeys([base, *arms]) if arm in best}
        found = bests(rows, searched, by, candidates, study, confirmed is not None, question.margin, over)
        tuned = _at_best(found, arms, base, question, tries(_trials_of(chosen_from)))
    if searched.id != study.id:
        arms = {name: replace(arm, led=CHOSEN) for name, arm in arms.items()}
    return {
        "arms": [*arms],
        "reference": base,
        "margin": question.margin,
        "margin_from": "as was asked" if margin is not None else margin_from(objective),
        "notes": [*by_one(study), *(other_names(searched, by, arms) if by else [])],
        "tuned": tuned,
        "typical": None if trials else _typical(arms, base, question),
        "failures": _failures(arms, base, objective, runs if trials else {}, folds, label, rows),
    }


def _arms(rows: Rows, study: Study, by: str | None, trials: Sequence[int], others: Sequence[str]) -> dict[str, Arm]:
    if others:
        studies = [study, *map(rows.studies.get, others)]
        if any(_judged_by(each) != _judged_by(study) for each in studies):
            raise InvalidInput.at("", "these studies are judged by different metrics; compare those of one metric")
        return {each.name: Arm(_ended(rows, each), _chosen(rows, each) or _led(each)) for each in studies}
    ended = _ended(rows, study)
    if trials:
        known = {trial.number: trial for trial in ended}
        missing = [number for number in trials if number not in known]
        if missing:
            raise InvalidInput.at("trial", f"trial {missing[0]} has not ended, or is not there; name ended trials")
        return {str(number): Arm([known[number]]) for number in dict.fromkeys(trials)}
    return _levels(ended, by or "", _led(study))


def _levels(trials: Sequence[Trial], by: str, led: str) -> dict[str, Arm]:
    arms = _grouped(trials, by, led)
    if not 2 <= len(arms) <= MOST_ARMS:
        choices = sorted(
            {path for trial in trials for path, value in trial.parameters.items() if isinstance(value, str)}
        )
        has = {0: "no value", 1: "one value"}.get(len(arms), f"{len(arms):,} values")
        raise InvalidInput.at(
            "by",
            f"{by!r} has {has} among the ended trials, and 2 to {MOST_ARMS} can be compared; name a choice, "
            f"such as {', '.join(choices) or 'an optimizer'}",
        )
    return arms


def _grouped(trials: Sequence[Trial], by: str, led: str) -> dict[str, Arm]:
    arms: dict[str, Arm] = {}
    for trial in trials:
        if by in trial.parameters:
            arms.setdefault(str(trial.parameters[by]), Arm(led=led)).trials.append(trial)
    return dict(sorted(arms.items()))


def _reference(arms: Mapping[str, Arm], given: str | None) -> str:
    if given is None:
        return next(iter(arms))
    if given not in arms:
        raise InvalidInput.at("reference", f"{given!r} is none of {', '.join(arms)}")
    return given


def _tuned(
    arms: Mapping[str, Arm],
    base: str,
    question: Question,
    runs: Mapping[str, Sequence[Run]],
    folds: int | None,
    label: str,
) -> dict[str, Any]:
    if any(len(completed(arm.trials)) != 1 for arm in arms.values()):
        candidates = {arm: trial.number for arm, trial in candidates_of(_trials_of(arms), question.maximize).items()}
        best = ", ".join(f"trial {number} for {arm}" for arm, number in candidates.items())
        why = f"unknown: each best was chosen by these very values; confirm each with {SEEDS} seeds"
        short = undecided(arms, base, NOT_YET)
        return _unknown(short, f"{why} ({best})" if best else why, candidates=candidates)
    values = {name: units_of(runs[completed(arm.trials)[0].id], folds) for name, arm in arms.items()}
    shared = set.intersection(*(set(units) for units in values.values()))
    pairing: Pairing = "none" if len(shared) < 2 else "fold" if folds else "seed"
    verdicts = judge([values], base, Question(question.maximize, question.margin, pairing))
    return _answer(verdicts, varied_over("folds" if folds else "seeds"), label)


def _at_best(found: Bests, arms: Iterable[str], base: str, question: Question, tries: str) -> dict[str, Any]:
    """Of levels, each by its best trial of the search, where confirmations have trained them all."""
    if not found.candidates:
        why = f"one of them has no completed trial in {found.study.name}"
        short = undecided(arms, base, "not known, since one of them has no completed trial")
        return _unknown(short, f"unknown: {why}", candidates={})
    under_way = "; a confirmation is under way" if found.under_way else ""
    if not found.are_confirmed:
        why = f"each best was chosen by the values of {found.study.name}, and no confirmation has trained them all"
        command, offered = found.offer()
        said = f"unknown: {why} ({found.named()}{tries}){under_way}{command}"
        short = undecided(arms, base, UNDER_WAY if found.under_way else NOT_YET)
        return _unknown(short, said, candidates=found.candidates, confirm=offered)
    told_apart = found.verdicts(base, question.maximize, question.margin)
    verdicts, further = told_apart.verdicts, told_apart.further
    over = " or ".join(dict.fromkeys(varied_over(each.over or found.asked) for each in verdicts))
    told = _answer(verdicts, f"{over}: {found.named()}{tries}", by=found.confirmed_by, nothing=found.never_together)
    command, offered = found.offer(verdicts)
    return told | {
        "short": told["short"] + found.at_their_best(verdicts),
        "sentence": "; ".join([told["sentence"], *(_further(each) for each in further)]) + under_way + command,
        "candidates": found.candidates,
        "confirm": offered,
    }


def _typical(arms: Mapping[str, Arm], base: str, question: Question) -> dict[str, Any]:
    if led := next((arm.led for arm in arms.values() if arm.led), ""):
        short = undecided(arms, base, f"not known, since {led} went by results")
        return _unknown(short, f"unknown: {led} went by results; draw {SEEDS} or more each at random")
    values: dict[str, Values] = {
        name: {trial.number: trial.value for trial in completed(arm.trials) if trial.value is not None}
        for name, arm in arms.items()
    }
    return _answer(judge([values], base, question), "over the range that was searched")


def _failures(
    arms: Mapping[str, Arm],
    base: str,
    objective: Objective,
    runs: Mapping[str, Sequence[Run]],
    folds: int | None,
    label: str,
    rows: Rows,
) -> dict[str, Any]:
    if led := next((arm.led for arm in arms.values() if arm.led), ""):
        short = undecided(arms, base, f"not known, since {led} went by results")
        return _unknown(short, f"unknown: {led} went by results, and away from what fails", failed=[])
    units = {name: [*_units(name, arm, objective, runs, folds)] for name, arm in arms.items()}
    failed = {name: {each.place: each.kind is not None for each in found} for name, found in units.items()}
    shared = set.intersection(*(set(found) for found in failed.values()))
    found = judge_failures(failed, base, paired=bool(runs) and len(shared) > 1)
    named = [each for arm in units.values() for each in arm if each.kind is not None]
    said = "; ".join(_failure_words(each, label) for each in found)
    of_runs = "" if runs else collapsed_runs(rows, {name: arm.trials for name, arm in arms.items()})
    return {
        "verdicts": [asdict(each) for each in found],
        "short": failures_in_short(found, label),
        "failed": [each.as_json() for each in named],
        "sentence": f"{said}; {MEANING}{_named(named)}{of_runs and f'; trials are judged whole: {of_runs}'}",
        "n_more": None,
    }


@dataclass(frozen=True)
class FailingUnit:
    """What may have failed: a trial, or one run of it."""

    arm: str
    trial: int
    seed: int | None
    fold: int | None
    kind: Kind | None
    reason: str

    @property
    def place(self) -> Hashable:
        """What it shares with one of another arm; of trials nothing."""
        return self.trial if self.seed is None else (self.seed, self.fold)

    def as_json(self) -> dict[str, Any]:
        """As the answer lists it."""
        return asdict(self)


def _units(
    name: str, arm: Arm, objective: Objective, runs: Mapping[str, Sequence[Run]], folds: int | None
) -> Iterator[FailingUnit]:
    for trial in arm.trials:
        least = chance(trial.config, objective, folds)
        for run in runs[trial.id] if runs else [None]:
            record: Trial | Run = trial if run is None else run
            if not is_judged(record):
                continue
            kind = failure_of(record, least)
            reason = f"{record.value:.3g}, and guessing gives {least:.3g}" if kind == "at_chance" else record.reason
            seed, fold = (None, None) if run is None else (run.seed, run.fold)
            yield FailingUnit(name, trial.number, seed, fold, kind, reason)


def _named(failed: Sequence[FailingUnit]) -> str:
    """Which they were, the first few of them."""
    if not failed:
        return ""
    words = [f"{_named_one(each)} ({FAILED_AS[each.kind or 'failed']})" for each in failed[:MOST_NAMED]]
    more = f" and {len(failed) - MOST_NAMED:,} more" if len(failed) > MOST_NAMED else ""
    return f": {', '.join(words)}{more}"


def _named_one(unit: FailingUnit) -> str:
    if unit.seed is None:
        return f"trial {unit.trial} of {unit.arm}"
    return f"seed {unit.seed}{'' if unit.fold is None else f' on fold {unit.fold}'} of trial {unit.trial}"


def _failure_words(found: FailureVerdict, label: str) -> str:
    word = {"better": "fails more rarely than", "worse": "fails more often than", "unknown": "cannot be told from"}
    counts = f"{found.n_failed} of {found.n} failed against {found.reference_failed} of {found.reference_n}"
    return f"{label}{found.arm} {word[found.verdict]} {label}{found.reference}: {counts} ({found.test})"


def _answer(
    verdicts: Sequence[Verdict],
    varied: str,
    label: str = "",
    by: Callable[[Verdict], str] = lambda _: "",
    nothing: str = NONE_COMPLETED,
) -> dict[str, Any]:
    """``by`` says of a verdict which confirmations it is by; ``nothing``, why one has nothing to go by."""
    said = [*(_words(each, label, by(each), nothing) for each in verdicts), f"compared {varied}"]
    known = [each for each in verdicts if each.low is not None and each.high is not None]
    why = [why_so_high(known)] if known else []
    remedy = what_would_decide(verdicts, "more each", lambda arm: f"{label}{arm}")
    return {
        "verdicts": [asdict(each) for each in verdicts],
        "short": in_short(verdicts, label, nothing),
        "sentence": "; ".join([*said, *why, *remedy]),
        "n_more": worth_deciding(verdicts),
    }


def _words(found: Verdict, label: str = "", by: str = "", nothing: str = "") -> str:
    word = {"better": "is better than", "worse": "is worse than", "tie": "ties with", "unknown": "cannot be told from"}
    arm, reference = f"{label}{found.arm}", f"{label}{found.reference}"
    said = f"{arm} {word[found.verdict]} {reference}"
    if not found.n:
        return f"{said}, since {nothing}"
    if found.effect is not None:
        said += f": {arm} minus {reference} is {signed(found.effect)}{on_the_mean(found)}"
    if found.low is not None and found.high is not None:
        said += f", within {signed(found.low)} to {signed(found.high)} at {percent(found)}"
    return f"{said} (n = {found.n}, {found.test}{by})"


def _further(found: Verdict) -> str:
    """What the other kind of confirmations tells of two that both kinds have trained."""
    return f"{varied_over(found.over or 'seeds')}, {_words(found)}"


def _unknown(short: str, sentence: str, **more: Any) -> dict[str, Any]:
    return {"verdicts": [], "short": short, "sentence": sentence, "n_more": SEEDS, **more}


def _trials_of(arms: Mapping[str, Arm]) -> dict[str, list[Trial]]:
    return {name: arm.trials for name, arm in arms.items()}


def _ended(rows: Rows, study: Study) -> list[Trial]:
    return [trial for trial in rows.trials.of_study(study.id) if trial.state.ended and not trial.excluded]


def _led(study: Study) -> str:
    is_led = study.definition["sampler"]["name"] not in NOT_LED or study.definition["pruner"]["name"] != "none"
    return SEARCHED if is_led else ""


def _chosen(rows: Rows, study: Study) -> str:
    """A confirmation has the best trials of another study, so it lies above that one whatever it varies."""
    return CHOSEN if rows.looks.of_confirmation(study.id) else ""


def _judged_by(study: Study) -> tuple[str, str]:
    objective = objective_of(study.definition)
    return objective.metric, objective.direction
