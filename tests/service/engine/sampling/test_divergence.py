"""Divergence teaches: where half of a space diverges, who learns soon keeps to the other half."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.engine.sampling.knowledge import Result
from service.engine.sampling.search import Search
from service.study.definitions.definition import StudyDefinition
from service.study.records import Trial
from service.study.states import FailureKind, RunState
from tests.support.rows import told_trial

P, EPSILON = "regularizers.dropout.p", "regularizers.label_smoothing.epsilon"
SPACE = {
    "regularizers": {
        "dropout": {"p": {"uniform": [0.0, 0.5]}},
        "label_smoothing": {"epsilon": {"uniform": [0.0, 0.2]}},
    }
}
LEARN: list[tuple[Any, int]] = [
    ("tpe", 100),
    ("cmaes", 100),
    ({"name": "nsga2", "population": 10}, 100),
    ({"name": "gp", "n_startup_trials": 6}, 24),
]


def trained(number: int, trial: Trial) -> Trial:
    """Half of all dropout rates diverge, and the best of the others are next to them."""
    if trial.parameters[P] > 0.25:
        return replace(trial, state=RunState.FAILED, failure=FailureKind.DIVERGED, value=None)
    return replace(trial, value=0.25 - trial.parameters[P] + abs(trial.parameters[EPSILON] - 0.1))


@pytest.mark.parametrize(("sampler", "n_trials"), LEARN, ids=["tpe", "cmaes", "nsga2", "gp"])
def test_of_the_later_trials_at_most_half_diverge(sampler: Any, n_trials: int) -> None:
    """What diverged had looked better than all else in its first epoch."""
    document = {"name": "divergent", "experiment": "digits-mlp", "objective": "val_loss", "sampler": sampler}
    search = Search(StudyDefinition.parse({**document, "space": SPACE, "max_trials": n_trials, "seed": 3}))
    diverged = []
    for number in range(n_trials):
        trial = trained(number, told_trial(number, search.ask(number)))
        diverged.append(trial.failure is not None)
        search.tell(number, Result(trial.state, trial.value, trial.failure, (1, 0.001) if diverged[-1] else None))
    later = diverged[n_trials // 2 :]
    assert sum(later) <= len(later) / 2
