"""The ranking of a study, with what it says and what it does not: intervals, ties with the best, and luck."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from experiments.data import DATA
from experiments.errors import InvalidInput
from experiments.models import MODELS
from service.analysis.answers.confirmed_values import ConfirmedValue
from service.analysis.answers.planning import DEFAULT_SEEDS, Searched, run_seconds, seeds_to_begin
from service.analysis.answers.units import margin_of
from service.analysis.judged import by_one
from service.analysis.rows import Rows
from service.analysis.statistics.noise import of_accuracy, of_best, of_mean
from service.analysis.statistics.outside import outside
from service.analysis.statistics.ties import Noise, Units, is_behind, noise_of
from service.study.definitions.objectives import Objective, objective_of
from service.study.definitions.parts import Replicates
from service.study.ranking import rank, repeated, told_repeats
from service.study.records import Run, Study, Trial
from service.study.replicates import chance
from service.study.states import RunState

Standing = Literal["leader", "tied", "behind", "outside", "unknown", "reference", "ahead", "equal", "unconfirmed"]
"""The last four are those of confirmations."""
MOST_CONFIRMED = 5
"""How many trials a confirmation takes unless it is told."""
MOST_NAMED = 3
"""Trials far outside that the sentence names."""
NONE_FEASIBLE = "no completed trial keeps the constraints, so none is the best"


@dataclass(frozen=True)
class Contender:
    """A completed trial: its value, and its runs' by seed or by fold."""

    number: int
    value: float
    units: Units
    guessing: float | None = None
    """What always answering the same would give, where it has one run and that is known."""
    repeats: int | None = None
    """The best-placed trial of its configuration, unless that is itself."""


@dataclass(frozen=True)
class Setting:
    """What the values of a study's trials share."""

    study: str
    unit: Literal["seed", "fold"]
    """What the runs of a trial vary."""
    paired: bool
    """Whether all trials have the same seeds or folds."""
    maximize: bool = True
    margin: float = 0.0
    """A difference up to this does not matter."""
    examples: int | None = None
    """On how many validation examples an accuracy is measured, where that is what is judged and the number is known."""
    run_seconds: float | None = None
    """How long a run takes, those beside it counted in."""
    is_population: bool = False
    """Whether what a trial trained is a schedule of values, which no confirmation holds."""


@dataclass(frozen=True)
class Place:
    """Where a trial stands: ``tied`` cannot be told from the best; of ``unknown`` nothing can be said.

    ``outside`` has one run, that is at chance or far outside the others. Where confirmations have judged, all is said
    against the ``reference``: ``ahead``, ``behind``, ``equal`` as far as it matters, or ``tied``.
    """

    trial: int
    standing: Standing
    n: int
    """Seeds or folds."""
    low: float | None
    high: float | None
    """The 95 % interval of its mean; null for one run, of which nobody knows how far it scatters."""
    confirms: int | None = None
    """Of a confirmation, the trial of the confirmed study that it trains once more."""
    repeats: int | None = None
    """The best-placed trial of its configuration, unless that is itself: it stands for all of them."""
    confirmed: ConfirmedValue | None = None
    """What it came to in the confirmations that have judged it."""


@dataclass(frozen=True)
class Validation:
    """What a number of examples makes of an accuracy: between these it lies, at 95 %, on new examples."""

    examples: int
    low: float
    high: float


@dataclass(frozen=True)
class Selection:
    """What choosing the best of ``n`` adds to its value: of ``n_tied`` equals, the luckiest leads."""

    n: int
    n_tied: int
    noise: float | None
    """The standard error of a trial's mean; null where a trial has one run."""
    bias: float | None
    """By how much the best of so many equal trials is expected to look better than it is."""


@dataclass(frozen=True)
class Confirmable:
    """What a confirmation would train."""

    k: int
    seeds: int
    seconds: float | None
    again: bool = False
    """Whether these are the trials of the confirmation before, which one without ``k`` takes."""


@dataclass(frozen=True)
class Answer:
    """What a ranking tells, in a sentence and as numbers."""

    sentence: str
    leader: int | None
    unit: Literal["seed", "fold"]
    method: str
    assumption: str
    validation: Validation | None
    selection: Selection
    confirm: Confirmable | None
    """Nothing where nothing is left open, or where a confirmation would not tell."""
    places: Sequence[Place]
    run_seconds: float | None = None
    """How long a run takes, those beside it counted in."""
    confirmed: str | None = None
    """The study whose confirmations have judged, if any have."""


def by_own_runs(rows: Rows, study_id: str) -> Answer:
    """The answer of a study by its own runs, with all its places."""
    study = rows.studies.get(study_id)
    objective = objective_of(study.definition)
    best_first = rank(rows.trials.of_study(study_id), objective)
    runs = rows.runs.of_study(study_id)
    setting = _setting(study, objective, best_first[:1], runs)
    none_feasible = not best_first and bool(study.counts.get(RunState.COMPLETED))
    found = answer([*_contenders(best_first, runs, setting.unit, _guessing(study, objective))], setting)
    sentence = "; ".join([NONE_FEASIBLE if none_feasible else found.sentence, *by_one(study)])
    return replace(found, sentence=sentence)


