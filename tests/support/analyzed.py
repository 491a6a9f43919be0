"""Studies for analyses, in memory: trials drawn at random from a real space, with a value that a test plants."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import optuna
from optuna.distributions import distribution_to_json

from search_spaces.sampling import sample_parameters
from service.analysis.rows import Rows
from service.study.definitions.definition import StudyDefinition
from service.study.records import Study, Trial
from service.study.states import Desired, RunState, StudyState
from tests.support.rows import waiting_trial

STARTED = datetime(2026, 1, 1, tzinfo=UTC)
Value = Callable[[Mapping[str, Any]], float]
FLAT = {
    "optimizer": {"name": "momentum", "lr": {"log_uniform": [1e-4, 1.0]}, "momentum": {"uniform": [0.1, 0.9]}},
    "activation": {"choice": ["relu", "silu", "tanh"]},
}
"""Three parameters that every trial has."""


def centered(parameters: Mapping[str, Any], path: str, low: float, high: float, *, log: bool = False) -> float:
    """Where a value stands in its range, from -1 to 1; 0 where the parameter was not drawn."""
    if path not in parameters:
        return 0.0
    scale = math.log if log else float
    at, low, high = scale(parameters[path]), scale(low), scale(high)
    return 2 * (at - low) / (high - low) - 1


@dataclass(frozen=True)
class Planted:
    """The rows of one study; see ``service.analysis.rows``."""

    study: Study
    drawn: Sequence[Trial]

    @property
    def rows(self) -> Rows:
        """As an analysis is given them."""
        return cast(Rows, self)

    @property
    def studies(self) -> Planted:
        return self

    @property
    def trials(self) -> Planted:
        return self

    def get(self, reference: str) -> Study:
        return self.study

    def of_study(self, study_id: str) -> Sequence[Trial]:
        return self.drawn

    def changed(self, numbers: Sequence[int], **changes: Any) -> Planted:
        """The same study, but for some of its trials."""
        drawn = [replace(trial, **changes) if trial.number in numbers else trial for trial in self.drawn]
        return replace(self, drawn=drawn)


def planted(space: Mapping[str, Any], value: Value, n: int, *, direction: str = "minimize", seed: int = 1) -> Planted:
    """A study of ``n`` completed trials, one ending each minute."""
    document = {
        "name": "planted",
        "experiment": "digits-mlp",
        "objective": {"metric": "val_loss", "direction": direction},
        "sampler": "random",
        "space": dict(space),
        "max_trials": n,
        "seed": seed,
    }
    definition = StudyDefinition.parse(document)
    study = Study(
        id="st_planted",
        name="planted",
        definition=definition.to_json(),
        desired=Desired.RUNNING,
        state=StudyState.COMPLETED,
        reason="",
        priority=0,
        max_trials=n,
        max_concurrent_trials=4,
        notes="",
        version=1,
        created_at=STARTED,
    )
    return Planted(study, [_trial(study, definition, value, number, seed) for number in range(n)])


def _trial(study: Study, definition: StudyDefinition, value: Value, number: int, seed: int) -> Trial:
    sampler = optuna.samplers.RandomSampler(seed=1000 * seed + number)
    drawn = optuna.create_study(sampler=sampler).ask()
    parameters = sample_parameters(definition.search_space(), drawn)
    return waiting_trial(
        study,
        number,
        state=RunState.COMPLETED,
        parameters=parameters,
        distributions={path: distribution_to_json(each) for path, each in drawn.distributions.items()},
        value=value(parameters),
        started_at=STARTED + timedelta(minutes=number),
        ended_at=STARTED + timedelta(minutes=number + 1),
    )
