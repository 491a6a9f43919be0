"""Rows of one's own divided: stratified, grouped or chronological, and refused where they cannot be."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from experiments.data._parts import Parts, split
from experiments.errors import InvalidInput

N = 240
CLASSES = np.arange(N) % 4 == 0
STRATIFIED = {"strata": CLASSES}
PATIENTS = np.random.default_rng(1).integers(0, 30, N)
HOURS = np.random.default_rng(2).permutation(N)  # the file is in no order


def every_fold(folds: int | None, **says: Any) -> list[Parts]:
    """The parts of each fold, or the one without."""
    made = [split(N, fold=fold, folds=folds or 5, **says) for fold in (range(folds) if folds else [None])]
    for parts in made:
        assert sorted(np.concatenate([parts.train, parts.validation, parts.test])) == [*range(N)] or "times" in says
        assert np.array_equal(parts.test, made[0].test)
    return made


@pytest.mark.parametrize("folds", [None, 2, 5])
@pytest.mark.parametrize("says", [{}, STRATIFIED, {"groups": PATIENTS}, {"groups": PATIENTS, **STRATIFIED}])
def test_each_row_is_in_one_part_and_validated_on_once(folds: int | None, says: dict[str, Any]) -> None:
    made = every_fold(folds, seed=3, **says)
    judged = np.concatenate([parts.validation for parts in made])
    assert len(set(judged)) == len(judged) == (N - len(made[0].test) if folds else len(made[0].validation))
    assert len(made[0].test) / N == pytest.approx(0.15, abs=0.06)


@pytest.mark.parametrize("folds", [None, 2, 5])
@pytest.mark.parametrize("strata", [None, CLASSES])
def test_a_group_is_never_in_two_parts(folds: int | None, strata: Any) -> None:
    for parts in every_fold(folds, groups=PATIENTS, strata=strata):
        sets = [set(PATIENTS[rows]) for rows in (parts.train, parts.validation, parts.test)]
        assert sum(map(len, sets)) == len(set.union(*sets))


@pytest.mark.parametrize("folds", [None, 2, 5])
def test_classes_have_equal_shares_in_all_parts(folds: int | None) -> None:
    for parts in every_fold(folds, strata=CLASSES):
        for rows in (parts.train, parts.validation, parts.test):
            assert CLASSES[rows].mean() == pytest.approx(0.25, abs=1 / len(rows))


def test_strata_may_have_several_labels_a_row() -> None:
    parts = split(N, strata=np.stack([CLASSES, np.arange(N) % 2 == 0], axis=1))
    assert CLASSES[parts.test].mean() == pytest.approx(0.25, abs=1 / len(parts.test))


@pytest.mark.parametrize("folds", [None, 2, 5])
@pytest.mark.parametrize("times", [HOURS, HOURS // 5], ids=["different", "some equal"])
def test_nothing_is_trained_on_its_future(folds: int | None, times: Any) -> None:
    made = every_fold(folds, times=times)
    for parts in made:
        assert times[parts.train].max() < times[parts.validation].min()
        assert times[parts.validation].max() < times[parts.test].min()
    for earlier, later in pairwise(made):
        assert {*later.train} == {*earlier.train, *earlier.validation}
    assert {*made[-1].train, *made[-1].validation, *made[-1].test} == {*range(N)}


@pytest.mark.parametrize("strata", [None, np.arange(1190) % 2], ids=["plain", "stratified"])
def test_a_group_that_has_most_of_the_rows_is_trained_on(strata: Any) -> None:
    sizes = [1000, *[10] * 19]
    for seed in range(20):
        parts = split(sum(sizes), seed=seed, groups=np.repeat(np.arange(20), sizes), strata=strata)
        assert len(parts.train) > 1000
        assert min(len(parts.validation), len(parts.test)) >= 20


@pytest.mark.parametrize("folds", [2, 5])
def test_folds_of_groups_have_about_equally_many_rows(folds: int) -> None:
    sizes = np.arange(1, 61)
    groups = np.repeat(np.arange(60), sizes)
    judged = [len(split(len(groups), fold=fold, folds=folds, groups=groups).validation) for fold in range(folds)]
    assert np.ptp(judged) <= sizes.max()


def test_without_folds_none_are_taken_away() -> None:
    with pytest.raises(InvalidInput, match=r"leave one of 3 parts empty; say finer ones$"):
        split(N, times=np.arange(N) // 120)
    with pytest.raises(InvalidInput, match="n_rows: 0 cannot be in 3 parts"):
        split(0, times=[])


def test_another_seed_is_another_split_and_the_same_seed_the_same() -> None:
    one, again, other = (split(N, seed=seed, groups=PATIENTS, fold=0) for seed in (1, 1, 2))
    assert np.array_equal(one.train, again.train)
    assert not np.array_equal(one.test, other.test)


@pytest.mark.parametrize(
    ("says", "message"),
    [
        ({"times": HOURS, "shuffle": True}, "shuffle: a time series that is shuffled is trained on its future; leave"),
        ({"shuffle": False}, "shuffle: rows that are not shuffled have an order; say it by `times`"),
        ({"times": HOURS, "groups": PATIENTS}, "times: rows are divided by time or by groups, not by both"),
        ({"strata": CLASSES[:5]}, "strata: there are 5 for 240 rows"),
        ({"groups": np.arange(N) % 3}, "folds: 240 rows cannot be divided so: 2 groups are left .* fewer than 5 folds"),
        ({"groups": np.arange(N) % 2}, "groups: 2 are fewer than the 3 parts; say finer ones"),
        ({"groups": [None, *PATIENTS[1:]]}, "groups: 1 of 240 rows have none; give them one, or leave them out"),
        ({"times": [float("nan"), *HOURS[1:]]}, "times: 1 of 240 rows have none"),
        (
            {"times": np.arange(N) // 60},
            "4 different times of 240 rows leave one of 7 parts empty; .*, or take fewer",
        ),
        ({"strata": np.arange(N)}, "folds: 240 rows cannot be divided so: The least populated class"),
    ],
)
@pytest.mark.parametrize("fold", [0, 4])
def test_what_cannot_be_divided_so_is_refused_in_every_fold(says: dict[str, Any], message: str, fold: int) -> None:
    with pytest.raises(InvalidInput, match=message):
        split(N, fold=fold, **says)
