"""What a sampler that learns is told of the past: all good trials, and a fixed sample of the rest.

The sample is the trials whose seeded lots are lowest. So it depends on which trials have ended, never on the order in
which they did, and a search that was rebuilt has the same.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import nsmallest
from typing import Any

from service.engine.sampling.genetic import BRED, PARENTS
from service.engine.sampling.samplers import GENERATION, GOOD
from service.engine.sampling.seeds import derived_seed
from service.engine.sampling.skyband import Skyband
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.objectives import Objective
from service.study.definitions.samplers import CMAESSampler, GPSampler, NSGA2Sampler, NSGA3Sampler, TPESampler
from service.study.pareto import losses_of
from service.study.states import RunState

_LOTS = 2**31
"""A place below the study's seed that no trial's number comes to."""
MOST_GOOD = 150
"""Trials that are told as those that may be good by several objectives, at most."""


@dataclass(frozen=True)
class PastTrial:
    """A trial as a sampler sees it; ``number`` is Optuna's. RUNNING stands for every trial without a result yet."""

    number: int
    state: RunState
    parameters: Mapping[str, Any]
    distributions: Mapping[str, str]
    value: float | None = None
    further_values: tuple[float, ...] = ()
    """Those of the objectives after the first."""
    excesses: Mapping[str, float] = field(default_factory=dict)
    """By how much it lies beyond each bound that was measured; above 0 it is infeasible."""
    last: tuple[int, float] | None = None
    """The last epoch with an objective, and the objective there: how good a pruned trial was."""
    came_to_nothing: bool = False
    """Whether it is told as pruned because it failed: ``last`` says nothing then of how good it was."""
    proposal_state: Mapping[str, Any] = field(default_factory=dict)
    """What the sampler wrote down when it proposed it."""

    @property
    def values(self) -> tuple[float, ...]:
        """Of all objectives, if it has completed."""
        return () if self.value is None else (self.value, *self.further_values)

    @property
    def violation(self) -> float:
        """How infeasible it is, all bounds together."""
        return sum(excess for excess in self.excesses.values() if excess > 0)


_Lot = tuple[int, int, PastTrial]
"""A trial behind what is drawn for it, and its number."""


class Generations:
    """The trials of genetic samplers by generation: the next is bred from the newest with results, and its parents."""

    def __init__(self) -> None:
        self._told: dict[int, PastTrial] = {}
        self._generations: dict[int, list[PastTrial]] = {}

    def add(self, trial: PastTrial) -> None:
        """A trial with its result. One that was not bred, but queued, is of the first generation if it completed."""
        if BRED not in trial.proposal_state:
            if trial.state != RunState.COMPLETED:
                return
            trial = replace(trial, proposal_state={BRED: 0, PARENTS: []})
        self._told[trial.number] = trial
        self._generations.setdefault(trial.proposal_state[BRED], []).append(trial)

    def newest(self) -> Iterable[PastTrial]:
        """The newest generation that has results, and its parents."""
        if not self._generations:
            return []
        members = self._generations[max(self._generations)]
        parents = members[0].proposal_state[PARENTS]
        return [*members, *(self._told[number] for number in parents if number in self._told)]


class History:
    """The trials of one study with a result that teaches something: a few of them, however many there are."""

    def __init__(self, definition: StudyDefinition) -> None:
        self._sampler = definition.used_sampler
        self._seed = definition.seed
        self._objectives = definition.objectives
        self._size = self._sampler.history if isinstance(self._sampler, TPESampler | GPSampler) else 0
        self._good: list[tuple[tuple[float, float], int, PastTrial]] = []
        self._sample: list[_Lot] = []
        self._generation = -1
        self._members: list[tuple[int, PastTrial]] = []
        """The trials of CMA-ES's newest generation, by number."""
        self._generations = Generations()
        self._front = Skyband[_Lot](GOOD, len(self._objectives))
        """With several objectives, the trials that may be among the good ones."""
        self._worst: tuple[float, ...] = ()
        """The worst value of each objective."""
        self._most: dict[str, float] = {}
        """How far a trial was beyond each bound at most."""
        self.n_told = 0

    def add(self, trial: PastTrial) -> None:
        """A trial with its result; one that failed or was cancelled teaches nothing."""
        if trial.state not in {RunState.COMPLETED, RunState.PRUNED}:
            return
        self.n_told += 1
        if trial.values:
            self._worst = tuple(map(_worse, self._objectives, trial.values, self._worst or trial.values))
            for name, excess in trial.excesses.items():
                self._most[name] = max(excess, self._most.get(name, excess))
        if isinstance(self._sampler, CMAESSampler):
            self._add_to_generation(trial)
        elif isinstance(self._sampler, NSGA2Sampler | NSGA3Sampler):
            self._generations.add(trial)
        elif len(self._objectives) > 1 and trial.values and not trial.violation:
            self._add_to_front(trial)
        else:
            insort(self._good, (self._rank(trial), trial.number, trial))
            if len(self._good) > GOOD:
                self._add_to_sample(self._lot(self._good.pop()[-1]))

    def _add_to_front(self, trial: PastTrial) -> None:
        for other in self._front.add(losses_of(trial.values, self._objectives), self._lot(trial)):
            self._add_to_sample(other)

    def _add_to_sample(self, lot: _Lot) -> None:
        insort(self._sample, lot)
        del self._sample[self._size :]

    def _lot(self, trial: PastTrial) -> _Lot:
        return derived_seed(self._seed, _LOTS, trial.number), trial.number, trial

    def _rank(self, trial: PastTrial) -> tuple[float, float]:
        """As TPE ranks: completed ones by their value, pruned ones, those that came far first, and infeasible ones."""
        objective = self._objectives[0]
        if trial.violation:
            return 2, trial.violation
        if trial.state == RunState.COMPLETED and trial.values:
            return -float("inf"), objective.oriented(trial.values[0])
        if trial.last is not None:
            return -trial.last[0], objective.oriented(trial.last[1])
        return 1, 0.0

    def _add_to_generation(self, trial: PastTrial) -> None:
        """What came of earlier generations is in the optimizer that the first trial of the newest brought along."""
        generation = trial.proposal_state.get(GENERATION, -1)
        if generation > self._generation:
            self._generation, self._members = generation, []
        if generation == self._generation >= 0:
            insort(self._members, (trial.number, trial))

    def trials(self) -> Sequence[PastTrial]:
        """What the sampler is told, by number."""
        front, others = self._front.split(MOST_GOOD)
        sample = nsmallest(self._size, [*self._sample, *others]) if others else self._sample
        kept = [
            *(trial for *_, trial in self._good),
            *(trial for *_, trial in front),
            *(trial for *_, trial in sample),
            *(trial for _, trial in self._members),
            *self._generations.newest(),
        ]
        in_order = sorted(kept, key=lambda trial: trial.number)
        return in_order if isinstance(self._sampler, TPESampler) else [*self._completed(in_order)]

    def _completed(self, trials: Iterable[PastTrial]) -> Iterable[PastTrial]:
        """For samplers that know completed trials alone: a pruned one has its last value, a diverged one the worst."""
        for trial in trials:
            if trial.state == RunState.COMPLETED:
                yield trial
            elif self._worst:
                value, *further = self._worst if trial.came_to_nothing or trial.last is None else trial.last[1:]
                completed = replace(trial, state=RunState.COMPLETED, value=value, further_values=tuple(further))
                yield replace(completed, excesses=dict(self._most))


def _worse(objective: Objective, a: float, b: float) -> float:
    return a if objective.better(b, a) else b
