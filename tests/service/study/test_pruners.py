"""What a person reads of a pruned trial names the value that was judged."""

from __future__ import annotations

from optuna.trial import FrozenTrial, TrialState, create_trial

from service.study.definition import AshaPruner, MedianPruner, Objective
from service.study.pruners import pruned_because

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
