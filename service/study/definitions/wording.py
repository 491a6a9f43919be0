"""What is said of a definition's fields where pydantic's words would not tell what to write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from experiments.config import metric_names
from experiments.errors import Problem, shortened, suggestion
from experiments.registry import EXPERIMENTS
from service.study.definitions.objectives import of_single

LONGEST_NAME = 100
"""Characters of a study's name."""
LIST = " (one of:"
"""Where a message begins to list everything that may be meant."""
ID = "st_"
"""What every study's id begins with, and no study's name."""


SWEEP: Mapping[str, str] = {
    "method": "write `sampler: tpe`, `random` or `grid`",
    "metric": "write `objective: {metric: NAME, direction: minimize}`",
    "parameters": "what varies stands in `space`, below the component it belongs to, e.g. `space: {optimizer: {name: "
    "adam, lr: {log_uniform: [1e-4, 1e-1]}}}`, and in `training`, e.g. `training: {batch_size: {choice: [16, 32]}}`",
    "early_terminate": "write `pruner: asha` or `hyperband`",
    "run_cap": "write `max_trials: N`",
    "program": "a study names a registered `experiment`, and no file of code",
    "command": "a study names a registered `experiment`, and no command",
    "project": "leave it out",
    "entity": "leave it out",
    "description": "write `notes`",
}
"""What the fields of a W&B sweep are here."""


INTERVALS: Mapping[str, str] = {
    "hyperband.interval": "hyperband counts epochs alone; within them asha prunes, e.g. `pruner: {name: asha, "
    "interval: {steps: 500}}`",
    "asha.interval": "asha looks at rungs, the first after `min_epochs`; write that, or `interval: {steps: 500}` to "
    "count optimizer steps",
    "wilcoxon.interval": "wilcoxon looks at a trial each time that a run of it has completed; leave it out",
}
"""Of pruners that look at no run every few epochs, to what is said of an interval."""


def told(problems: Iterable[Problem], document: Mapping[str, Any]) -> list[Problem]:
    """The problems of a document in our words; all fields that there are are listed once."""
    found = [
        _of_sweep(problem, document)
        or _of_patient(problem, document)
        or _of_interval(problem)
        or reworded(problem, document)
        for problem in (of_single(problem, document) for problem in problems)
    ]
    first = next((problem for problem in found if LIST in problem.message), None)
    return [
        replace(problem, message=problem.message.partition(LIST)[0])
        if first is not None and problem is not first and problem.message == first.message
        else problem
        for problem in found
    ]


def _of_sweep(problem: Problem, document: Mapping[str, Any]) -> Problem | None:
    if problem.path not in SWEEP or "parameters" not in document or not problem.message.startswith("unknown field"):
        return None
    return Problem(problem.path, f"unknown field, as a sweep of W&B has it; {SWEEP[problem.path]}")


def _of_patient(problem: Problem, document: Mapping[str, Any]) -> Problem | None:
    pruner = document.get("pruner")
    if problem.path != "pruner.patient.pruner" or (isinstance(pruner, Mapping) and "pruner" in pruner):
        return None
    return Problem(problem.path, "name the pruner that decides about a run without gain, e.g. `pruner: median`")


def _of_interval(problem: Problem) -> Problem | None:
    of_pruner = problem.path.startswith("pruner.")
    said = next((said for end, said in INTERVALS.items() if of_pruner and problem.path.endswith(f".{end}")), None)
    return None if said is None else Problem(problem.path, said)


def reworded(problem: Problem, document: Mapping[str, Any]) -> Problem:
    """The problem of a document, in better words where there are some."""
    if problem.path == "name" and "pattern" in problem.message:
        return Problem("name", _name_fault(str(document["name"])))
    if problem.path == "objective" and "a mapping" in problem.message:
        return Problem("objective", "give one objective, e.g. `{metric: val_accuracy, direction: maximize}`")
    if problem.path.startswith("objective.") and problem.path.endswith(".direction"):
        return _misspelled_metric(problem, document) or _direction_meant(problem, document) or problem
    if problem.path == "replicates" and type(document["replicates"]) is int:
        return Problem("replicates", f"write {{seeds: {document['replicates']}}}")
    if problem.path == "sampler" and _bayesian(document["sampler"]):
        return Problem("sampler", f"{problem.message.partition(' (')[0]}; Bayesian search is tpe, or gp")
    return problem


def _bayesian(sampler: Any) -> bool:
    name = sampler.get("name") if isinstance(sampler, Mapping) else sampler
    return str(name).lower().startswith(("bayes", "optuna"))


def _objective_at(path: str, document: Mapping[str, Any]) -> Any:
    """What a problem of the objective, or of one of several, is about."""
    objective, place = document.get("objective"), path.split(".")[1]
    return objective[int(place)] if isinstance(objective, list | tuple) and place.isdigit() else objective


def _direction_meant(problem: Problem, document: Mapping[str, Any]) -> Problem | None:
    """``max`` and the like, which other tools take."""
    objective = _objective_at(problem.path, document)
    word = str(objective.get("direction")).lower() if isinstance(objective, Mapping) else ""
    meant = {"max": "maximize", "min": "minimize"}.get(word[:3])
    return None if meant is None else Problem(problem.path, f"write {meant}, not {shortened(word)!r}")


def _name_fault(name: str) -> str:
    if len(name) > LONGEST_NAME:
        return f"a name has at most {LONGEST_NAME} letters, and this one has {len(name):,}; shorten it"
    return "use small letters, digits, dots, dashes and underscores, beginning with a letter or digit"


def _misspelled_metric(problem: Problem, document: Mapping[str, Any]) -> Problem | None:
    """Where all metrics are known, one that is not among them is misspelled, and its direction beside the point."""
    objective, name, space = _objective_at(problem.path, document), document.get("experiment"), document.get("space")
    metric = objective.get("metric") if isinstance(objective, Mapping) else objective
    experiment = EXPERIMENTS.get(name) if isinstance(name, str) else None
    other_data = isinstance(space, Mapping) and not {"data", "model"}.isdisjoint(space)
    if experiment is None or not experiment.task or other_data or not isinstance(metric, str):
        return None
    known = metric_names(experiment.task)
    place = problem.path.removesuffix(".direction")
    return None if metric in known else unknown_metric(metric, known, f"{place}.metric")


def unknown_metric(metric: str, known: tuple[str, ...], path: str = "objective.metric") -> Problem:
    """What is said of a metric, such as an objective, that the experiment does not measure."""
    return Problem(path, f"no such metric in this experiment: {metric!r}{suggestion(metric, known)}")