def answer(best_first: Sequence[Contender], setting: Setting) -> Answer:
    """What a ranking tells."""
    noise = noise_of([each.units for each in best_first], paired=setting.paired, folds=setting.unit == "fold")
    validation = _validation(best_first, setting)
    apart = {} if noise.is_known else _outside(best_first, setting)
    places = [_place(each, best_first, setting, noise, validation, apart) for each in best_first]
    selection = _selection(best_first, places, noise)
    confirm = _confirm(best_first, places, setting)
    return Answer(
        sentence=_sentence(best_first, setting, places, selection, validation, confirm, apart),
        leader=best_first[0].number if best_first else None,
        unit=setting.unit,
        method=_method(setting, noise, validation),
        assumption="runs of all trials scatter alike, and normally" if noise.is_known else "",
        validation=validation,
        selection=selection,
        confirm=confirm,
        places=places,
        run_seconds=setting.run_seconds,
    )


def _outside(best_first: Sequence[Contender], setting: Setting) -> Mapping[int, str]:
    """The numbers of trials of one run that no seed explains, each with why; the best is none of them."""
    if any(len(each.units) > 1 for each in best_first):
        return {}
    values, guessing = [each.value for each in best_first], [each.guessing for each in best_first]
    found = outside(values, guessing, maximize=setting.maximize)
    return {best_first[place].number: why for place, why in sorted(found.items()) if place}


def _confirm(best_first: Sequence[Contender], places: Sequence[Place], setting: Setting) -> Confirmable | None:
    n = Counter(place.standing for place in places if place.repeats is None)
    n_open = n["tied"] or n["unknown"]
    if not n_open or setting.is_population:
        return None
    k = min(MOST_CONFIRMED, 1 + n_open)
    best, *others = [each.value for each in best_first if each.repeats is None][:k]
    a_seed = None if setting.run_seconds is None else k * setting.run_seconds
    searched = Searched([each.units for each in best_first] if setting.unit == "seed" else [], setting.paired)
    seeds = seeds_to_begin(searched, [value - best for value in others], setting.margin, a_seed)
    return Confirmable(k, seeds, None if a_seed is None else seeds * a_seed)


def _place(
    contender: Contender,
    best_first: Sequence[Contender],
    setting: Setting,
    noise: Noise,
    validation: Validation | None,
    apart: Mapping[int, str],
) -> Place:
    leader, interval = best_first[0], of_mean([*contender.units.values()], folds=setting.unit == "fold")
    standing: Standing
    if contender is leader:
        standing = "leader"
    elif noise.is_known:
        behind = is_behind(leader.units, contender.units, noise, len(best_first), paired=setting.paired)
        standing = "unknown" if behind is None else "behind" if behind else "tied"
    elif validation and contender.value >= validation.low:
        standing = "tied"
    else:
        standing = "outside" if contender.number in apart else "unknown"
    low, high = interval or (None, None)
    if interval and validation:  # Student's t knows no bounds, an accuracy has them
        low, high = max(0.0, interval[0]), min(1.0, interval[1])
    return Place(contender.number, standing, len(contender.units), low, high, repeats=contender.repeats)


def _validation(best_first: Sequence[Contender], setting: Setting) -> Validation | None:
    if not best_first or setting.examples is None:
        return None
    return Validation(setting.examples, *of_accuracy(best_first[0].value, setting.examples))


def _selection(best_first: Sequence[Contender], places: Sequence[Place], noise: Noise) -> Selection:
    n_tied = sum(place.standing == "tied" for place in places)
    if not best_first or not noise.is_known:
        return Selection(len(places), n_tied, None, None)
    error = noise.spread / len(best_first[0].units) ** 0.5
    return Selection(len(places), n_tied, error, error * of_best(n_tied + 1))


def _method(setting: Setting, noise: Noise, validation: Validation | None) -> str:
    if noise.is_known:
        return f"Tukey's range{f', paired by {setting.unit}' if setting.paired else ''}"
    return "Wilson's interval of the leader's accuracy" if validation else ""


def _sentence(
    best_first: Sequence[Contender],
    setting: Setting,
    places: Sequence[Place],
    selection: Selection,
    validation: Validation | None,
    confirm: Confirmable | None,
    apart: Mapping[int, str],
) -> str:
    if not best_first:
        return "no trial has completed yet"
    leader, own = best_first[0], places[0]
    interval = "" if own.low is None else f" ({own.low:.4g} to {own.high:.4g} at 95 %, {own.n} {setting.unit}s)"
    parts = [f"trial {leader.number} leads with {leader.value:.4g}{interval}"]
    if len(places) == 1:
        return f"{parts[0]}; no other trial has completed"
    parts += [*_others(places, own.n, setting), *repeats(places), *_far(best_first, places, apart)]
    if validation:
        parts.append(
            f"{validation.examples:,} validation examples tell an accuracy of {leader.value:.4g} from "
            f"{validation.low:.3g} to {validation.high:.3g} at 95 %"
        )
    if selection.bias:
        parts.append(
            f"as the best of {selection.n_tied + 1} equals it is expected to look {selection.bias:.2g} too good"
        )
    if setting.is_population:
        remedy = "submitted with `replicates: {seeds: 10}`, would tell"
        return "; ".join([*parts, f"what `studyhall best {setting.study}` prints, {remedy}"])
    if confirm is not None:
        duration = "" if confirm.seconds is None else f", in {about(confirm.seconds)}"
        given = "" if confirm.seeds == DEFAULT_SEEDS else f" --seeds {confirm.seeds}"
        command = f"studyhall confirm {setting.study} --k {confirm.k}{given}"
        parts.append(f"`{command}` would tell over {confirm.seeds} seeds{duration}")
    return "; ".join(parts)


