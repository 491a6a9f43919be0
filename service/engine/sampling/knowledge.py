"""What the sampler of a study may know: the trials that were begun, what they came to, and what was left out.

A trial without a result is told as running, with no word of its curve. All of it follows from the trials by number.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from optuna.distributions import distribution_to_json

from search_spaces.distributions import distribution_of
from search_spaces.space import SearchSpace
from service.engine.sampling.history import History, PastTrial
from service.engine.sampling.samplers import keeps_order, kept_state, learns, n_startup_trials
from service.study.definitions.constraints import excesses
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.pruners import WilcoxonPruner
from service.study.pareto import measured
from service.study.records import PriorTrial, Trial
from service.study.states import FailureKind, RunState, told_state

LEFT_OUT = "left_out"
"""Among a trial's attributes: the parameters of the draws before it that had a conflict."""


@dataclass(frozen=True)
class Result:
    """What a trial came to."""

    state: RunState
    value: float | None = None
    failure: FailureKind | None = None
    last: tuple[int, float] | None = None
    """Where its curve ended."""
    further: tuple[float | None, ...] = ()
    """Its values by the objectives after the first."""
    metrics: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, trial: Trial, last: tuple[int, float] | None) -> Result:
        """As it is stored; of one that is excluded, that it came to nothing, which teaches a sampler nothing."""
        state = RunState.CANCELLED if trial.excluded else trial.state
        return cls(state, trial.value, trial.failure, last, trial.objective_values[1:], trial.metrics)


class Knowledge:
    """That of one study's sampler."""

    def __init__(self, definition: StudyDefinition, space: SearchSpace) -> None:
        self._definition = definition
        self._distributions = {
            each.path: sys.intern(distribution_to_json(distribution_of(each.range))) for each in space.parameters
        }
        self._history = History(definition)
        self._learns = learns(definition.used_sampler)
        self._pruned_have_values = isinstance(definition.pruner, WilcoxonPruner)
        """Whether runs of theirs completed: less sure than the value of all its runs, but of the same kind."""
        self._running: dict[int, PastTrial] = {}
        """Trial number to each trial without a result that the sampler may know."""
        self._withheld: dict[int, PastTrial] = {}
        """Results that a search in strict order does not tell its sampler yet: to that, these trials run."""
        self._left_out: dict[int, list[Mapping[str, Any]]] = {}
        """By trial that has not ended, what was drawn before it and had a conflict."""
        self._n_left_out = 0
        self._asked = 0
        """The next number within Optuna: of prior trials, of all begun here, and of what was left out before them."""

    def distributions(self, parameters: Iterable[str]) -> Mapping[str, str]:
        """What Optuna draws each of them from, as text."""
        return {path: self._distributions[path] for path in parameters}

    def learn(self, prior: Sequence[PriorTrial]) -> None:
        """What trials of earlier studies came to, before the first trial of this one."""
        for each in prior:
            completed = PastTrial(
                self._asked, RunState.COMPLETED, each.parameters, self.distributions(each.parameters), each.value
            )
            self._history.add(completed)
            self._asked += 1

    def restore(self, trial: Trial) -> None:
        """A stored trial, whether it has ended or not, and what was left out before it."""
        left_out = trial.sampler_attrs.get(LEFT_OUT, ())
        self._asked = trial.sampler_number - len(left_out)
        for parameters in left_out:
            self.leave_out(trial.number, parameters)
        self.begin(trial.number, trial.parameters, trial.distributions, kept_state(trial.sampler_attrs))

    def begin(
        self, number: int, parameters: Mapping[str, Any], distributions: Mapping[str, str], state: Mapping[str, Any]
    ) -> int:
        """A trial has these parameters; its number within Optuna."""
        # The same few texts stand in every trial: kept once, they are pickled once with a question.
        texts = {path: sys.intern(text) for path, text in distributions.items()}
        begun = PastTrial(self._asked, RunState.RUNNING, parameters, texts, proposal_state=state)
        self._running[number] = begun
        self._asked += 1
        return begun.number

    def leave_out(self, number: int, parameters: Mapping[str, Any]) -> None:
        """These were drawn for a trial and have a conflict.

        They are told as pruned without a value, the worst there is: TPE learns to stay away from it. Told as failed
        they would be forgotten, and stay attractive for ever.
        """
        self._history.add(PastTrial(self._asked, RunState.PRUNED, parameters, self.distributions(parameters)))
        self._left_out.setdefault(number, []).append(dict(parameters))
        self._asked += 1
        self._n_left_out += 1

    def left_out(self, number: int) -> list[Mapping[str, Any]]:
        """What was drawn for this trial so far and had a conflict."""
        return list(self._left_out.get(number, ()))

    def tell(self, number: int, result: Result) -> bool:
        """What a trial came to; false if it was told before."""
        begun = self._running.get(number)
        if begun is None:
            return False
        self._left_out.pop(number, None)
        told = told_state(result.state, result.failure)
        came_to_nothing = told != result.state
        if self._pruned_have_values and told == RunState.PRUNED and result.value is not None:
            told = RunState.COMPLETED
        completed = told == RunState.COMPLETED
        self._withheld[number] = replace(
            begun,
            state=told,
            value=result.value if completed else None,
            further_values=measured(result.further) if completed else (),
            excesses=excesses(self._definition.constraints, result.metrics) if completed else {},
            last=result.last if len(self._definition.objectives) == 1 else None,
            came_to_nothing=came_to_nothing,
        )
        if not keeps_order(self._definition.used_sampler):
            self.release(number)
        return True

    def release(self, up_to: int) -> None:
        """Let the sampler know the results of trials up to this number."""
        for number in [number for number in self._withheld if number <= up_to]:
            del self._running[number]
            result = self._withheld.pop(number)
            if self._learns:
                self._history.add(result)

    @property
    def past(self) -> tuple[PastTrial, ...]:
        """What a sampler that learns is told; nothing for one that does not."""
        return (*self._history.trials(), *self._running.values()) if self._learns else ()

    @property
    def suffices(self) -> bool:
        """Whether the sampler has seen as many trials as it draws at random; what was left out is none of them."""
        n_startup = n_startup_trials(self._definition.used_sampler)
        return self._learns and self._history.n_told >= n_startup + self._n_left_out
