"""Optuna pruners from their part of the study definition, and their decisions in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import optuna
from optuna.trial import FrozenTrial, TrialState

from service.study.definition import AshaPruner, MedianPruner, Objective, Pruner


@dataclass(frozen=True)
class DecisionEpochs:
    """At which epochs a run waits for the pruner; ``every = 0`` is never."""

    first: int = 1
    every: int = 0


def make_pruner(part: Pruner) -> optuna.pruners.BasePruner:
    """The pruner, with every argument passed."""
    if isinstance(part, MedianPruner):
        return optuna.pruners.MedianPruner(
            n_startup_trials=part.n_startup_trials,
            n_warmup_steps=part.warmup_epochs + 1,  # from this epoch on it counts the interval, as decision_epochs does
            interval_steps=part.interval,
            n_min_trials=1,
        )
    if isinstance(part, AshaPruner):
        return optuna.pruners.SuccessiveHalvingPruner(
            min_resource=part.min_epochs,
            reduction_factor=part.reduction_factor,
            min_early_stopping_rate=0,
            bootstrap_count=0,
        )
    return optuna.pruners.NopPruner()


def decision_epochs(part: Pruner) -> DecisionEpochs:
    """Where the pruner can act: nowhere else does a run wait."""
    if isinstance(part, MedianPruner):
        return DecisionEpochs(first=part.warmup_epochs + 1, every=part.interval)
    if isinstance(part, AshaPruner):
        return DecisionEpochs(first=part.min_epochs, every=1)
    return DecisionEpochs()


def pruned_because(
    part: Pruner, objective: Objective, epoch: int, curve: Mapping[int, float], others: Sequence[FrozenTrial]
) -> str:
    """The reason a person reads, e.g. ``pruned at epoch 4: 0.71, below the median 0.83 of 12 trials``.

    The median pruner judges the best value of the trial's ``curve`` so far, successive halving the one at this epoch.
    """
    best = (max if objective.direction == "maximize" else min)(curve.values())
    side = "below" if objective.direction == "maximize" else "above"
    if isinstance(part, MedianPruner):
        complete = [
            t.intermediate_values[epoch]
            for t in others
            if t.state == TrialState.COMPLETE and epoch in t.intermediate_values
        ]
        return (
            f"pruned at epoch {epoch}: {best:.4g}, {side} the median {median(complete):.4g} of {len(complete)} trials"
        )
    reached = [t.intermediate_values[epoch] for t in others if epoch in t.intermediate_values]
    factor = part.reduction_factor if isinstance(part, AshaPruner) else 1
    before = f" (its best was {best:.4g})" if best != curve[epoch] else ""
    return (
        f"pruned at epoch {epoch}: {curve[epoch]:.4g}, not among the best 1/{factor} of {len(reached) + 1} trials "
        f"at this rung{before}"
    )
