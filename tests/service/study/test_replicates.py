"""What the runs of one trial come to together, and which of them is marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from service.study.definitions.definition import StudyDefinition
from service.study.definitions.objectives import Objective
from service.study.records import Run, Study, Trial
from service.study.replicates import Replication, aggregate, chance, marked, replication
from service.study.states import Desired, FailureKind, RunState, StudyState

NOW = datetime(2026, 1, 2, tzinfo=UTC)
ACCURACY = Objective.model_validate({"metric": "val_accuracy", "direction": "maximize"})
LOSS = Objective.model_validate({"metric": "val_loss", "direction": "minimize"})
DIGITS = {"data": {"name": "digits"}, "model": {"name": "mlp"}}
BY_TEN = 28 / 270
"""What always answering one digit gives on the validation part."""


def runs_of(values: Sequence[float | None]) -> list[Run]:
    """Completed runs of these values; one without a value has diverged."""
    return [
        Run(
            id=f"ru_{index}",
            trial_id="tr_1",
            study_id="st_1",
            trial_number=0,
            replicate=index,
            seed=index,
            fold=None,
            state=RunState.FAILED if value is None else RunState.COMPLETED,
            reason="val_loss became nan in epoch 2" if value is None else "",
            attempt=1,
            created_at=NOW,
            value=value,
            metrics={} if value is None else {"val_loss": value},
            failure=FailureKind.DIVERGED if value is None else None,
        )
        for index, value in enumerate(values)
    ]


def together(values: Sequence[float | None], **replicates: Any) -> Replication | None:
    """The replication of a trial on digits."""
    document = {"name": "digits", "experiment": "digits-mlp", "objective": "val_accuracy", "max_trials": 1}
    definition = StudyDefinition.parse({**document, "replicates": replicates}).to_json()
    study = Study("st_1", "digits", definition, Desired.RUNNING, StudyState.RUNNING, "", 0, 1, 1, "", 1, NOW)
    return replication(study, Trial("tr_1", "st_1", 0, 0, RunState.RUNNING, "", {}, {}, DIGITS, NOW), runs_of(values))


def marks(values: Sequence[float | None], objective: Objective, at: float | None = None) -> dict[int, tuple[str, str]]:
    """Index of a run to its mark's word and kind."""
    found = marked(runs_of(values), objective, at)
    return {int(run_id.removeprefix("ru_")): (mark.word, mark.kind) for run_id, mark in found.items()}


def test_a_mean_of_four_collapsed_seeds_and_one_good_one_says_so() -> None:
    found = together([0.10, 0.10, 0.10, 0.10, 0.89], seeds=5)
    assert found is not None
    assert (found.n, found.n_runs, found.n_collapsed, found.aggregate) == (5, 5, 4, "mean")
    assert found.std == pytest.approx(0.3533, abs=1e-4)  # divided by n - 1
    assert {mark.kind for mark in found.marks.values()} == {"at_chance"}
    reason = "at chance: 0.1, and always answering the most frequent class gives 0.104"
    assert {mark.reason for mark in found.marks.values()} == {reason}


def test_runs_that_are_still_to_come_and_those_that_failed_do_not_count() -> None:
    found = together([0.9, None, 0.8], seeds=3)
    assert found is not None
    assert (found.n, found.n_runs, found.n_collapsed) == (2, 3, 1)
    assert found.marks["ru_1"].reason == "non-finite: val_loss became nan in epoch 2"


def test_a_loss_far_above_those_of_many_good_runs_is_an_outlier_and_has_not_collapsed() -> None:
    values = [0.050 + 0.0001 * seed for seed in range(36)]
    found = marks([*values, 0.08, 0.09, 0.07], LOSS)
    assert found == dict.fromkeys((36, 37, 38), ("outlier", "far_outside"))
    outlier = marked(runs_of([*values, 0.08]), LOSS, None)["ru_36"]
    assert outlier.reason == "far outside its siblings: 0.08, worse than their median 0.0518"


def test_one_run_has_no_siblings() -> None:
    assert together([0.1]) is None


