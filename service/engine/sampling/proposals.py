"""One ask of a sampler, as a function: the question holds all that the answer depends on.

So the answer is the same in whichever process it is made, after a restart, and when it is asked for twice. As
``python -m service.engine.sampling.proposals`` it answers questions from its standard input until that ends.
"""

from __future__ import annotations

import pickle
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, json_to_distribution
from optuna.storages import InMemoryStorage
from optuna.trial import FrozenTrial, TrialState

from experiments.metrics import Direction
from search_spaces.sampling import sample_parameters
from search_spaces.space import SearchSpace
from service.engine.sampling.by_chance import ByChance
from service.engine.sampling.genetic import breeding, remembered_parents
from service.engine.sampling.history import PastTrial
from service.engine.sampling.samplers import Seeds, kept_state, make_sampler
from service.helper_process import answer_questions
from service.study.definitions.samplers import (
    CMAESSampler,
    GPSampler,
    NamedSampler,
    NSGA2Sampler,
    NSGA3Sampler,
    QMCSampler,
)
from service.study.states import RunState

_STATES = {
    "COMPLETED": TrialState.COMPLETE,
    "PRUNED": TrialState.PRUNED,
    "RUNNING": TrialState.RUNNING,
}


_OFFSET = 1
"""From our number of a past trial to its number here, where the trial that is being drawn is number 0."""


@dataclass(frozen=True)
class Suggestion:
    """A sampled configuration, with all that is needed to know the trial again."""

    sampler_number: int
    parameters: Mapping[str, Any]
    distributions: Mapping[str, str]
    config: Mapping[str, Any]
    sampler_attrs: Mapping[str, Any] = field(default_factory=dict)
    """What is stored with the trial for the sampler's sake."""
    queue_position: int | None = None
    """Its place in the study's queue; none if the sampler proposed it."""


@dataclass(frozen=True)
class Question:
    """What the next trial is to be drawn from."""

    sampler: NamedSampler
    space: SearchSpace
    directions: tuple[Direction, ...]
    """Of all objectives."""
    seeds: Seeds
    started: bool
    """Whether enough results are known for a sampler that learns to use them."""
    past: tuple[PastTrial, ...] = ()

    @property
    def is_heavy(self) -> bool:
        """Whether a model is fitted, or SciPy needed, to answer it."""
        match self.sampler:
            case QMCSampler():
                return True
            case NSGA2Sampler() | NSGA3Sampler():
                return False
            case CMAESSampler():
                return self.started
            case GPSampler():
                return self.started and any(trial.state == RunState.COMPLETED for trial in self.past)
        return self.started and bool(self.past)

    @property
    def by_chance(self) -> bool:
        """Whether nothing but a random number generator answers it."""
        return not (self.is_heavy or isinstance(self.sampler, NSGA2Sampler | NSGA3Sampler))


@dataclass(frozen=True)
class Proposal:
    """What a sampler says: the parameters of the next trial, by dotted path."""

    parameters: Mapping[str, Any]
    state: Mapping[str, Any] = field(default_factory=dict)
    """What it will need to know of this trial; it is stored with it."""


def propose(question: Question) -> Proposal:
    """What the sampler says to the question."""
    if question.by_chance:
        return Proposal(sample_parameters(question.space, ByChance(question.seeds.trial)))
    storage = _PastStorage([_frozen(trial) for trial in question.past])
    sampler = make_sampler(question.sampler, question.space, question.seeds)
    study = optuna.create_study(storage=storage, sampler=sampler, directions=question.directions)
    for name, ids in remembered_parents((trial.proposal_state for trial in question.past), _OFFSET).items():
        storage.set_study_system_attr(study._study_id, name, ids)
    trial = study.ask()
    parameters = sample_parameters(question.space, trial)
    written = storage.get_trial(trial._trial_id).system_attrs
    bred = breeding(written, storage.get_study_system_attrs(study._study_id), _OFFSET)
    return Proposal(parameters, {**kept_state(written), **bred})


class _PastStorage(InMemoryStorage):
    """Holds one trial that is being drawn, and shows the past beside it."""

    def __init__(self, past: list[FrozenTrial]) -> None:
        super().__init__()
        self._past = past

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        own = super().get_all_trials(study_id, deepcopy, states)
        return [*(trial for trial in self._past if states is None or trial.state in states), *own]


def _frozen(trial: PastTrial) -> FrozenTrial:
    state = _STATES[trial.state]
    number = trial.number + _OFFSET
    return FrozenTrial(
        number=number,
        trial_id=number,
        state=state,
        value=None,
        values=trial.values if state is TrialState.COMPLETE else None,
        datetime_start=None,
        datetime_complete=None,
        params=dict(trial.parameters),
        distributions={path: _distribution(text) for path, text in trial.distributions.items()},
        user_attrs={},
        system_attrs={**trial.proposal_state, **{f"constraints:{name}": each for name, each in trial.excesses.items()}},
        intermediate_values=dict([trial.last]) if trial.last else {},
    )


@lru_cache(maxsize=4096)
def _distribution(text: str) -> BaseDistribution:
    return json_to_distribution(text)


def answer(question: bytes) -> bytes:
    """The answer to a pickled question: a proposal, or what went wrong in words."""
    try:
        # As a mapping: run as a program, this module's classes are those of ``__main__``, which nobody else has.
        return pickle.dumps(vars(propose(pickle.loads(question))))  # noqa: S301 - the engine's own, through its pipe
    except Exception as error:  # whatever a sampler raises is told to the study that asked
        return pickle.dumps(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    answer_questions(answer)
