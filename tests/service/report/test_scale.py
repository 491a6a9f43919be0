"""Axes of a report's pictures."""

from __future__ import annotations

import numpy as np
import pytest

from service.report.scale import axis, value_axis


def test_ticks_are_round_and_within() -> None:
    assert axis(0.03, 1.07, 0, 100).ticks() == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert axis(1, 20, 0, 100).ticks() == [5, 10, 15, 20]


def test_a_single_value_stands_in_the_middle() -> None:
    assert axis(3.0, 3.0, 0, 100).at(np.array([3.0])).tolist() == [50.0]
    assert value_axis(np.zeros(1), np.zeros(2), 0, 100, may_be_log=True).at(np.array([0.0])).tolist() == [50.0]


def test_losses_over_decades_are_drawn_over_a_logarithmic_axis() -> None:
    scale = value_axis(np.array([0.01, 1.0]), np.array([-1.0, 2.0]), 100, 0, may_be_log=True)
    assert scale.log
    assert scale.ticks() == pytest.approx([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0])
    assert scale.at(np.array([-1.0])).tolist() == [100.0]
    assert not value_axis(np.array([0.01, 1.0]), np.zeros(0), 100, 0, may_be_log=False).log, "as of an accuracy"


def test_a_band_far_wider_than_the_lines_is_cut_off() -> None:
    scale = value_axis(np.array([0.8, 0.9]), np.array([-50.0, 50.0]), 100, 0, may_be_log=True)
    assert (scale.low, scale.high) == (pytest.approx(0.745), pytest.approx(0.955))
    assert not scale.log
