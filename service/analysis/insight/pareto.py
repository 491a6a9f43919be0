"""The Pareto set of a study with several objectives, and the hypervolume that it came to, trial by trial."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna._hypervolume import compute_hypervolume

from experiments.errors import InvalidInput
from service.analysis.judged import judged
from service.analysis.rows import Rows
from service.study.definitions.objectives import Objective, objectives_of
from service.study.pareto import losses_of, measured, nondominated
from service.study.records import Trial

Numbers = NDArray[np.float64]


def pareto(rows: Rows, study_id: str, *, reference: Sequence[float] = ()) -> dict[str, Any]:
    """The trials that no other is better than in all objectives, and how their hypervolume grew."""
    known = judged(rows, study_id)
    objectives = objectives_of(known.study.definition)
    _check(objectives, reference, known.study.name)
    trials = [trial for trial in known.measured if measured(trial.objective_values)]
    values = [measured(trial.objective_values) for trial in trials]
    point = reference or _worst(values, objectives)
    history = [*_history(trials, values, objectives, point)] if point else []
    return {
        "trials": known.used,
        "objectives": [{"metric": each.metric, "direction": each.direction} for each in objectives],
        "items": [_item(trials[place], values[place]) for place in nondominated(values, objectives)],
        "reference": list(point),
        "reference_is": "given" if reference else "worst",
        "hypervolume": history[-1]["hypervolume"] if history else 0.0,
        "history": history,
    }


def _check(objectives: Sequence[Objective], reference: Sequence[float], study: str) -> None:
    n = len(objectives)
    if n == 1:
        raise InvalidInput.at("study", f"it has one objective; `studyhall show {study}` ranks its trials by it")
    if reference and len(reference) != n:
        names = ", ".join(each.metric for each in objectives)
        raise InvalidInput.at("reference", f"give {n} numbers, a bad value of each objective: {names}")
    if not all(map(np.isfinite, reference)):
        raise InvalidInput.at("reference", "give finite numbers")


def _item(trial: Trial, values: Sequence[float]) -> dict[str, Any]:
    return {"trial": trial.number, "values": values, "parameters": trial.parameters}


def _worst(values: Sequence[Sequence[float]], objectives: Sequence[Objective]) -> list[float]:
    """The worst value of each objective that a trial came to; nothing without any trial."""
    losses = [losses_of(each, objectives) for each in values]
    return [each.oriented(max(column)) for each, column in zip(objectives, zip(*losses, strict=True), strict=False)]


def _history(
    trials: Sequence[Trial],
    values: Sequence[Sequence[float]],
    objectives: Sequence[Objective],
    reference: Sequence[float],
) -> Iterator[dict[str, Any]]:
    """Each trial, by number, that made the hypervolume larger than those before it had."""
    bound, front, volume = np.array(losses_of(reference, objectives)), np.empty((0, len(objectives))), 0.0
    for n_completed, (trial, each) in enumerate(zip(trials, values, strict=True), 1):
        losses = np.array(losses_of(each, objectives))
        if np.any(losses >= bound) or np.any(np.all(front <= losses, axis=1)):
            continue
        volume += _gained(front, losses, bound)
        front = np.vstack([front[~np.all(losses <= front, axis=1)], losses])
        yield {"trial": trial.number, "n_completed": n_completed, "hypervolume": volume}


def _gained(front: Numbers, losses: Numbers, bound: Numbers) -> float:
    """What the box between ``losses`` and the bound has that the front's boxes have not."""
    shared = compute_hypervolume(np.maximum(front, losses), bound) if len(front) else 0.0
    return float(np.prod(bound - losses)) - shared
