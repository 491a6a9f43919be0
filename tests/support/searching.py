"""Searches over a conditional space whose trials come to what a function says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from service.engine.sampling.knowledge import Result
from service.engine.sampling.proposals import propose
from service.engine.sampling.search import Search
from service.study.definitions.definition import StudyDefinition
from service.study.records import Trial
from service.study.states import RunState
from tests.support.rows import told_trial

P, EPSILON = "regularizers.dropout.p", "regularizers.label_smoothing.epsilon"
Told = Callable[[int, Trial], Trial]
"""From a trial's number and the trial as it was drawn to the trial with its result."""


def conditional_space(most_epsilon: float) -> dict[str, Any]:
    """A rate that one of two optimizers has, and two numbers that every configuration has."""
    return {
        "optimizer": {"choice": [{"name": "sgd", "lr": {"log_uniform": [1e-3, 1.0]}}, {"name": "adam", "lr": 0.01}]},
        "regularizers": {
            "dropout": {"p": {"uniform": [0.0, 0.5]}},
            "label_smoothing": {"epsilon": {"uniform": [0.0, most_epsilon]}},
        },
    }


def tell(search: Search, trial: Trial) -> None:
    """Tell the search what the trial came to. What diverged had looked better than all else."""
    last = None if trial.failure is None else (2, 0.001)
    further = trial.objective_values[1:]
    search.tell(trial.number, Result(trial.state, trial.value, trial.failure, last, further=further))


def searched(declared: StudyDefinition, n_trials: int, told: Told) -> tuple[Search, list[Trial]]:
    """One trial after the other."""
    search, trials = Search(declared), list[Trial]()
    for number in range(n_trials):
        trials.append(told(number, told_trial(number, search.ask(number))))
        tell(search, trials[-1])
    return search, trials


def rebuilt_at_every_ask(declared: StudyDefinition, n_trials: int, told: Told) -> list[Trial]:
    """Three trials at once, the second ends before the first; a search that is rebuilt asks the same each time."""
    unbroken, trials = Search(declared), list[Trial]()
    for number in range(n_trials):
        rebuilt = Search(declared)
        rebuilt.rebuild(trials, {trial.number: (2, 0.001) for trial in trials if trial.failure is not None})
        question = unbroken.question(number, 3)
        assert rebuilt.question(number, 3) == question
        suggestion = unbroken.take(number, propose(question))
        trials.append(told_trial(number, suggestion, state=RunState.RUNNING, value=None))
        for ended in {0: [], 1: [number], 2: [number - 2]}[number % 3]:
            trials[ended] = told(ended, trials[ended])
            tell(unbroken, trials[ended])
    return trials
