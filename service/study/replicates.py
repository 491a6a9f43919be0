"""The runs of one trial taken together: what they come to, how far they spread, and which of them went wrong.

A mean hides what its runs did: .10 .10 .10 .10 .89 is 0.26, which none of them came near. So wherever the value of a
trial with several runs is shown, this stands beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median, stdev
from typing import Any, Literal

from experiments.data import DATA
from experiments.errors import InvalidInput
from experiments.models import MODELS
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.objectives import Objective, objective_of
from service.study.definitions.parts import Replicates
from service.study.records import Run, Study, Trial
from service.study.states import FailureKind, RunState

ACCURACIES = frozenset({"train_accuracy", "val_accuracy"})
"""The metrics of our own classification task that guessing can be compared with."""
FEWEST = 3
"""Values from which one can lie far outside the others: of two, either may be the strange one."""
FAR = 5.0
"""How many of the siblings' spreads from their median is far outside."""
NORMAL = 1.4826
"""The median absolute deviation times this is the standard deviation of a normal distribution."""
FLOOR = 0.03
"""The least spread, as a share of the median: siblings that agree by chance make no outlier of a run near them."""


@dataclass(frozen=True)
class Mark:
    """What is strange about a run's value; ``collapsed`` is said only of one that diverged or is at chance."""

    word: Literal["collapsed", "outlier"]
    kind: Literal["non_finite", "at_chance", "far_outside"]
    reason: str
    """In words, e.g. ``at chance: 0.1, and always the most frequent class is right for 0.104``."""


@dataclass(frozen=True)
class Replication:
    """The runs of one trial."""

    aggregate: str
    """How the trial's value comes of theirs: ``mean``, ``median`` or ``worst``."""
    n: int
    """Runs that completed with a value: those that the trial's value is of."""
    n_runs: int
    """Runs that the trial has."""
    std: float | None
    """The sample standard deviation (n - 1) of the ``n`` values; nothing for fewer than two."""
    marks: Mapping[str, Mark]
    """Run id to what is strange about it."""

    @property
    def n_collapsed(self) -> int:
        """How many runs collapsed."""
        return sum(mark.word == "collapsed" for mark in self.marks.values())

    @property
    def n_outliers(self) -> int:
        """How many runs lie far outside the others, on whichever side."""
        return sum(mark.word == "outlier" for mark in self.marks.values())


def replication(study: Study, trial: Trial, runs: Sequence[Run]) -> Replication | None:
    """What the runs of a trial came to together; nothing when it has only one."""
    if len(runs) < 2:
        return None
    objective = objective_of(study.definition)
    declared = Replicates.model_validate(study.definition["replicates"])
    values = _values(runs)
    return Replication(
        aggregate=declared.aggregate,
        n=len(values),
        n_runs=len(runs),
        std=sample_std(values.values()),
        marks=marked(runs, objective, chance(trial.config, objective, declared.folds)),
    )


def marks_of(study: Study, trial: Trial, runs: Sequence[Run]) -> Mapping[str, Mark]:
    """Run id to what is strange about the run among the trial's ``runs``."""
    found = replication(study, trial, runs)
    return found.marks if found else {}


def aggregate(definition: StudyDefinition, runs: Iterable[Run]) -> tuple[float | None, dict[str, float]]:
    """Objective and metrics of a trial from those of its completed runs; a metric counts if all of them have it."""
    done = [run for run in runs if run.state == RunState.COMPLETED and run.value is not None]
    if not done:
        return None, {}
    value = together(definition, _values(done).values())
    if definition.replicates.aggregate == "worst":  # a metric of another run's would not belong to the value
        done = [next(run for run in done if run.value == value)]
    combine = median if definition.replicates.aggregate == "median" else fmean
    names = set.intersection(*(set(run.metrics) for run in done))
    return value, {name: float(combine(run.metrics[name] for run in done)) for name in sorted(names)}


def further_values(definition: StudyDefinition, metrics: Mapping[str, float]) -> tuple[float | None, ...]:
    """The values of the objectives after the first: all of a trial's values are of one epoch, as its metrics are."""
    return tuple(objective.monitor.value(metrics) for objective in definition.objectives[1:])


def together(definition: StudyDefinition, values: Iterable[float]) -> float:
    """What a trial's value is of these values of its runs, one at least."""
    match definition.replicates.aggregate:
        case "mean":
            return fmean(values)
        case "median":
            return float(median(values))
        case "worst":
            return float(min(values) if definition.objective.direction == "maximize" else max(values))


def sample_std(values: Iterable[float]) -> float | None:
    """The sample standard deviation (n - 1); nothing for fewer than two values."""
    listed = list(values)
    return stdev(listed) if len(listed) > 1 else None


def chance(config: Mapping[str, Any], objective: Objective, folds: int | None) -> float | None:
    """The accuracy that guessing gives a trial with this configuration, if an accuracy is what it is judged by.

    It is known for our own data sets and models. What a user's own module calls an accuracy, it alone knows.
    """
    if objective.metric not in ACCURACIES or objective.direction != "maximize":
        return None
    if "data" not in config:  # it is trained elsewhere
        return None
    try:
        data, model = DATA[config["data"]["name"]], MODELS[config["model"]["name"]]
    except InvalidInput:  # a user's own, in a process that does not know them
        return None
    return None if model.from_plugin else data.guessing_accuracy(folds)


def marked(runs: Iterable[Run], objective: Objective, chance: float | None) -> dict[str, Mark]:
    """Run id to what is strange about the run. One that is marked takes no part in judging the others.

    Siblings differ in the seed alone: another fold has other data, on which every trial may do worse.
    """
    runs = list(runs)
    marks = {run.id: _non_finite(run) for run in runs if run.failure == FailureKind.DIVERGED}
    values = _values(runs)
    if chance is not None:
        marks |= {run_id: _at_chance(value, chance) for run_id, value in values.items() if value <= chance}
    folds: dict[int | None, dict[str, float]] = {}
    for run in runs:
        if run.id in values.keys() - marks.keys():
            folds.setdefault(run.fold, {})[run.id] = values[run.id]
    return marks | {key: mark for fold in folds.values() for key, mark in _far_outside(fold, objective)}


def _values(runs: Iterable[Run]) -> dict[str, float]:
    completed = [run for run in runs if run.state == RunState.COMPLETED]
    return {run.id: run.value for run in completed if run.value is not None and math.isfinite(run.value)}


def _non_finite(run: Run) -> Mark:
    return Mark("collapsed", "non_finite", f"non-finite: {run.reason}")


def _at_chance(value: float, chance: float) -> Mark:
    reason = f"at chance: {value:.3g}, and always answering the most frequent class gives {chance:.3g}"
    return Mark("collapsed", "at_chance", reason)


def _far_outside(values: Mapping[str, float], objective: Objective) -> Iterator[tuple[str, Mark]]:
    """Each run against the median of the others, in units of their median absolute deviation."""
    if len(values) < FEWEST:
        return
    for run_id, value in values.items():
        siblings = [other for other_id, other in values.items() if other_id != run_id]
        middle = median(siblings)
        spread = max(NORMAL * median(abs(other - middle) for other in siblings), FLOOR * abs(middle))
        if abs(value - middle) > FAR * spread:
            side = "worse than" if objective.better(middle, value) else "better than"
            reason = f"far outside its siblings: {value:.3g}, {side} their median {middle:.3g}"
            yield run_id, Mark("outlier", "far_outside", reason)
