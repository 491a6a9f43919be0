"""The time left of a study."""

from __future__ import annotations

import pytest

from service.study.pace import Pace, Taken


def test_the_time_left_is_that_of_the_runs_to_come_on_the_workers_there_are() -> None:
    pace = Pace([Taken(4.0, 3.0), Taken(2.0, 1.5)], n_running=2)

    assert pace.seconds_left(10) == pytest.approx(15.0)
    assert Pace([], n_running=2).seconds_left(10) is None
    assert Pace([Taken(4.0, 3.0)], n_running=0).seconds_left(1) == 4.0


def test_an_hour_in_which_the_service_was_down_is_no_time_of_a_run() -> None:
    """Its worker trained for three seconds; it had waited for the service to come back."""
    assert (Pace([Taken(3600.0, 3.0)], n_running=1).seconds_left(1) or 0) < 12
