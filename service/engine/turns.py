"""Whose turn it is when a worker is free."""

from __future__ import annotations

from service.engine.study_task import StudyRunner


def turn_of(runner: StudyRunner) -> tuple[bool, int, bool, int, float]:
    """What studies are sorted by, the first to be served first.

    Whoever waits only for the test of its best trial goes first, then comes higher priority, then a check, which is
    short, then who has the fewest workers, then who came first.
    """
    study, tests, checks = runner.active.study, runner.evaluation.wants_worker, runner.checking.wants_worker
    return not tests, -study.priority, not checks, runner.active.n_submitted(), study.created_at.timestamp()
