"""What arms are compared by: the value of each seed or fold, whether it failed, and what does not matter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from statistics import median

from service.analysis.statistics.failures import Kind
from service.analysis.statistics.verdicts import Values
from service.study.definitions.objectives import Objective
from service.study.records import Run, Trial
from service.study.states import FailureKind, RunState

ACCURACY_MARGIN, RELATIVE_MARGIN = 0.01, 0.01
"""A difference up to one point of an accuracy, or one in a hundred of another metric, does not matter."""


def units_of(runs: Sequence[Run], folds: int | None) -> Values:
    """What runs came to by seed, or by fold: the mean over its seeds."""
    found: dict[Hashable, list[float]] = defaultdict(list)
    for run in runs:
        if run.state is RunState.COMPLETED and run.value is not None:
            found[run.fold if folds else run.seed].append(run.value)
    return {unit: sum(values) / len(values) for unit, values in found.items()}


def is_judged(record: Trial | Run) -> bool:
    """Whether it says anything of whether it fails: what somebody ended does not."""
    return record.state in {RunState.COMPLETED, RunState.FAILED}


def failure_of(record: Trial | Run, guessing: float | None) -> Kind | None:
    """As what it counts as failed; nothing where it does not."""
    if record.state is RunState.FAILED:
        return "diverged" if record.failure == FailureKind.DIVERGED else "failed"
    at_chance = guessing is not None and record.value is not None and record.value <= guessing
    return "at_chance" if at_chance else None


def margin_of(objective: Objective, values: Sequence[float]) -> float:
    """Up to which a difference does not matter, of values about these."""
    if objective.metric.endswith("accuracy"):
        return ACCURACY_MARGIN
    return RELATIVE_MARGIN * abs(median(values)) if values else 0.0  # which a few that collapsed do not move


def margin_from(objective: Objective) -> str:
    """Where the margin comes from, unless one was asked for."""
    if objective.metric.endswith("accuracy"):
        return "one point of an accuracy"
    return f"one hundredth of the median {objective.metric}"
