"""Functions whose least value is known, and what a search on them comes to."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from service.engine.sampling.knowledge import Result
from service.engine.sampling.search import Search
from service.study.definitions.definition import StudyDefinition
from service.study.states import RunState

LOW, HIGH = 0.01, 0.99
"""Ends of every range here; what is measured takes numbers from 0 to 1."""
FIELDS = ("lr", "weight_decay", "beta1", "beta2", "eps", "layer_decay")
"""An optimizer has them all, so TPE models them together."""
Function = Callable[[Sequence[float]], float]


def branin(point: Sequence[float]) -> float:
    """Branin's function (Dixon & Szegö, 1978), less its minimum."""
    x, y = 15 * point[0] - 5, 15 * point[1]
    bowl = (y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6) ** 2
    return bowl + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10 - 0.397887


def hartmann(point: Sequence[float]) -> float:
    """Hartmann's function of six numbers (Dixon & Szegö, 1978), less its minimum."""
    alpha = np.array([1.0, 1.2, 3.0, 3.2])
    a = np.array(
        [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
    )
    p = 1e-4 * np.array(
        [
            [1312, 1696, 5569, 124, 8283, 5886],
            [2329, 4135, 8307, 3736, 1004, 9991],
            [2348, 1451, 3522, 2883, 3047, 6650],
            [4047, 8828, 8732, 5743, 1091, 381],
        ]
    )
    return float(3.32237 - alpha @ np.exp(-(a * (np.array(point) - p) ** 2).sum(axis=1)))


FUNCTIONS: Mapping[str, tuple[Function, int]] = {"Branin": (branin, 2), "Hartmann-6": (hartmann, 6)}
"""With how many numbers each takes."""


def regret(function: str, sampler: Any, n_trials: int, seed: int) -> float:
    """How far the best of a search is from the best there is."""
    measured, n_fields = FUNCTIONS[function]
    ranges = {field: {"uniform": [LOW, HIGH]} for field in FIELDS[:n_fields]}
    definition = StudyDefinition.parse(
        {
            "name": "function",
            "experiment": "digits-mlp",
            "objective": "val_loss",
            "sampler": sampler,
            "space": {"optimizer": {"name": "adamw", **ranges}},
            "max_trials": n_trials,
            "seed": seed,
        }
    )
    search, best = Search(definition), math.inf
    for number in range(n_trials):
        parameters = search.ask(number).parameters
        point = [(parameters[f"optimizer.adamw.{field}"] - LOW) / (HIGH - LOW) for field in FIELDS[:n_fields]]
        value = measured(point)
        search.tell(number, Result(RunState.COMPLETED, value, None))
        best = min(best, value)
    return best
