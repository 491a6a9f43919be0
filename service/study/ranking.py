"""Who is best: completed trials in the order of the objective."""

from __future__ import annotations

from collections.abc import Iterable

from service.study.definitions.objectives import Objective
from service.study.records import Trial
from service.study.states import RunState


def rank(trials: Iterable[Trial], objective: Objective) -> list[Trial]:
    """The completed trials that are neither excluded nor infeasible, best first; of equal ones the earlier first."""
    sign = -1.0 if objective.direction == "maximize" else 1.0
    judged = [t for t in trials if t.state == RunState.COMPLETED and t.value is not None and t.counts]
    return sorted(judged, key=lambda trial: (sign * (trial.value or 0.0), trial.number))