def _others(places: Sequence[Place], n: int, setting: Setting) -> Iterator[str]:
    standings = Counter(place.standing for place in places)
    paired = f", paired by {setting.unit}" if setting.paired else ""
    how = "with one run each" if n == 1 else f"at 95 %{paired}"
    if n_tied := standings["tied"]:
        yield f"{'one other is' if n_tied == 1 else f'{n_tied:,} others are'} not distinguishable from it {how}"
    elif standings["behind"]:
        yield f"all others are behind it {how}"
    elif n_unknown := standings["unknown"]:
        others = "one other" if n_unknown == 1 else f"{n_unknown:,} others"
        yield (
            f"{how} there is no interval, so how much of the distance to {others} is chance is not known"
            if n == 1
            else f"{how}, nothing tells {others} from it"
        )


def repeats(places: Sequence[Place]) -> Iterator[str]:
    """Which of those that a confirmation would take have configurations that others have too."""
    others = {place.trial: place.repeats for place in places if place.repeats is not None}
    return told_repeats(others, [place.trial for place in places if place.repeats is None][:MOST_CONFIRMED])


def _far(best_first: Sequence[Contender], places: Sequence[Place], apart: Mapping[int, str]) -> Iterator[str]:
    """Which trials are far outside, the best of them first, and why."""
    far = [each for each, place in zip(best_first, places, strict=True) if place.standing == "outside"]
    if far:
        named = ", ".join(f"trial {each.number} ({each.value:.4g}, {apart[each.number]})" for each in far[:MOST_NAMED])
        more = f" and {len(far) - MOST_NAMED:,} more" if len(far) > MOST_NAMED else ""
        yield f"{named}{more} {'stands' if len(far) == 1 else 'stand'} apart"


def about(seconds: float) -> str:
    """A duration in the words of an estimate: ``about a minute``."""
    for size, one, name in ((3600.0, "an hour", "hours"), (60.0, "a minute", "minutes")):
        if seconds >= 0.75 * size:
            n = round(seconds / size)
            return f"about {one}" if n <= 1 else f"about {n} {name}"
    return "less than a minute"


def _guessing(study: Study, objective: Objective) -> Callable[[Trial], float | None]:
    replicates = Replicates.model_validate(study.definition["replicates"])
    return lambda trial: chance(trial.config, objective, None) if replicates.n_runs == 1 else None


def _contenders(
    best_first: Sequence[Trial],
    runs: Sequence[Run],
    unit: Literal["seed", "fold"],
    guessing: Callable[[Trial], float | None],
) -> list[Contender]:
    values: dict[str, dict[int, list[float]]] = {}
    for run in runs:
        if run.state is RunState.COMPLETED and run.value is not None:
            key = run.fold if unit == "fold" and run.fold is not None else run.seed
            values.setdefault(run.trial_id, {}).setdefault(key, []).append(run.value)
    others = repeated(best_first)
    return [
        Contender(
            trial.number,
            float(trial.value or 0.0),
            {key: sum(found) / len(found) for key, found in values.get(trial.id, {}).items()},
            guessing(trial),
            others.get(trial.number),
        )
        for trial in best_first
    ]


def _setting(study: Study, objective: Objective, best: Sequence[Trial], runs: Sequence[Run]) -> Setting:
    declared = Replicates.model_validate(study.definition["replicates"])
    return Setting(
        study=study.name,
        unit="fold" if declared.folds else "seed",
        paired=declared.n_runs > 1 and (declared.paired or declared.folds is not None),
        maximize=objective.direction == "maximize",
        margin=margin_of(objective, [trial.value for trial in best if trial.value is not None]),
        examples=_examples(best[0].config, objective, declared) if best else None,
        run_seconds=run_seconds(runs),
        is_population=study.is_population,
    )


def _examples(config: Mapping[str, Any], objective: Objective, declared: Replicates) -> int | None:
    """How many examples an accuracy is measured on; of a user's own data and module they alone know."""
    if objective.metric != "val_accuracy" or objective.direction != "maximize" or "data" not in config:
        return None
    try:
        data, model = DATA[config["data"]["name"]], MODELS[config["model"]["name"]]
    except InvalidInput:
        return None
    # Folds together measure every example that is not held out for the test once.
    return None if model.from_plugin or data.from_plugin else data.n_validated(declared.folds)
