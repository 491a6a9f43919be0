"""A lease counts from when a run was given."""

from __future__ import annotations

from experiments.monitor import Monitor
from service.dispatch.elsewhere.asked_run import AskedRun
from service.study.asks import Ask


def test_what_passed_before_a_run_was_given_is_nobodys_silence() -> None:
    ask = Ask("as", "st", 2.0, 0, "run", 1, over=False)
    given = AskedRun(ask, "run", 1, Monitor(metric="score", direction="maximize"))
    assert not given.is_silent(ask, 5.0)
    assert not given.is_silent(ask, 2.0)
    assert given.is_silent(ask, 0.1)
