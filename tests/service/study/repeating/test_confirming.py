"""The definition of a study that confirms another."""

from __future__ import annotations

from service.study.repeating.confirming import Confirmation, confirming
from tests.service.engine.conftest import Bench, bench
from tests.support.rows import waiting_trial

__all__ = ["bench"]


def test_the_runs_of_a_confirmation_are_not_cut_short_by_what_one_trial_might_take(bench: Bench) -> None:
    study = bench.submit(limits={"trial_epochs": 4, "trial_hours": 1, "run_hours": 2})
    trials = [waiting_trial(study, number) for number in range(2)]
    definition = confirming(study, trials, Confirmation(seeds=10), set(), "again")
    assert definition["limits"] == {"run_hours": 2, "trial_hours": None, "trial_epochs": None}
