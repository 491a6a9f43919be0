"""The signed-rank test of a trial's runs decides as Optuna's Wilcoxon pruner, and says why."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import fmean

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState
from scipy.stats import wilcoxon

from service.engine.pruning.signed_rank import MOST_EXACT, SignedRankRule, p_of_less
from service.study.definitions.objectives import Objective
from service.study.definitions.pruners import WilcoxonPruner
from service.study.records import Run
from service.study.states import RunState

ACCURACY = Objective(metric="val_accuracy", direction="maximize")
LOSS = Objective(metric="val_loss", direction="minimize")
N_RUNS = 6


def runs_of(values: Sequence[float], state: RunState = RunState.COMPLETED) -> list[Run]:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    return [
        Run(f"ru_{i}", "tr", "st", 0, i, i % 3, i // 3, state, "", 1, now, value=value)
        for i, value in enumerate(values)
    ]


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize("objective", [ACCURACY, LOSS], ids=["maximize", "minimize"])
@pytest.mark.parametrize(("threshold", "startup"), [(0.1, 2), (0.3, 2), (0.1, 5)])
def test_it_decides_as_optuna_does_on_random_histories(objective: Objective, threshold: float, startup: int) -> None:
    drawn = random.Random(threshold * startup)
    part = WilcoxonPruner(p_threshold=threshold, n_startup_runs=startup)
    pruner = optuna.pruners.WilcoxonPruner(p_threshold=threshold, n_startup_steps=startup)
    study = optuna.create_study(direction=objective.direction, pruner=pruner)
    rule, best, leader, said = SignedRankRule(part, objective, N_RUNS), None, -1, []
    for number in range(15):
        trial, shift, values = study.ask(), drawn.random() / 2, list[float]()
        pruned = False
        while not pruned and len(values) < N_RUNS:
            values.append(round(drawn.random() + shift, 1))  # coarse, so that some differences are equal, or none
            trial.report(values[-1], len(values) - 1)
            pruned = trial.should_prune()
            said.append(pruned)
            assert bool(best is not None and rule.judge(runs_of(values), leader)) == pruned
        mean = fmean(values)
        study.tell(trial, None if pruned else mean, state=TrialState.PRUNED if pruned else TrialState.COMPLETE)
        if not pruned and (best is None or objective.better(mean, best)):
            best, leader = mean, number
            rule.complete(number, runs_of(values))
    assert {True, False} <= set(said)


def test_it_says_what_was_compared() -> None:
    rule = SignedRankRule(WilcoxonPruner(), LOSS, 5)
    rule.complete(3, runs_of([0.5, 0.6, 0.7, 0.8, 0.9]))
    assert rule.judge(runs_of([0.6, 0.7, 0.8]), 3) == "", "three pairs decide nothing"
    assert rule.judge(runs_of([0.6, 0.75, 0.9, 1.05]), 3) == (
        "pruned after 4 of 5 runs: on average 0.825 against 0.7 of trial 3, the best, and worse in 4 of 4 pairs of "
        "runs (signed-rank test, p = 0.062 < 0.1)"
    )


def test_a_trial_that_is_as_good_on_average_goes_on_whatever_the_test_says() -> None:
    rule = SignedRankRule(WilcoxonPruner(), LOSS, 5)
    rule.complete(0, runs_of([0.5, 0.5, 0.5, 0.5, 0.9]))
    worse = [0.51, 0.52, 0.53, 0.54]
    assert rule.judge(runs_of(worse), 0) == ""
    rule.complete(0, runs_of([0.5] * 5))
    assert rule.judge(runs_of(worse), 0) != ""


def test_runs_that_did_not_complete_are_compared_with_nothing() -> None:
    rule = SignedRankRule(WilcoxonPruner(), LOSS, 5)
    rule.complete(0, runs_of([0.1] * 5))
    assert rule.judge(runs_of([0.9] * 4, RunState.PRUNED), 0) == ""


def test_equal_runs_are_worse_in_nothing() -> None:
    rule = SignedRankRule(WilcoxonPruner(), LOSS, 5)
    rule.complete(0, runs_of([0.1] * 5))
    assert rule.judge(runs_of([0.1] * 4), 0) == ""


def test_the_fewest_runs_that_can_decide() -> None:
    assert [WilcoxonPruner(p_threshold=p).n_decisive for p in (0.1, 0.125, 0.05, 0.5)] == [4, 4, 5, 2]
    assert WilcoxonPruner(n_startup_runs=8).n_decisive == 8


def test_p_is_that_of_scipy() -> None:
    drawn = random.Random(1)
    for n in (1, 2, 5, 8, MOST_EXACT, MOST_EXACT + 1, 60):
        for digits in (1, 15) if n <= 8 or n > MOST_EXACT else (15,):  # of equal ones scipy tries all signs
            differences = [round(drawn.random() - 0.6, digits) for _ in range(n)]
            expected = wilcoxon(np.array(differences), alternative="less", zero_method="zsplit").pvalue
            assert p_of_less(differences) == pytest.approx(expected, rel=1e-12)
