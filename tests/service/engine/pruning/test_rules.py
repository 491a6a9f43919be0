"""The rules that are kept incrementally decide as Optuna's pruners, where runs wait for them, and say why."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState

from service.engine.pruning.choosing import looks_of, pruning_rule
from service.engine.pruning.percentile import percentile
from service.engine.pruning.rules import NoRule, PruningRule
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.objectives import Objective
from service.study.definitions.pruners import (
    AshaPruner,
    CurvePruner,
    HyperbandPruner,
    MedianPruner,
    PatientPruner,
    PercentilePruner,
    Pruner,
    ThresholdPruner,
)

ACCURACY = Objective(metric="val_accuracy", direction="maximize")
LOSS = Objective(metric="val_loss", direction="minimize")
CURVE = {1: 0.5, 2: 0.75, 3: 0.625}
EPOCHS = 12
SEED = 7
ENDS = [TrialState.COMPLETE, TrialState.COMPLETE, TrialState.COMPLETE, TrialState.FAIL]


def rule_of(pruner: Pruner, objective: Objective) -> PruningRule:
    """The rule of a study with this pruner, whose runs have twelve epochs."""
    document = {"name": "a", "experiment": "digits-mlp", "max_trials": 1, "seed": SEED, "training": {"epochs": EPOCHS}}
    of_study = {"pruner": pruner.model_dump(), "objective": objective.model_dump()}
    return pruning_rule(StudyDefinition.parse(document | of_study))


def optuna_pruner(part: Pruner) -> optuna.pruners.BasePruner:
    """Optuna's own, which counts its interval from the end of the warm-up."""
    match part:
        case MedianPruner():
            return optuna.pruners.MedianPruner(part.n_startup_trials, part.warmup_epochs + 1, part.interval)
        case PercentilePruner():
            of_trials, first = (part.percentile, part.n_startup_trials), part.warmup_epochs + 1
            return optuna.pruners.PercentilePruner(*of_trials, first, part.interval, n_min_trials=part.n_min_trials)
        case AshaPruner():
            return optuna.pruners.SuccessiveHalvingPruner(part.min_epochs, part.reduction_factor, 0, 0)
        case HyperbandPruner():
            most = part.max_epochs or EPOCHS
            return optuna.pruners.HyperbandPruner(part.min_epochs, most, part.reduction_factor)
        case ThresholdPruner():
            return optuna.pruners.ThresholdPruner(part.lower, part.upper, part.warmup_epochs + 1, part.interval)
        case PatientPruner():
            return optuna.pruners.PatientPruner(optuna_pruner(part.pruner), part.patience, part.min_delta)
        case _:
            raise AssertionError(part)


def curve_pruners() -> Iterator[CurvePruner]:
    for startup, warmup, interval in [(0, 0, 1), (3, 1, 1), (1, 2, 3), (5, 0, 2)]:
        yield MedianPruner(n_startup_trials=startup, warmup_epochs=warmup, interval=interval)
    for percent, startup, least in [(0, 1, 1), (25, 0, 4), (70, 5, 1), (100, 2, 1)]:
        yield PercentilePruner(percentile=percent, n_startup_trials=startup, n_min_trials=least)
    for first, factor in [(1, 2), (1, 3), (2, 2), (3, 4)]:
        yield AshaPruner(min_epochs=first, reduction_factor=factor)
    for first, factor, most in [(1, 2, None), (1, 3, 12), (2, 2, 30), (3, 3, 9)]:
        yield HyperbandPruner(min_epochs=first, reduction_factor=factor, max_epochs=most)
    for lower, upper, warmup, interval in [(0.1, None, 0, 1), (None, 0.9, 2, 3), (0.1, 0.9, 1, 2)]:
        yield ThresholdPruner(lower=lower, upper=upper, warmup_epochs=warmup, interval=interval)


def pruners() -> Iterator[Pruner]:
    inner = list(curve_pruners())
    yield from inner
    for index, patience, delta in [(1, 0, 0.0), (5, 1, 0.0), (9, 2, 0.2), (13, 1, 0.3), (-1, 0, 0.1)]:
        yield PatientPruner(pruner=inner[index], patience=patience, min_delta=delta)


@pytest.mark.parametrize("objective", [ACCURACY, LOSS], ids=["maximize", "minimize"])
@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize("pruner", list(pruners()), ids=repr)
def test_a_rule_decides_as_optuna_does_on_random_histories(pruner: Pruner, objective: Objective) -> None:
    drawn = random.Random(repr(pruner))
    study = optuna.create_study(study_name=str(SEED), direction=objective.direction, pruner=optuna_pruner(pruner))
    rule, running, said = rule_of(pruner, objective), {}, []
    waits = looks_of(pruner)
    for _ in range(600):
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
        if pruned or epoch == EPOCHS:
            end = TrialState.PRUNED if pruned else drawn.choice(ENDS)
            study.tell(trial, 1.0 if end == TrialState.COMPLETE else None, state=end)
            if end == TrialState.COMPLETE:
                rule.complete(curve)
            rule.forget(number)
            del running[number]
    assert {True, False} <= set(said)


STORING = [
    AshaPruner(reduction_factor=2),
    HyperbandPruner(reduction_factor=2),
    PatientPruner(pruner="asha", patience=0),
]


