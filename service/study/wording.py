"""What is said of a definition's fields where pydantic's words would not tell what to write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.config import metric_names
from experiments.errors import Problem, shortened, suggestion
from experiments.registry import EXPERIMENTS

LONGEST_NAME = 100
"""Characters of a study's name."""
ID = "st_"
"""What every study's id begins with, and no study's name."""


def reworded(problem: Problem, document: Mapping[str, Any]) -> Problem:
    """The problem of a document, in better words where there are some."""
    if problem.path == "name" and "pattern" in problem.message:
        return Problem("name", _name_fault(str(document["name"])))
    if problem.path == "objective" and "a mapping" in problem.message:
        return Problem("objective", "give one objective, e.g. `{metric: val_accuracy, direction: maximize}`")
    if problem.path == "objective.direction":
        return _misspelled_metric(document) or _direction_meant(document) or problem
    if problem.path == "replicates" and isinstance(document["replicates"], int):
        return Problem("replicates", f"write {{seeds: {document['replicates']}}}")
    if problem.path == "sampler" and _bayesian(document["sampler"]):
        return Problem("sampler", f"{problem.message}; Bayesian search is tpe")
    return problem


def _bayesian(sampler: Any) -> bool:
    name = sampler.get("name") if isinstance(sampler, Mapping) else sampler
    return str(name).lower().startswith(("bayes", "optuna"))


def _direction_meant(document: Mapping[str, Any]) -> Problem | None:
    """``max`` and the like, which other tools take."""
    objective = document.get("objective")
    word = str(objective.get("direction")).lower() if isinstance(objective, Mapping) else ""
    meant = {"max": "maximize", "min": "minimize"}.get(word[:3])
    return None if meant is None else Problem("objective.direction", f"write {meant}, not {shortened(word)!r}")


def _name_fault(name: str) -> str:
    if len(name) > LONGEST_NAME:
        return f"a name has at most {LONGEST_NAME} letters, and this one has {len(name):,}; shorten it"
    return "use small letters, digits, dots, dashes and underscores, beginning with a letter or digit"


def _misspelled_metric(document: Mapping[str, Any]) -> Problem | None:
    """Where all metrics are known, one that is not among them is misspelled, and its direction beside the point."""
    objective, name, space = document.get("objective"), document.get("experiment"), document.get("space")
    metric = objective.get("metric") if isinstance(objective, Mapping) else objective
    experiment = EXPERIMENTS.get(name) if isinstance(name, str) else None
    other_data = isinstance(space, Mapping) and not {"data", "model"}.isdisjoint(space)
    if experiment is None or not experiment.task or other_data or not isinstance(metric, str):
        return None
    known = metric_names(experiment.task)
    return None if metric in known else unknown_metric(metric, known)


def unknown_metric(metric: str, known: tuple[str, ...]) -> Problem:
    """What is said of an objective that the experiment does not measure."""
    return Problem("objective.metric", f"no such metric in this experiment: {metric!r}{suggestion(metric, known)}")
