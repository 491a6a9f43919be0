"""The sections of a report that say what came out: best trials, verdicts, and the test split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from service.report.facts import Facts
from service.report.html import Markup, joined, prose, sentence, tag
from service.report.table import Cell, Table, with_sources
from service.study.records import Trial
from service.study.replicates import replication

Json = Mapping[str, Any]
SHOWN = 20
"""Trials in the table of the best."""
QUESTIONS = {
    "tuned": "Which is better at its best?",
    "typical": "Which is better over its range?",
    "failures": "Which fails or collapses more rarely?",
}
STANDINGS = {
    "leader": "leads",
    "tied": "cannot be told from the best",
    "behind": "behind the best",
    "outside": "far outside",
    "unknown": "not known",
}
CONFIRMED = {
    "reference": "the reference: the others are compared with it",
    "ahead": "better than the reference",
    "tied": "cannot be told from the reference",
    "equal": "ties with the reference",
    "behind": "worse than the reference",
    "unknown": "not known",
    "unconfirmed": "not confirmed",
}
"""Where confirmations have judged."""
VERDICT_FIELDS = (
    *("arm", "verdict", "reference", "effect", "mean", "low", "high", "confidence"),
    *("p", "n", "over", "test", "assumption"),
)
VERDICT = {"mean": "mean difference", "p": "p (this comparison alone, uncorrected)"}
"""Headings that say more than the name."""


def ranked(facts: Facts, answer: Json) -> Iterator[Markup]:
    """The best trials of a study with one objective, with ties and intervals."""
    if not facts.best:
        yield tag("p", sentence(answer["sentence"]))
        return
    table = ranking_table(facts, answer)
    n, n_shown = len(facts.best), len(table.rows)
    which = f"the best {n_shown:,} of {n:,}" if n_shown < n else f"all {n:,}"
    unit = facts.unit
    yield tag(
        "p",
        f"Completed trials, {which}. sd is the sample standard deviation over the runs of a trial; low and high are "
        f"the ends of the 95 % interval of its mean over {unit}s: with one run a trial there are none. "
        + _judged_by(answer),
    )
    yield with_sources(table)


def _judged_by(answer: Json) -> str:
    if answer["confirmed"] is None:
        return "Standing is by these runs."
    which = f"the confirmations of {answer['confirmed']}, which came to the values under “confirmed”"
    return f"Standing is by {which}: trials that have one stand first, in its order."


def ranking_table(facts: Facts, answer: Json) -> Table:
    """One row a trial, the best first."""
    by_trial = {each["trial"]: each for each in answer["places"]}
    shown = _confirmed_first(facts, by_trial)[:SHOWN]
    names = _parameter_names(shown)
    standings = STANDINGS if answer["confirmed"] is None else CONFIRMED
    is_another = answer["confirmed"] != facts.study.name
    rows: list[list[Cell]] = []
    for place, (trial, own) in enumerate(((trial, by_trial[trial.number]) for trial in shown), 1):
        judged: list[Cell] = [
            own["low"],
            own["high"],
            standings[own["standing"]],
            own["confirms"] if is_another else None,
            *(own["confirmed"][name] if own["confirmed"] else None for name in ("value", "n", "over", "std")),
        ]
        spread = _spread(facts, trial)
        rows.append([place, trial.number, trial.value, *spread, *judged, *_parameters(trial, names)])
    metric, of_study = facts.objectives[0].metric, f"trial of {answer['confirmed']}"
    headings = ["#", "trial", metric, "n", "sd", "low", "high", "standing", of_study]
    headings += ["confirmed", "confirmed n", "confirmed over", "confirmed sd", *names]
    return Table(headings, rows).without_empty_columns()


def _confirmed_first(facts: Facts, by_trial: Mapping[int, Json]) -> list[Trial]:
    """Those that were confirmed by what they came to there, the others behind them in their own order."""
    sign = -1.0 if facts.objectives[0].direction == "maximize" else 1.0
    judged = {trial.number: by_trial[trial.number]["confirmed"] for trial in facts.best if trial.number in by_trial}
    confirmed = [trial for trial in facts.best if judged.get(trial.number)]
    others = [trial for trial in facts.best if not judged.get(trial.number)]
    return [*sorted(confirmed, key=lambda trial: sign * judged[trial.number]["value"]), *others]


def _spread(facts: Facts, trial: Trial) -> tuple[int, float | None]:
    found = replication(facts.study, trial, facts.runs.get(trial.id, ()))
    return (1, None) if found is None else (found.n, found.std)


def pareto_set(facts: Facts, found: Json) -> Iterator[Markup]:
    """The trials of a study with several objectives that no other is better than, and their hypervolume."""
    if not facts.best:
        yield tag("p", "No trial has completed yet.")
        return
    shown = facts.best[:SHOWN]
    names = _parameter_names(shown)
    metrics = [each.metric for each in facts.objectives]
    rows: list[list[Cell]] = [[trial.number, *trial.objective_values, *_parameters(trial, names)] for trial in shown]
    n, n_completed = len(facts.best), found["trials"]["completed"]
    first = f", of which the first {len(rows)} are shown" if n > len(rows) else ""
    point = ", ".join(f"{name} {value:.4g}" for name, value in zip(metrics, found["reference"], strict=True))
    yield tag(
        "p",
        f"{n:,} of {n_completed:,} completed trials{first}: no other is better than these in all objectives. "
        f"Their hypervolume is {found['hypervolume']:.4g}, measured from the worst value of each ({point}).",
    )
    yield with_sources(Table(["trial", *metrics, *names], rows))


def verdicts(facts: Facts, decided: Json | None, compared: Mapping[str, Json]) -> Iterator[Markup]:
    """What confirmations decided, and the levels of each choice against each other."""
    if decided is not None:
        yield tag("h3", f"Confirmation of {decided['study']}")
        yield tag("p", sentence(decided["sentence"]))
        yield tag("p", f"Arms are trials of {decided['study']}, by their numbers there.")
        if decided["verdicts"]:
            yield _verdict_table(decided["verdicts"]).html()
    elif not facts.has_several:
        yield tag("p", "The best trials were not trained once more with fresh seeds, so no choice of one is confirmed.")
    for path, found in compared.items():
        yield tag("h3", f"By {path}")
        yield from (tag("p", note) for note in found["notes"])
        yield tag("dl", *(_answered(name, found[name]) for name in QUESTIONS if found[name]))


def _answered(name: str, answer: Json) -> Markup:
    """A question, what is said to it, and the verdicts; how often levels fail is said whole."""
    has_table = name != "failures" and answer["verdicts"]
    table = [_verdict_table(answer["verdicts"]).html()] if has_table else []
    return joined([tag("dt", QUESTIONS[name]), tag("dd", prose(f"{answer['sentence']}."), *table)])


def _verdict_table(found: Sequence[Json]) -> Table:
    headings = [VERDICT.get(name, name) for name in VERDICT_FIELDS]
    return Table(headings, [[each[name] for name in VERDICT_FIELDS] for each in found]).without_empty_columns()


def on_test_split(facts: Facts) -> Iterator[Markup]:
    """The chosen trial on the test split, and the how manieth look at it this was."""
    test = facts.study.test_result
    if test is None:
        yield tag("p", "This study has not looked at the test split.")
        return
    names, runs = [*test["metrics"]], test["runs"]
    missing = f" Not measured: {test['reason']}." if test["reason"] else ""
    measured = f"Trial {test['trial']} alone was measured, once, by {test['n']} of {len(runs)} runs."
    yield tag("p", f"{measured}{_looks(test)}{missing}")
    rows: list[list[Cell]] = [
        [run["seed"], run["fold"], *((run["metrics"] or {}).get(name) for name in names)] for run in runs
    ]
    if len(runs) > 1:
        rows = [*([str(seed), *others] for seed, *others in rows)]
        rows += [["mean", None, *test["metrics"].values()], ["sd", None, *(test["std"][name] for name in names)]]
    yield Table(["seed", "fold", *names], rows).without_empty_columns().html()


def _looks(test: Json) -> str:
    """Nothing where nothing was measured."""
    if test["look"]:
        return f" It was look {test['look']} at the test split of these data, over all studies of this service."
    return " Whether this test split was looked at before is not known." if test["n"] else ""


def _parameter_names(trials: Sequence[Trial]) -> list[str]:
    return [*dict.fromkeys(path for trial in trials for path in trial.parameters)]


def _parameters(trial: Trial, names: Sequence[str]) -> list[Cell]:
    return [_cell(trial.parameters.get(name)) for name in names]


def _cell(value: Any) -> Cell:
    return value if value is None or type(value) in {str, int, float} else str(value)
