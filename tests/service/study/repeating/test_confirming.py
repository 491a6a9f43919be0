"""The definition of a study that confirms another."""

from __future__ import annotations

import pytest

from service.study.repeating.confirming import Confirmation, confirming
from tests.service.engine.conftest import Bench, bench
from tests.support.rows import waiting_trial

__all__ = ["bench"]


def test_the_runs_of_a_confirmation_are_not_cut_short_by_what_one_trial_might_take(bench: Bench) -> None:
    study = bench.submit(limits={"trial_epochs": 4, "trial_hours": 1, "run_hours": 2})
    trials = [waiting_trial(study, number) for number in range(2)]
    definition = confirming(study, trials, Confirmation(seeds=10), set(), "again")
    assert definition["limits"] == {"run_hours": 2, "trial_hours": None, "trial_epochs": None}


@pytest.mark.parametrize(
    ("given", "kept"),
    [("best", {"keep": "best", "k": 1}), ("all", {"keep": "best", "k": 1}), ("none", {"keep": "none"})],
)
def test_what_the_test_split_needs_of_the_best_is_kept_unless_the_study_keeps_nothing(
    bench: Bench, given: str, kept: dict[str, object]
) -> None:
    study = bench.submit(artifacts=given)
    trials = [waiting_trial(study, number) for number in range(2)]
    assert confirming(study, trials, Confirmation(), set(), "again")["artifacts"] == kept
