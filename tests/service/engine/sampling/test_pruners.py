"""The rules that are kept incrementally decide as Optuna's pruners, where runs wait for them, and say why."""

from __future__ import annotations

import random
from collections.abc import Iterator

import optuna
import pytest
from optuna.trial import TrialState

from service.engine.sampling.pruners import NoRule, decision_epochs, pruning_rule
from service.study.definition import Objective
from service.study.pruners import AshaPruner, MedianPruner, Pruner

ACCURACY = Objective(metric="val_accuracy", direction="maximize")
LOSS = Objective(metric="val_loss", direction="minimize")
CURVE = {1: 0.5, 2: 0.75, 3: 0.625}
ENDS = [TrialState.COMPLETE, TrialState.COMPLETE, TrialState.COMPLETE, TrialState.FAIL]


def optuna_pruner(part: Pruner) -> optuna.pruners.BasePruner:
    """Optuna's own, which counts its interval from the end of the warm-up."""
    if isinstance(part, MedianPruner):
        return optuna.pruners.MedianPruner(part.n_startup_trials, part.warmup_epochs + 1, part.interval)
    assert isinstance(part, AshaPruner)
    return optuna.pruners.SuccessiveHalvingPruner(part.min_epochs, part.reduction_factor, 0, 0)


def pruners() -> Iterator[Pruner]:
    for startup, warmup, interval in [(0, 0, 1), (3, 1, 1), (1, 2, 3), (5, 0, 2)]:
        yield MedianPruner(n_startup_trials=startup, warmup_epochs=warmup, interval=interval)
    for first, factor in [(1, 2), (1, 3), (2, 2), (3, 4)]:
        yield AshaPruner(min_epochs=first, reduction_factor=factor)


@pytest.mark.parametrize("objective", [ACCURACY, LOSS], ids=["maximize", "minimize"])
@pytest.mark.parametrize("pruner", list(pruners()), ids=repr)
def test_a_rule_decides_as_optuna_does_on_random_histories(pruner: Pruner, objective: Objective) -> None:
    drawn = random.Random(repr(pruner))
    study = optuna.create_study(direction=objective.direction, pruner=optuna_pruner(pruner))
    rule, running, said = pruning_rule(pruner, objective), {}, []
    waits = decision_epochs(pruner)
    for _ in range(900):
        if not running or (len(running) < 4 and drawn.random() < 0.2):
            trial = study.ask()
            running[trial.number] = (trial, {}, 0)
        number = drawn.choice(sorted(running))
        trial, curve, epoch = running[number]
        running[number] = (trial, curve, epoch := epoch + 1)
        pruned = False
        if drawn.random() < 0.9:  # else its objective is not logged in this epoch
            curve[epoch] = round(drawn.random(), 1)  # coarse, so that some are equal
            trial.report(curve[epoch], epoch)
            if epoch >= waits.first and drawn.random() < 0.9:
                pruned = trial.should_prune()
                said.append(pruned)
                assert bool(rule.judge(number, curve, epoch)) == pruned
        if pruned or epoch == 12:
            end = TrialState.PRUNED if pruned else drawn.choice(ENDS)
            study.tell(trial, 1.0 if end == TrialState.COMPLETE else None, state=end)
            if end == TrialState.COMPLETE:
                rule.complete(curve)
            rule.forget(number)
            del running[number]
    assert {True, False} <= set(said)


def test_a_rule_that_remembers_what_was_stored_decides_as_the_one_that_saw_it() -> None:
    first, second = (pruning_rule(AshaPruner(reduction_factor=2), LOSS) for _ in range(2))
    for number, value in enumerate([0.5, 0.1, 0.9, 0.2]):
        first.judge(number, {1: value}, 1)
        second.remember(first.attributes(number))
        first.forget(number)
    for value in (0.15, 0.3):
        assert first.judge(9, {1: value}, 1) == second.judge(9, {1: value}, 1)
        first.forget(9)
        second.forget(9)
    assert first.attributes(9) == {}


def test_the_median_pruner_judges_the_best_so_far() -> None:
    rule = pruning_rule(MedianPruner(n_startup_trials=1), ACCURACY)
    for value in (0.8, 0.9, 0.7):
        rule.complete({3: value})

    assert rule.judge(3, CURVE, 3) == "pruned at epoch 3: 0.75, below the median 0.8 of 3 trials"


def test_successive_halving_judges_the_epoch_and_the_best_is_said_where_it_is_another() -> None:
    why = "pruned at epoch 3: 0.625, not among the best 1/3 of 3 trials at this rung"
    rule = pruning_rule(AshaPruner(min_epochs=3), ACCURACY)
    for number, value in enumerate((0.8, 0.9)):
        rule.judge(number, {3: value}, 3)

    assert rule.judge(2, CURVE, 3) == f"{why} (its best was 0.75)"
    assert rule.judge(3, {3: 0.625}, 3) == why.replace("3 trials", "4 trials")


def test_without_a_pruner_nothing_ends_early() -> None:
    assert NoRule().judge(0, CURVE, 3) == ""


@pytest.mark.parametrize(("warmup", "interval"), [(0, 1), (1, 1), (0, 2), (1, 3), (2, 2)])
def test_the_median_pruner_acts_where_a_run_waits_for_it(warmup: int, interval: int) -> None:
    pruner = MedianPruner(n_startup_trials=1, warmup_epochs=warmup, interval=interval)
    rule, waits = pruning_rule(pruner, LOSS), decision_epochs(pruner)
    rule.complete(dict.fromkeys(range(1, 10), 0.1))
    curve: dict[int, float] = {}
    acts = []
    for epoch in range(1, 10):
        curve[epoch] = 0.9
        if rule.judge(1, curve, epoch):
            acts.append(epoch)
    assert acts == list(range(waits.first, 10, waits.every))
