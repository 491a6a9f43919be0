"""How much each parameter decides whether a trial is among the best, by PED-ANOVA as Optuna has it.

Watanabe et al. (2023) compare how a parameter is spread over the best tenth of the trials with how it is spread over
all; for conditional spaces each condition is compared by itself (Ito et al., 2026). So the answer depends on the order
of the trials alone, and a trial that was pruned or diverged takes part without a value: it is none of the best.
"""

from __future__ import annotations

import math
import sys
import warnings
from bisect import bisect_right
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import optuna
from optuna.storages import InMemoryStorage
from optuna.trial import FrozenTrial, TrialState

from service.analysis.insight.drawn import distribution
from service.analysis.judged import Judged, by_one, judged
from service.analysis.rows import Rows
from service.study.records import Trial


@contextmanager
def _doing_without(package: str) -> Iterator[None]:
    """Import something that can use the package as if that was not installed, unless it is loaded already."""
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[package]


with _doing_without("sklearn"):  # two of the three seconds that this module takes to load; other evaluators use it
    from optuna.importance import PedAnovaImportanceEvaluator

optuna.logging.set_verbosity(optuna.logging.WARNING)

BEST_SHARE = 0.1
"""The trials of which a parameter is to explain that they are the best."""
FEW = 5
"""Below so many of them Optuna calls its answer unstable."""


def importances(rows: Rows, study_id: str, *, objective: str | None = None) -> dict[str, Any]:
    """Every parameter with its share of the importance of all, the most important first."""
    known = judged(rows, study_id, objective)
    losses = [known.sign * trial.value for trial in known.measured if trial.value is not None]
    n, n_best = len(losses) + len(known.beaten), _n_best(losses, len(known.beaten))
    shares = _shares(known, losses, n_best / n) if 0 < n_best < n else {}
    drawn = Counter(path for trial in (*known.measured, *known.beaten) for path in trial.parameters)
    return {
        "method": "ped-anova",
        "n_best": n_best,
        "objective": known.by,
        "trials": known.used,
        "items": [
            {"parameter": path, "importance": share, "n_trials": drawn[path]}
            for path, share in sorted(shares.items(), key=lambda item: (-item[1], item[0]))
        ],
        "notes": [*_notes(n, n_best), *by_one(known.study, known.objective)],
    }


def _n_best(losses: Sequence[float], n_beaten: int) -> int:
    """A tenth of all trials, each with a value, and those that are as good as the last of them."""
    if not losses:
        return 0
    n = min(math.ceil(BEST_SHARE * (len(losses) + n_beaten)), len(losses))
    return bisect_right(ordered := sorted(losses), ordered[n - 1])


def _shares(known: Judged, losses: Sequence[float], quantile: float) -> dict[str, float]:
    worst = max(losses) + 1
    frozen = [*map(_frozen, known.measured, losses), *(_frozen(trial, worst) for trial in known.beaten)]
    # Optuna rounds the quantile up to whole trials, and n_best / n times n may come out a hair above n_best.
    evaluator = PedAnovaImportanceEvaluator(target_quantile=quantile * (1 - 1e-9))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a condition that held only once; ``n_trials`` says so
        found = evaluator.evaluate(optuna.create_study(storage=_Known(frozen)))
    total = math.fsum(found.values())
    return {path: share / total if total else 0.0 for path, share in found.items()}


class _Known(InMemoryStorage):
    """Shows trials as they are; added one by one, each would be checked and copied."""

    def __init__(self, trials: list[FrozenTrial]) -> None:
        super().__init__()
        self._known = trials

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        return self._known


def _frozen(trial: Trial, value: float) -> FrozenTrial:
    return FrozenTrial(
        number=trial.number,
        trial_id=trial.number,
        state=TrialState.COMPLETE,
        value=value,
        datetime_start=None,
        datetime_complete=None,
        params=dict(trial.parameters),
        distributions={path: distribution(text) for path, text in trial.distributions.items()},
        user_attrs={},
        system_attrs={},
        intermediate_values={},
    )


def _notes(n: int, n_best: int) -> Iterator[str]:
    """What a reader of the answer must know of it."""
    if n_best == 0:
        yield "no trial has completed yet, so there is nothing to compare"
    elif n_best == n:
        yield "all trials that ended are equally good, so there is nothing to explain"
    elif n_best < FEW:
        yield (
            f"only {n_best} of {n} trials count as the best tenth: an order of importances from fewer than {FEW} is "
            f"mostly chance; it needs {math.ceil((FEW - 1) / BEST_SHARE) + 1} trials at least"
        )
