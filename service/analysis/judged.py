"""Which trials an analysis learns from, and which it leaves out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from experiments.errors import InvalidInput
from service.analysis.rows import Rows
from service.study.definitions.objectives import Objective, objectives_of
from service.study.records import Study, Trial
from service.study.states import RunState, told_state

INDEPENDENT = frozenset({"grid", "random", "qmc"})
"""Samplers that learn nothing."""


@dataclass(frozen=True)
class Judged:
    """The trials of a study by what is known of them; ``measured`` have a value, ``beaten`` were worse than others."""

    study: Study
    objective: Objective
    """The one that the value of each trial is of."""
    measured: Sequence[Trial]
    """Completed, by number."""
    beaten: Sequence[Trial]
    """Pruned, diverged, too slow or infeasible, by number: none of them is among the best."""
    left_out: Mapping[str, int]
    """How many others there are, by why nothing is learned from them."""

    @property
    def sign(self) -> float:
        """What makes less be better of a value."""
        return self.objective.oriented(1.0)

    @property
    def learns(self) -> bool:
        """Whether what was drawn depended on earlier results."""
        return self.study.definition["sampler"]["name"] not in INDEPENDENT

    @property
    def used(self) -> dict[str, int]:
        """How many trials were used, and how many were not and why, as an answer says it."""
        return {"completed": len(self.measured), "beaten": len(self.beaten), **self.left_out}

    @property
    def by(self) -> dict[str, str]:
        """What the trials are judged by, as an answer says it."""
        return {"metric": self.objective.metric, "direction": self.objective.direction}


def by_one(study: Study, objective: Objective | None = None) -> Iterator[str]:
    """That an answer is about one of several objectives, where it is; about the first, where none is named."""
    first, *others = objectives_of(study.definition)
    if others:
        one = objective or first
        which = f"{'the first' if one == first else 'one'} of {1 + len(others)} objectives"
        yield f"by {one.metric}, {which}; `studyhall pareto {study.name}` goes by all of them"


def judged(rows: Rows, study_id: str, objective: str | None = None) -> Judged:
    """The study's trials, each with what it is good for; ``objective`` names the metric that judges them.

    Raises:
        InvalidInput: the study has no such objective.
    """
    study = rows.studies.get(study_id)
    place, chosen = _chosen(study, objective)
    measured: list[Trial] = []
    beaten: list[Trial] = []
    left_out = Counter(excluded=0, failed=0, cancelled=0, unended=0)
    for found in rows.trials.of_study(study_id):
        trial = _by(found, place) if place else found
        if trial.excluded:
            left_out["excluded"] += 1
        elif trial.state is RunState.COMPLETED and trial.value is not None and not trial.infeasible:
            measured.append(trial)
        elif trial.infeasible or told_state(trial.state, trial.failure) is RunState.PRUNED:
            beaten.append(trial)
        else:
            left_out[_why(trial.state)] += 1
    return Judged(study, chosen, measured, beaten, left_out)


def _chosen(study: Study, metric: str | None) -> tuple[int, Objective]:
    objectives = objectives_of(study.definition)
    for place, each in enumerate(objectives):
        if metric in (None, each.metric):
            return place, each
    names = ", ".join(each.metric for each in objectives)
    raise InvalidInput.at("objective", f"the study is not judged by {metric!r}; its objectives are {names}")


def _by(trial: Trial, place: int) -> Trial:
    """A trial with its value of another objective than the first."""
    values = trial.objective_values
    return replace(trial, value=values[place] if place < len(values) else None)


def _why(state: RunState) -> str:
    if not state.ended:
        return "unended"
    return "cancelled" if state is RunState.CANCELLED else "failed"
