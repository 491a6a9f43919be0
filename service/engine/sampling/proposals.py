"""One ask of a sampler, as a function: the question holds all that the answer depends on.

So the answer is the same in whichever process it is made, after a restart, and when it is asked for twice. As
``python -m service.engine.sampling.proposals`` it answers questions from its standard input until that ends.
"""

from __future__ import annotations

import pickle
from collections.abc import Container
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import optuna
from optuna.distributions import BaseDistribution, json_to_distribution
from optuna.storages import InMemoryStorage
from optuna.trial import FrozenTrial, TrialState

from search_spaces.sampling import sample_parameters
from search_spaces.space import SearchSpace
from service.engine.sampling.history import PastTrial
from service.engine.sampling.samplers import make_sampler
from service.helper_process import answer_questions
from service.study.definition import Sampler

_STATES = {
    "COMPLETED": TrialState.COMPLETE,
    "PRUNED": TrialState.PRUNED,
    "RUNNING": TrialState.RUNNING,
}


@dataclass(frozen=True)
class Question:
    """What the next trial is to be drawn from."""

    sampler: Sampler
    space: SearchSpace
    direction: Literal["minimize", "maximize"]
    seed: int
    started: bool
    """Whether enough results are known for a sampler that learns to use them."""
    past: tuple[PastTrial, ...] = ()

    @property
    def is_heavy(self) -> bool:
        """Whether a model is fitted to answer it."""
        return self.started and bool(self.past)


def propose(question: Question) -> dict[str, Any]:
    """The parameters of the next trial, by dotted path."""
    storage = _PastStorage([_frozen(trial) for trial in question.past])
    sampler = make_sampler(question.sampler, question.space, question.seed, started=question.is_heavy)
    trial = optuna.create_study(storage=storage, sampler=sampler, direction=question.direction).ask()
    sample_parameters(question.space, trial)
    return dict(trial.params)


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
    number = trial.number + 1  # the trial that is being drawn is number 0
    return FrozenTrial(
        number=number,
        trial_id=number,
        state=state,
        value=trial.value if state is TrialState.COMPLETE else None,
        datetime_start=None,
        datetime_complete=None,
        params=dict(trial.parameters),
        distributions={path: _distribution(text) for path, text in trial.distributions.items()},
        user_attrs={},
        system_attrs={},
        intermediate_values=dict([trial.last]) if trial.last else {},
    )


@lru_cache(maxsize=4096)
def _distribution(text: str) -> BaseDistribution:
    return json_to_distribution(text)


def answer(question: bytes) -> bytes:
    """The answer to a pickled question: parameters, or what went wrong in words."""
    try:
        return pickle.dumps(propose(pickle.loads(question)))  # noqa: S301 - the engine's own, through its pipe
    except Exception as error:  # whatever a sampler raises is told to the study that asked
        return pickle.dumps(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    answer_questions(answer)
