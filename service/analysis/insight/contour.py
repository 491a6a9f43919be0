"""What trials came to by the values of two parameters together: a map of cells, each with the median of its trials."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from math import isqrt
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution

from experiments.errors import InvalidInput
from service.analysis.insight.drawn import domains, levels_of
from service.analysis.judged import by_one, judged
from service.analysis.rows import Rows

MOST_STRETCHES = 8
"""Of the range of each parameter."""
TRIALS_OF_A_CELL = 3
"""Completed ones, on the average, where there are enough for more than one stretch."""


def contour(rows: Rows, study_id: str, *, parameters: Sequence[str], objective: str | None = None) -> dict[str, Any]:
    """The cells that have trials; ``parameters`` are the one across and the one upwards.

    Raises:
        InvalidInput: they are not two different parameters that vary.
    """
    known = judged(rows, study_id, objective)
    varied = domains(known.measured)
    _check(parameters, varied, known.study.name)
    measured = [trial for trial in known.measured if trial.parameters.keys() >= set(parameters)]
    beaten = [trial for trial in known.beaten if trial.parameters.keys() >= set(parameters)]
    at_most = max(1, min(MOST_STRETCHES, isqrt(len(measured) // TRIALS_OF_A_CELL)))
    both = [*measured, *beaten]
    across, up = (levels_of(varied[path], [trial.parameters[path] for trial in both], at_most) for path in parameters)
    cells = list(zip(across.codes.tolist(), up.codes.tolist(), strict=True))
    values: dict[tuple[int, int], list[float | None]] = defaultdict(list)
    for cell, trial in zip(cells[: len(measured)], measured, strict=True):
        values[cell].append(trial.value)
    n_beaten = Counter(cells[len(measured) :])
    return {
        "objective": known.by,
        "trials": known.used,
        "n": len(measured),
        "axes": [
            _axis(path, varied[path], levels.labels) for path, levels in zip(parameters, (across, up), strict=True)
        ],
        "cells": [_cell(cell, values.get(cell, ()), n_beaten[cell]) for cell in sorted(set(cells))],
        "notes": [*by_one(known.study, known.objective)],
    }


def _check(parameters: Sequence[str], varied: Mapping[str, BaseDistribution], study: str) -> None:
    if len(set(parameters)) != 2:
        raise InvalidInput.at("parameter", "give two different parameters, the one across and the one upwards")
    for path in parameters:
        if path not in varied:
            message = f"no completed trial of {study} was drawn with {path!r}, or it cannot vary"
            raise InvalidInput.at("parameter", f"{message}; there are {', '.join(varied) or 'none'}")


def _axis(path: str, domain: BaseDistribution, labels: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "parameter": path,
        "categorical": isinstance(domain, CategoricalDistribution),
        "log": bool(getattr(domain, "log", False)),
        "levels": labels,
    }


def _cell(cell: tuple[int, int], values: Sequence[Any], n_beaten: int) -> dict[str, Any]:
    median = np.median(values) if values else None
    return {"across": cell[0], "up": cell[1], "n": len(values), "median": median, "n_beaten": n_beaten}
