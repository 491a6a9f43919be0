"""Trials side by side, column by column: what a picture with a parallel axis for each parameter is drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from service.analysis.insight.drawn import domains
from service.analysis.judged import Judged, judged
from service.analysis.rows import Rows
from service.study.records import Trial


def parallel(rows: Rows, study_id: str, *, limit: int, objective: str | None = None) -> dict[str, Any]:
    """The axes in the order of drawing, and the best ``limit`` trials; those that were beaten come last."""
    known = judged(rows, study_id, objective)
    ordered = [*_best_first(known), *known.beaten]
    shown = ordered[:limit]
    varied = domains(ordered)
    return {
        "objective": known.by,
        "trials": known.used,
        "axes": [_axis(path, domain) for path, domain in varied.items()],
        "trial": [trial.number for trial in shown],
        "state": [trial.state for trial in shown],
        "value": [trial.value for trial in shown],
        "columns": _columns(shown, varied),
        "n_left_out": len(ordered) - len(shown),
    }


def _best_first(known: Judged) -> Sequence[Trial]:
    return sorted(known.measured, key=lambda trial: known.sign * (trial.value or 0.0))


def _axis(path: str, domain: BaseDistribution) -> dict[str, Any]:
    bounds: dict[str, Any] = {"choices": None, "low": None, "high": None, "log": False}
    if isinstance(domain, CategoricalDistribution):
        bounds = bounds | {"choices": domain.choices}
    elif isinstance(domain, FloatDistribution | IntDistribution):
        bounds = bounds | {"low": domain.low, "high": domain.high, "log": domain.log}
    return {"parameter": path, **bounds}


def _columns(trials: Sequence[Trial], varied: Mapping[str, BaseDistribution]) -> dict[str, list[Any]]:
    return {path: [trial.parameters.get(path) for trial in trials] for path in varied}
