"""What was done, in the words of a paper's section on methods."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter

from experiments.data import DATA, HELD_OUT
from experiments.errors import InvalidInput
from service.report.facts import Facts
from service.study.budgets import UNITS
from service.study.definitions.parts import given
from service.study.definitions.pruners import Pruner
from service.study.definitions.samplers import AutoSampler, Sampler

HOUR = 3600.0


def methods(facts: Facts, ranking: Mapping[str, Any] | None) -> str:
    """A paragraph. ``ranking`` is the analysis of that name, where there is one objective."""
    parts = (_search(facts), _trials(facts), _data(facts), _runs(facts), _spent(facts), _selection(facts))
    return " ".join([*(sentence for part in parts for sentence in part), *_test(facts, ranking)])


def _search(facts: Facts) -> Iterator[str]:
    definition = facts.study.definition
    sampler: Any = TypeAdapter(Sampler).validate_python(definition["sampler"])
    if isinstance(sampler, AutoSampler) and sampler.chosen is not None:
        yield f"The choice of the sampler was left to Studyhall, which chose {sampler.chosen.name}: {sampler.because}."
        sampler = sampler.chosen
    yield f"Configurations were drawn from the space below by {_described(sampler)}"
    if facts.study.is_population:
        yield "Trials trained together and took over each other's values: those below are what each began with."
    yield f"The seed of the search is {definition['seed']}."
    if n := facts.study.n_queued:
        yield f"{n:,} configurations were given by hand and tried before the sampler's."
    if definition.get("warm_start"):
        yield "The search began from earlier studies, as the definition says."


def _trials(facts: Facts) -> Iterator[str]:
    counts = Counter(trial.state.lower() if trial.state.ended else "not ended" for trial in facts.trials)
    n = len(facts.trials)
    parts = ", ".join(f"{number:,} {word}" for word, number in counts.most_common())
    yield f"There were {n:,} trial{'' if n == 1 else 's'}: {parts}." if n else "No trial has begun."
    pruner: Any = TypeAdapter(Pruner).validate_python(facts.study.definition["pruner"])
    yield ("Nothing was pruned." if pruner.name == "none" else f"Runs were ended early by {_described(pruner)}")


def _described(part: BaseModel) -> str:
    """A sampler or pruner with what its class says of it, which names its paper, and with its settings."""
    settings = given(part.model_dump(mode="json"))
    name, says = settings.pop("name"), " ".join((inspect.getdoc(type(part)) or "").partition("\n\n")[0].split())
    named = ", ".join(f"{key} = {value}" for key, value in settings.items())
    return f"{name} ({says.rstrip('.')}{f'; {named}' if named else ''})."


def _data(facts: Facts) -> Iterator[str]:
    names = {str(trial.config["data"]["name"]) for trial in facts.trials if "data" in trial.config}
    if len(names) != 1:
        return
    (name,) = names
    try:
        data = DATA[name]
    except InvalidInput:  # a user's own, which this process does not know
        return
    if data.from_plugin or not data.n_examples:
        yield f"The data are those of the user's own module {name}, which splits them itself."
        return
    share, folds = f"{HELD_OUT:.0%}".replace("%", " %"), facts.replicates.folds
    parts = f"the rest is divided into {folds} folds" if folds else f"{share} for validation, the rest for training"
    yield f"The data are {name}: {data.n_examples:,} examples, {share} of them held out for the test, {parts}."
    yield "The split is the same for all runs."


def _runs(facts: Facts) -> Iterator[str]:
    replicates = facts.replicates
    epochs = max((run.planned_epochs for runs in facts.runs.values() for run in runs), default=0)
    if epochs:
        yield f"A run trains for up to {epochs:,} epoch{'' if epochs == 1 else 's'}."
    if replicates.n_runs == 1:
        yield "Each trial is one run, with a seed of its own."
    else:
        seeds = f"{replicates.n_seeds} seed{'' if replicates.n_seeds == 1 else 's'}"
        folds = f" and {replicates.folds} folds" if replicates.folds else ""
        same = "the same for all trials" if replicates.paired else "other ones for each trial"
        yield f"Each trial is {replicates.n_runs} runs, over {seeds}{folds}, {same}."
        value = {"worst": "worst value"}.get(replicates.aggregate, replicates.aggregate)
        yield f"The value of a trial is their {value}."


def _spent(facts: Facts) -> Iterator[str]:
    study, spent = facts.study, facts.study.spent
    cpus = study.definition.get("resources", {}).get("cpus", 1.0)
    hours = {"CPU": spent.seconds * cpus / HOUR, "GPU": spent.device_seconds / HOUR}
    parts = [f"{spent.epochs:,} epochs", *(f"{value:.2g} {name} hours" for name, value in hours.items() if value)]
    yield f"In all, {' and '.join(parts)} were spent, with up to {study.max_concurrent_trials} trials at a time."
    limits = [f"{value:g} {UNITS[name]}" for name, value in study.budget.items()]
    limits += [f"{study.max_trials:,} trials"] if study.max_trials is not None else []
    if limits:
        yield f"The budget was {', '.join(limits)}."


def _selection(facts: Facts) -> Iterator[str]:
    first = facts.objectives[0]
    epoch = "its best epoch" if first.reduce == "best" else "its last epoch"
    if facts.has_several:
        named = ", ".join(f"{each.metric} ({each.direction}d)" for each in facts.objectives)
        yield f"Trials were judged by {named}, all at the epoch of a run that is the best by {first.metric}."
        yield "Chosen are those that no other trial is better than in all objectives (the Pareto set)."
    else:
        yield f"A run was judged by {first.metric}, {first.direction}d, at {epoch}."
        yield "Chosen is the completed trial with the best value."
    yield "Trials that were excluded by hand, or violate a constraint, take no part, nor did the test split."


def _test(facts: Facts, ranking: Mapping[str, Any] | None) -> Iterator[str]:
    if ranking is None:
        return
    if ranking["method"]:
        assumption = f", which assumes that {ranking['assumption']}" if ranking["assumption"] else ""
        yield f"What is tied with the best was judged at 95 % by {ranking['method']}{assumption}."
    elif facts.replicates.n_runs == 1:
        yield f"With one run a trial, how far values scatter over {facts.unit}s is not known, and nothing was tested."
    if facts.replicates.n_runs > 1:
        yield f"Intervals of a trial's mean are Student's, over its {facts.unit}s."
