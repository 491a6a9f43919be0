"""Quantiles of Student's t, beside scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from service.analysis.curves.student_t import LARGE, two_sided


@pytest.mark.parametrize("level", [0.5, 0.95, 0.99])
def test_they_are_those_of_scipy(level: float) -> None:
    freedom = np.array([1, 2, 3, 4, 5, 10, 29, 30, LARGE - 1, LARGE, LARGE + 1, 5000])
    np.testing.assert_allclose(two_sided(level, freedom), stats.t.ppf((1 + level) / 2, freedom), rtol=1e-9)


def test_of_a_single_value_nothing_is_known() -> None:
    assert np.isnan(two_sided(0.95, np.array([0, 0]))).all()
