"""Who takes over from whom: by the members' values and the seed alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from search_spaces.ranges import Integer, LogInteger, LogUniform, Numeric, QUniform, Uniform
from service.engine.population.rule import PopulationRule, Standing, perturbed
from service.study.definitions.objectives import Objective
from service.study.definitions.population import Varying
from service.study.definitions.samplers import PBTSampler

LR = Varying("optimizer.sgd.lr", "optimizer.lr", LogUniform(1e-3, 1.0))


def rule(objective: str = "val_loss", seed: int = 1, **settings: float) -> PopulationRule:
    return PopulationRule(PBTSampler(population=8, **settings), [LR], Objective(metric=objective), seed)  # type: ignore[arg-type]


def standings(*values: float | None) -> list[Standing]:
    """None is of a member that diverged."""
    return [
        Standing(number, value, {"optimizer.lr": 0.01 * (number + 1)}, value is None)
        for number, value in enumerate(values)
    ]


def taken(found: dict[int, int]) -> dict[int, int]:
    return {number: parent for number, parent in found.items() if number != parent}


def test_the_worst_quarter_takes_over_from_the_best_quarter() -> None:
    moves = rule().decide(standings(0.1, 0.9, 0.2, 0.8, 0.5, 0.5, 0.5, 0.5), 4)
    parents = taken({number: move.parent for number, move in moves.items()})
    assert set(parents) == {1, 3}
    assert set(parents.values()) <= {0, 2}
    most = rule("val_accuracy").decide(standings(0.1, 0.9, 0.2, 0.8, 0.5, 0.5, 0.5, 0.5), 4)
    assert set(taken({number: move.parent for number, move in most.items()})) == {0, 2}


def test_it_does_not_depend_on_the_order_in_which_members_came() -> None:
    listed = standings(0.1, 0.9, 0.2, 0.8, 0.5, None, 0.4, 0.3)
    assert rule().decide(listed, 4) == rule().decide(listed[::-1], 4)
    values = [rule(seed=seed).decide(listed, epoch)[1].values for seed in (1, 2) for epoch in (2, 4)]
    assert len({each["optimizer.lr"] for each in values}) > 2


def test_nobody_takes_over_from_an_equal() -> None:
    assert not taken({number: move.parent for number, move in rule().decide(standings(*[0.5] * 8), 2).items()})


def test_all_that_diverged_take_over_and_none_is_taken_over() -> None:
    moves = rule().decide(standings(None, None, None, None, None, 0.3, 0.2, 0.1), 2)
    assert {number for number, move in moves.items() if move.parent != number} == {0, 1, 2, 3, 4}
    assert {moves[number].parent for number in range(5)} <= {6, 7}
    assert rule().decide(standings(None, None), 2) == {}
    assert rule().decide(standings(0.5), 2)[0].parent == 0


def test_before_anything_is_measured_all_go_on_as_they_are() -> None:
    unmeasured = [replace(each, diverged=False) for each in standings(None, None, None)]
    assert not taken({number: move.parent for number, move in rule().decide(unmeasured, 2).items()})
    assert len(rule().decide(unmeasured, 2)) == 3


def test_values_are_near_the_other_s_or_drawn_anew() -> None:
    near = rule(resample=0.0).decide(standings(0.1, 0.9), 2)[1]
    assert near.values["optimizer.lr"] in (pytest.approx(0.008), pytest.approx(0.0125))
    anew = rule(resample=1.0).decide(standings(0.1, 0.9), 2)[1]
    assert anew.values["optimizer.lr"] not in (pytest.approx(0.008), pytest.approx(0.0125))
    assert f"optimizer.lr 0.01 → {anew.values['optimizer.lr']:.3g}" in anew.reason


@pytest.mark.parametrize(
    ("within", "value", "factor", "moved"),
    [
        (Uniform(0.0, 0.5), 0.4, 1.25, 0.5),
        (Uniform(0.0, 0.5), 0.45, 1.25, 0.5),
        (LogUniform(0.01, 1.0), 0.0105, 0.8, 0.01),
        (Integer(1, 10), 1, 1.25, 2),
        (Integer(1, 10), 1, 0.8, 1),
        (Integer(1, 10), 8, 1.25, 10),
        (LogInteger(1, 100), 3, 0.8, 2),
        (QUniform(0.1, 0.95, q=0.1), 0.3, 1.25, 0.4),
        (QUniform(0.1, 0.95, q=0.1), 0.9, 1.25, 0.9),
    ],
)
def test_a_number_stays_in_its_range_and_moves_a_step_at_least(
    within: Numeric, value: float, factor: float, moved: float
) -> None:
    assert perturbed(within, value, factor) == pytest.approx(moved)
