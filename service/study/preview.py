"""What a study definition would do, without doing it."""

from __future__ import annotations

from typing import Any

import optuna

from experiments.errors import InvalidInput
from search_spaces.sampling import draw
from service.study.definition import GridSampler, StudyDefinition

N_SAMPLES = 10

optuna.logging.set_verbosity(optuna.logging.WARNING)


def preview(definition: StudyDefinition) -> dict[str, Any]:
    """Number of parameters, size of the grid (or null), ten sampled configurations and warnings."""
    space = definition.search_space()
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=definition.seed))
    return {
        "n_parameters": len(space.parameters),
        "grid_size": _grid_size(definition),
        "samples": [draw(space, study)[1] for _ in range(N_SAMPLES)],
        "warnings": list(space.warnings),
    }


def _grid_size(definition: StudyDefinition) -> int | None:
    points = definition.sampler.points if isinstance(definition.sampler, GridSampler) else None
    try:
        return definition.search_space().grid_size(points)
    except InvalidInput:  # a range without points has no grid; only the grid sampler minds
        return None
