"""Which trials an analysis learns from, and which it leaves out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from service.analysis.rows import Rows
from service.study.definitions.objectives import objective_of, objectives_of
from service.study.records import Study, Trial
from service.study.states import RunState, told_state

INDEPENDENT = frozenset({"grid", "random", "qmc"})
"""Samplers that learn nothing."""


@dataclass(frozen=True)
class Judged:
    """The trials of a study by what is known of them; ``measured`` have a value, ``beaten`` were worse than others."""

    study: Study
    measured: Sequence[Trial]
    """Completed, by number."""
    beaten: Sequence[Trial]
    """Pruned, diverged, too slow or infeasible, by number: none of them is among the best."""
    left_out: Mapping[str, int]
    """How many others there are, by why nothing is learned from them."""

    @property
    def sign(self) -> float:
        """What makes less be better of a value."""
        return objective_of(self.study.definition).oriented(1.0)

    @property
    def learns(self) -> bool:
        """Whether what was drawn depended on earlier results."""
        return self.study.definition["sampler"]["name"] not in INDEPENDENT

    @property
    def used(self) -> dict[str, int]:
        """How many trials were used, and how many were not and why, as an answer says it."""
        return {"completed": len(self.measured), "beaten": len(self.beaten), **self.left_out}


def of_first(study: Study) -> Iterator[str]:
    """That an answer is about the first of several objectives, where it is."""
    first, *others = objectives_of(study.definition)
    if others:
        n = 1 + len(others)
        yield f"by {first.metric}, the first of {n} objectives; `studyhall pareto {study.name}` goes by all of them"


def judged(rows: Rows, study_id: str) -> Judged:
    """The study's trials, each with what it is good for."""
    measured: list[Trial] = []
    beaten: list[Trial] = []
    left_out = Counter(excluded=0, failed=0, cancelled=0, unended=0)
    for trial in rows.trials.of_study(study_id):
        if trial.excluded:
            left_out["excluded"] += 1
        elif trial.state is RunState.COMPLETED and trial.value is not None and not trial.infeasible:
            measured.append(trial)
        elif trial.infeasible or told_state(trial.state, trial.failure) is RunState.PRUNED:
            beaten.append(trial)
        else:
            left_out[_why(trial.state)] += 1
    return Judged(rows.studies.get(study_id), measured, beaten, left_out)


def _why(state: RunState) -> str:
    if not state.ended:
        return "unended"
    return "cancelled" if state is RunState.CANCELLED else "failed"
