"""The Pareto set and its hypervolume, against values worked out by hand."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from experiments.errors import InvalidInput
from service.analysis.insight.pareto import pareto
from service.study.states import RunState
from tests.support.analyzed import FLAT, Planted, planted

OBJECTIVES = [{"metric": "val_loss"}, {"metric": "val_accuracy"}]


def study(values: Sequence[tuple[float, ...]], objectives: Any = OBJECTIVES) -> Planted:
    """A study whose trials came to these values."""
    known = planted(FLAT, lambda _: 0.0, len(values))
    drawn = [replace(trial, value=own[0], objective_values=own) for trial, own in zip(known.drawn, values, strict=True)]
    directed = [{"direction": "minimize", "reduce": "best", "target": None, **each} for each in objectives]
    directed[1]["direction"] = "maximize"
    definition = {**known.study.definition, "objective": directed}
    return replace(known, drawn=drawn, study=replace(known.study, definition=definition))


VALUES = [(0.5, 0.5), (0.2, 0.3), (0.6, 0.4), (0.8, 0.9), (0.2, 0.3), (1.0, 0.0)]
"""Losses and accuracies. Trial 2 is worse than 0, and 5 worst in both; 4 came to what 1 did."""


def test_the_volume_is_what_is_worked_out_by_hand() -> None:
    found = pareto(study(VALUES).rows, "st")
    assert [item["trial"] for item in found["items"]] == [0, 1, 3, 4]
    assert (found["reference"], found["reference_is"]) == ([1.0, 0.0], "worst")
    # 0 has 0.5 x 0.5; 1 adds 0.3 x 0.3 to its left; 3 adds 0.2 x 0.4 above it.
    assert [(each["trial"], each["hypervolume"]) for each in found["history"]] == [
        (0, pytest.approx(0.25)),
        (1, pytest.approx(0.25 + 0.09)),
        (3, pytest.approx(0.25 + 0.09 + 0.08)),
    ]
    assert [each["n_completed"] for each in found["history"]] == [1, 2, 4]
    assert found["hypervolume"] == pytest.approx(0.42)
    assert found["trials"]["completed"] == 6


def test_another_reference_point_is_taken_and_what_does_not_reach_it_counts_for_nothing() -> None:
    found = pareto(study(VALUES).rows, "st", reference=[0.7, 0.2])
    assert (found["reference"], found["reference_is"]) == ([0.7, 0.2], "given")
    assert found["hypervolume"] == pytest.approx(0.2 * 0.3 + 0.3 * 0.1)
    assert [each["trial"] for each in found["history"]] == [0, 1], "trial 3 is above the bound in its loss"


def test_only_completed_trials_that_count_are_in_it() -> None:
    known = study(VALUES).changed([3], excluded=True).changed([1, 4], state=RunState.PRUNED)
    found = pareto(known.rows, "st")
    assert [item["trial"] for item in found["items"]] == [0]
    nothing = pareto(replace(known, drawn=[]).rows, "st")
    assert (nothing["items"], nothing["reference"], nothing["history"], nothing["hypervolume"]) == ([], [], [], 0.0)


def test_by_three_objectives_the_volume_is_the_share_of_the_cells_that_are_reached() -> None:
    drawn = random.Random(6)
    values = [(drawn.randrange(6), -drawn.randrange(6), drawn.randrange(6)) for _ in range(25)]
    found = pareto(study(values, [*OBJECTIVES, {"metric": "train_loss"}]).rows, "st", reference=[6.0, -6.0, 6.0])
    cells = sum(any(x <= i and -y <= j and z <= k for x, y, z in values) for i, j, k in product(range(6), repeat=3))
    assert found["hypervolume"] == pytest.approx(cells)


@pytest.mark.parametrize(
    ("objectives", "reference", "message"),
    [
        (OBJECTIVES, [1.0], "reference: give 2 numbers, a bad value of each objective: val_loss, val_accuracy"),
        (OBJECTIVES, [1.0, float("nan")], "reference: give finite numbers"),
    ],
)
def test_a_wrong_point_is_refused(objectives: Any, reference: list[float], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        pareto(study(VALUES, objectives).rows, "st", reference=reference)


def test_by_one_objective_there_is_a_ranking() -> None:
    with pytest.raises(InvalidInput, match="it has one objective; `studyhall show planted` ranks its trials"):
        pareto(planted(FLAT, lambda _: 0.0, 2).rows, "st")
