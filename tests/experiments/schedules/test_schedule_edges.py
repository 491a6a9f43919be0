"""Every schedule at each of its bounds, and just inside them: a factor from 0 to 1 at each step of a run."""

from __future__ import annotations

import itertools
import math

import pytest

from experiments.schedules import SCHEDULES, Schedule
from tests.support.training.edges import at_the_edges

TOTALS = (1, 2, 7)


@pytest.mark.parametrize("component", list(SCHEDULES), ids=lambda component: component.id())
def test_the_factor_lies_between_0_and_1_at_every_step(component: type[Schedule]) -> None:
    for schedule, total in itertools.product(at_the_edges(SCHEDULES, component), TOTALS):
        factors = [schedule.factor(step, total, [1.0] * step) for step in range(total)]
        assert all(math.isfinite(factor) and 0 <= factor <= 1 + 1e-12 for factor in factors), (schedule, factors)