@pytest.mark.parametrize(
    ("values", "objective", "at", "expected"),
    [
        ([0.90, 0.91, 0.89, 0.92], ACCURACY, BY_TEN, {}),
        ([BY_TEN, 0.9], ACCURACY, BY_TEN, {0: ("collapsed", "at_chance")}),
        ([0.1, 0.9], ACCURACY, None, {}),  # of two, nobody knows which is the strange one
        ([0.1, 0.1, 0.1, 0.1, 0.89], ACCURACY, None, {4: ("outlier", "far_outside")}),
        ([0.9, 0.91, 0.3, 0.9], ACCURACY, BY_TEN, {2: ("outlier", "far_outside")}),
        ([0.999, 0.998, 0.999, 0.8], ACCURACY, BY_TEN, {3: ("outlier", "far_outside")}),
        ([0.30, 0.31, 0.29, 2.3], LOSS, None, {3: ("outlier", "far_outside")}),
        ([2.3, 2.31, 2.29, 0.3], LOSS, None, {3: ("outlier", "far_outside")}),
        ([0.30, 0.30, 0.30, 0.31], LOSS, None, {}),  # siblings that agree by chance
        ([0.3, 0.5, 0.4, 0.6, 0.2], LOSS, None, {}),
        ([-0.2, -0.21, 5.0, -0.19], ACCURACY, None, {2: ("outlier", "far_outside")}),
        ([0.1, None, 0.9, 0.9], ACCURACY, BY_TEN, {0: ("collapsed", "at_chance"), 1: ("collapsed", "non_finite")}),
        ([0.0, 0.0, 0.0], LOSS, None, {}),
    ],
)
def test_a_run_is_marked_when_it_collapsed_or_lies_far_outside(
    values: list[float | None], objective: Objective, at: float | None, expected: dict[int, tuple[str, str]]
) -> None:
    assert marks(values, objective, at) == expected
    flipped = marks(values[::-1], objective, at)
    assert {len(values) - 1 - index: mark for index, mark in flipped.items()} == expected


def test_a_fold_that_is_harder_for_every_seed_is_no_outlier() -> None:
    """The last of four folds has other data; of its three runs one is an outlier all the same."""
    values = [0.197, 0.198, 0.196, 0.212, 0.215, 0.209, 0.219, 0.217, 0.218, 0.315, 0.331, 0.9]
    runs = [replace(run, fold=index // 3) for index, run in enumerate(runs_of(values))]
    assert {run_id: mark.word for run_id, mark in marked(runs, LOSS, None).items()} == {"ru_11": "outlier"}
    assert marked(runs[::3], LOSS, None) == {}


def test_chance_is_known_of_our_own_accuracies_alone() -> None:
    assert chance(DIGITS, ACCURACY, None) == BY_TEN
    assert chance({**DIGITS, "data": {"name": "breast_cancer"}}, ACCURACY, None) == pytest.approx(0.628, abs=1e-3)
    assert chance(DIGITS, LOSS, None) is None
    assert chance({**DIGITS, "data": {"name": "diabetes"}}, ACCURACY, None) is None
    assert chance({**DIGITS, "data": {"name": "their-own"}}, ACCURACY, None) is None


def test_only_completed_runs_make_the_value() -> None:
    definition = defined("mean")
    assert aggregate(definition, runs_of([0.5, None, 0.75])) == (0.625, {"val_loss": 0.625})
    assert aggregate(definition, runs_of([None, None])) == (None, {})


@pytest.mark.parametrize(
    ("how", "direction", "value"),
    [("mean", "minimize", 0.5), ("median", "minimize", 0.25), ("worst", "minimize", 1.0), ("worst", "maximize", 0.25)],
)
def test_what_a_trial_comes_to_of_its_runs(how: str, direction: str, value: float) -> None:
    assert aggregate(defined(how, direction), runs_of([0.25, 0.25, 1.0])) == (value, {"val_loss": value})


def test_the_metrics_beside_the_worst_value_are_of_the_same_run() -> None:
    good, bad = runs_of([0.25, 1.0])
    runs = [replace(good, metrics={"val_loss": 0.25, "f1": 0.1}), replace(bad, metrics={"val_loss": 1.0, "f1": 0.9})]
    assert aggregate(defined("worst"), runs) == (1.0, {"val_loss": 1.0, "f1": 0.9})


def defined(how: str, direction: str = "minimize") -> StudyDefinition:
    """A study whose trials have three runs, put together so."""
    replicates = {"seeds": 3, "aggregate": how}
    objective = {"metric": "val_loss", "direction": direction}
    document = {"name": "a", "experiment": "digits-mlp", "max_trials": 1, "objective": objective}
    return StudyDefinition.parse({**document, "replicates": replicates})