@pytest.mark.parametrize("pruner", STORING, ids=repr)
def test_a_rule_that_remembers_what_was_stored_decides_as_the_one_that_saw_it(pruner: Pruner) -> None:
    drawn = random.Random(3)
    first, second = (rule_of(pruner, LOSS) for _ in range(2))

    def judge(number: int, *rules: PruningRule) -> tuple[list[str], ...]:
        values = {epoch: round(drawn.random(), 2) for epoch in range(1, EPOCHS + 1)}
        curves = [dict(list(values.items())[:epoch]) for epoch in values]
        return tuple([rule.judge(number, curve, max(curve)) for curve in curves] for rule in rules)

    for number in range(40):
        judge(number, first)
        second.remember(number, first.attributes(number))
        first.forget(number)
    for number in range(40, 50):
        before, after = judge(number, first, second)
        assert before == after
        first.forget(number)
        second.forget(number)
    assert first.attributes(49) == {}


@pytest.mark.parametrize("pruner", STORING, ids=repr)
def test_what_a_trial_passed_is_known_again_though_it_would_not_pass_any_more(pruner: Pruner) -> None:
    first, second = (rule_of(pruner, LOSS) for _ in range(2))
    curve = {1: 0.5, 2: 0.6, 4: 0.7}
    assert first.judge(0, curve, 4) == "", "it is alone"
    for number in range(1, 30):
        first.judge(number, {1: 0.05, 4: 0.1}, 4)
        second.remember(number, first.attributes(number))
    second.passed(0, curve, 4)

    assert second.attributes(0) == first.attributes(0)
    assert second.judge(0, curve | {9: 0.8}, 9) == first.judge(0, curve | {9: 0.8}, 9)


def test_the_median_pruner_judges_the_best_so_far() -> None:
    rule = rule_of(MedianPruner(n_startup_trials=1), ACCURACY)
    for value in (0.8, 0.9, 0.7):
        rule.complete({3: value})

    assert rule.judge(3, CURVE, 3) == "pruned at epoch 3: 0.75, below the median 0.8 of 3 trials"


def test_successive_halving_judges_the_epoch_and_the_best_is_said_where_it_is_another() -> None:
    why = "pruned at epoch 3: 0.625, not among the best 1/3 of 3 trials at this rung"
    rule = rule_of(AshaPruner(min_epochs=3), ACCURACY)
    for number, value in enumerate((0.8, 0.9)):
        rule.judge(number, {3: value}, 3)

    assert rule.judge(2, CURVE, 3) == f"{why} (its best was 0.75)"
    assert rule.judge(3, {3: 0.625}, 3) == why.replace("3 trials", "4 trials")


def test_hyperband_says_which_bracket_it_is() -> None:
    rule = rule_of(HyperbandPruner(min_epochs=3, reduction_factor=2), ACCURACY)
    reasons = {rule.judge(number, {12: 1 - number / 100}, 12) for number in range(30)}
    brackets = {reason.rpartition(" at this ")[2] for reason in reasons if reason}
    assert brackets == {"rung of bracket 1 of 3", "rung of bracket 2 of 3", "rung of bracket 3 of 3"}


def test_a_percentile_says_which_share_it_keeps() -> None:
    rule = rule_of(PercentilePruner(n_startup_trials=1), LOSS)
    for value in (0.2, 0.3, 0.4):
        rule.complete({2: value})
    why = "pruned at epoch 2: 0.5, above 0.25, the bound of the best 25 % of 3 trials"
    assert rule.judge(3, {1: 0.6, 2: 0.5}, 2) == why


def test_a_percentile_is_that_of_numpy_to_the_last_digit() -> None:
    drawn = random.Random(5)
    for n in range(1, 30):
        values = sorted(drawn.random() for _ in range(n))
        percents = [0, 12.5, 25, 50, 100 / 3, 99.9, 100]
        assert [percentile(values, each) for each in percents] == [np.nanpercentile(values, each) for each in percents]


@pytest.mark.parametrize(
    ("value", "why"), [(0.05, "0.05, below the bound 0.1"), (2.0, "2, above the bound 1.5"), (0.1, ""), (1.5, "")]
)
def test_a_threshold_says_which_bound_was_left(value: float, why: str) -> None:
    reason = rule_of(ThresholdPruner(lower=0.1, upper=1.5), LOSS).judge(0, {1: value}, 1)
    assert reason == (why and f"pruned at epoch 1: {why}")


def test_patience_says_what_it_saw_before_the_other_rule_was_asked() -> None:
    rule = rule_of(PatientPruner(pruner=ThresholdPruner(upper=0.3), patience=1), LOSS)
    curve = {1: 0.5, 2: 0.4}
    assert rule.judge(0, curve, 2) == "", "there is nothing before the last two"
    curve |= {3: 0.45, 4: 0.5}
    why = "pruned at epoch 4: 0.5, above the bound 0.3; its last 2 values came to 0.45 at best, those before to 0.4"
    assert rule.judge(0, curve, 4) == why


def test_without_a_pruner_nothing_ends_early() -> None:
    assert NoRule().judge(0, CURVE, 3) == ""


@pytest.mark.parametrize(("warmup", "interval"), [(0, 1), (1, 1), (0, 2), (1, 3), (2, 2)])
def test_the_median_pruner_acts_where_a_run_waits_for_it(warmup: int, interval: int) -> None:
    pruner = MedianPruner(n_startup_trials=1, warmup_epochs=warmup, interval=interval)
    rule, waits = rule_of(pruner, LOSS), looks_of(pruner)
    rule.complete(dict.fromkeys(range(1, 10), 0.1))
    curve: dict[int, float] = {}
    acts = []
    for epoch in range(1, 10):
        curve[epoch] = 0.9
        if rule.judge(1, curve, epoch):
            acts.append(epoch)
    assert acts == list(range(waits.first, 10, waits.every))
