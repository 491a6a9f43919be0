"""The Pareto set of values that are given: against its definition, and on a problem whose front is known."""

from __future__ import annotations

import random
from itertools import product

import pytest

from service.study.definitions.objectives import Objective
from service.study.pareto import dominates, losses_of, nondominated

DOWN, UP = Objective(metric="val_loss"), Objective(metric="val_accuracy")


def by_definition(values: list[tuple[float, ...]], objectives: list[Objective]) -> list[int]:
    losses = [losses_of(each, objectives) for each in values]
    return [place for place, own in enumerate(losses) if not any(dominates(other, own) for other in losses)]


@pytest.mark.parametrize("objectives", [[DOWN, DOWN], [DOWN, UP], [UP, DOWN, UP]])
def test_the_set_is_what_its_definition_says(objectives: list[Objective]) -> None:
    drawn = random.Random(3)
    for n in (1, 2, 40):
        values = [tuple(drawn.randrange(7) / 6 for _ in objectives) for _ in range(n)]
        assert nondominated(values, objectives) == by_definition(values, objectives)


def test_the_front_of_a_known_problem_is_found_exactly() -> None:
    """The first problem of Zitzler, Deb & Thiele (2000) with two variables: its front is where the second is 0."""
    grid = list(product([i / 20 for i in range(21)], [0.0, 0.1, 0.5, 1.0]))
    random.Random(1).shuffle(grid)
    values = []
    for x, y in grid:
        g = 1 + 9 * y
        values.append((x, g * (1 - (x / g) ** 0.5)))
    on_front = [grid[place] for place in nondominated(values, [DOWN, DOWN])]
    assert sorted(on_front) == [(i / 20, 0.0) for i in range(21)]


def test_equal_trials_are_all_in_it_and_none_dominates_itself() -> None:
    values = [(0.5, 0.5), (0.4, 0.6), (0.5, 0.5), (0.5, 0.6)]
    assert nondominated(values, [DOWN, DOWN]) == [0, 1, 2]
    assert nondominated([], [DOWN, DOWN]) == []
    assert not dominates((1.0, 2.0), (1.0, 2.0))
