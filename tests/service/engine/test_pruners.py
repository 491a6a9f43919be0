"""Pruners act where runs wait for them, and what a person reads of a pruned trial names the value that was judged."""

from __future__ import annotations

import optuna
import pytest
from optuna.trial import FrozenTrial, TrialState, create_trial

from service.engine.pruners import decision_epochs, make_pruner, pruned_because
from service.study.definition import AshaPruner, MedianPruner, Objective

ACCURACY = Objective(metric="val_accuracy", direction="maximize")
CURVE = {1: 0.5, 2: 0.75, 3: 0.625}


def others(*values: float) -> list[FrozenTrial]:
    """Completed trials with these values at the third epoch."""
    return [create_trial(state=TrialState.COMPLETE, value=y, intermediate_values={3: y}) for y in values]


def test_the_median_pruner_judges_the_best_so_far() -> None:
    reason = pruned_because(MedianPruner(), ACCURACY, 3, CURVE, others(0.8, 0.9, 0.7))

    assert reason == "pruned at epoch 3: 0.75, below the median 0.8 of 3 trials"


def test_successive_halving_judges_the_epoch_and_the_best_is_said_where_it_is_another() -> None:
    rung = "not among the best 1/3 of 3 trials at this rung"

    assert pruned_because(AshaPruner(), ACCURACY, 3, CURVE, others(0.8, 0.9)) == (
        f"pruned at epoch 3: 0.625, {rung} (its best was 0.75)"
    )
    assert pruned_because(AshaPruner(), ACCURACY, 3, {3: 0.75}, others(0.8, 0.9)) == f"pruned at epoch 3: 0.75, {rung}"


@pytest.mark.parametrize(("warmup", "interval"), [(0, 1), (1, 1), (0, 2), (1, 3), (2, 2)])
def test_the_median_pruner_acts_where_a_run_waits_for_it(warmup: int, interval: int) -> None:
    pruner = MedianPruner(n_startup_trials=1, warmup_epochs=warmup, interval=interval)
    study = optuna.create_study(pruner=make_pruner(pruner))
    curve = dict.fromkeys(range(1, 10), 0.1)
    study.add_trial(create_trial(state=TrialState.COMPLETE, value=0.1, intermediate_values=curve))
    waits, bad = decision_epochs(pruner), study.ask()
    for epoch in range(1, waits.first + 1):
        bad.report(0.9, epoch)
    assert bad.should_prune()
    for epoch in range(waits.first + 1, waits.first + waits.every + 1):
        bad.report(0.9, epoch)
    assert bad.should_prune()
